"""Which backends here carry out a kind of model, and whether they can do this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from ..backend import BackendSpec, Place
from ..errors import S2SError
from ..exchange import Media, Modality, Part, Request, Usage
from .architecture import Architecture
from .predict import predict
from .situation import HAIKU, Known, Situation

__all__ = ["Carrier", "Here", "cheapest", "given", "here", "known", "row_name", "stand_in"]

ALSO: Final = {
    "encoder-decoder-fine-tuned": "encoder-decoder",
    "state-space": "decoder-only-local",
}
"""A checkpoint of the first kind is run by backends of the second."""
MIME: Final = {
    Modality.IMAGE: "image/png",
    Modality.AUDIO: "audio/wav",
    Modality.DOCUMENT: "application/pdf",
}


@dataclass(frozen=True)
class Carrier:
    """
    A backend with the model that it would take. `unavailable`: why it cannot be used now;
    `missing`: what it would have to fetch.
    """

    spec: BackendSpec
    model: str | None
    unavailable: str = ""
    missing: str = ""

    @property
    def lacks(self) -> str:
        return self.unavailable or self.missing

    @property
    def install(self) -> bool:
        """Whether it lacks a package."""
        return "install" in self.unavailable


Here = Mapping[str, Sequence[Carrier]]
"""By kind of model: the backends here that carry it out, the ready ones first."""


def here(case: Situation, specs: Sequence[BackendSpec]) -> Here:
    """
    Those that can do it, if only what they lack is there; of two alike the one known as faster,
    then the one that usually runs its kind.
    """
    usual = {row.backend for row in case.world.rows}
    able = [made for spec in specs if (made := _carrier_of(case, spec))]

    def order(one: Carrier) -> tuple[bool, float, bool, str]:
        name = one.spec.name
        return bool(one.lacks), _seconds(case, one), name not in usual, name

    able.sort(key=order)
    return {
        row.name: [one for one in able if _carries(one.spec, row.name)] for row in case.world.rows
    }


def _seconds(case: Situation, one: Carrier) -> float:
    """For an item, as far as it was measured."""
    evidence = case.world.book.find(one.spec.name, one.model)
    if evidence is None:
        return inf
    return predict(evidence, case.load.input_tokens, case.load.output_tokens).total


def known(case: Situation, found: Here) -> Mapping[str, Known]:
    """Who stands for each kind of model, with the evidence there is."""
    return {
        row.name: _known(case, row, found[row.name]) for row in case.world.rows if found[row.name]
    }


def _known(case: Situation, row: Architecture, able: Sequence[Carrier]) -> Known:
    book = case.world.book
    measured = ((book.find(one.spec.name, one.model), one) for one in able)
    evidence, first = next((pair for pair in measured if pair[0]), (None, able[0]))
    return Known(cheapest(case, row, first) or HAIKU, evidence)


def cheapest(case: Situation, row: Architecture, carrier: Carrier) -> str | None:
    """The model that the backend takes, or the usual one of its kind if that costs less."""
    if not row.remote or case.needs.model or carrier.spec.name != row.backend:
        return carrier.model
    item = Usage(case.load.input_tokens, case.load.output_tokens)
    costs = {model: case.world.prices(model, item) for model in (carrier.model or HAIKU, HAIKU)}
    return min(costs, key=lambda model: (costs[model] is None, costs[model] or 0))


def row_name(spec: BackendSpec) -> str:
    """The kind of model that its card says it is."""
    kind, remote = spec.capabilities.architecture, spec.capabilities.place == Place.REMOTE
    if kind == "decoder-only":
        return "decoder-only-api" if remote else "decoder-only-local"
    return kind


def _carries(spec: BackendSpec, architecture: str) -> bool:
    name = row_name(spec)
    if name == "any":
        return ALSO.get(architecture, architecture) in {
            "encoder-decoder",
            "decoder-only-local",
            "encoder-only",
        }
    return name in {architecture, ALSO.get(architecture)}


def _carrier_of(case: Situation, spec: BackendSpec) -> Carrier | None:
    """None if it could not do it even with all it lacks."""
    needs = case.needs
    request = stand_in(case, remote=spec.capabilities.place == Place.REMOTE)
    local_only = needs.local_only or needs.offline
    if spec.capabilities.misfits(request, local_only=local_only):
        return None
    try:
        suggestion = spec.suggest(request, needs.model)
    except S2SError:
        return None
    return Carrier(spec, suggestion.model, spec.availability(), suggestion.missing)


def given(case: Situation, *, remote: bool) -> frozenset[Modality]:
    """What a model is given: on this machine none reads a PDF, whose pages are pictures then."""
    if remote or Modality.DOCUMENT not in case.reads:
        return case.reads
    return case.reads - {Modality.DOCUMENT} | {Modality.IMAGE}


def stand_in(case: Situation, *, remote: bool) -> Request:
    """The request itself, or one of its kind where there is none yet."""
    needs = case.needs
    if needs.request is not None:
        return needs.request
    parts: list[Part] = [
        "A text." if kind is Modality.TEXT else Media(kind, MIME[kind], b"")
        for kind in sorted(given(case, remote=remote))
    ]
    params = {"to": needs.to} if needs.to else {}
    return Request(needs.task or "answer", tuple(parts), params=params)
