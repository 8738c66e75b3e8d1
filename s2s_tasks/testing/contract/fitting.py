"""Claims about capabilities and misfits: what is refused, and that the rest is done."""

# a claim is its name
from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import SkipTest

from ...backend import ANY_DECODING, Capabilities, Enforces, Place
from ...exchange import Completion, Media, Modality
from ...schema import Schema
from ..network import no_network
from .subject import Subject, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...exchange import Request

__all__ = ["Fitting"]

UNKNOWN = "qaa"
"""A language code that ISO 639 keeps for private use: no model was trained on it."""


class Fitting(Subject):
    """The same words refuse a request before any work, and choose another backend for it."""

    def test_what_it_has_no_misfit_for_is_answered(self) -> None:
        requests = self.example_requests()
        with self.opened() as backend:
            for request in requests:
                misfits = backend.misfits(request)
                assert not misfits, f"it refuses an example: {misfits[0]}"
            for outcome in answers(backend, requests):
                assert isinstance(outcome, Completion), f"it fails an example: {outcome!r:.200}"

    def test_every_strategy_it_names_is_taken(self) -> None:
        example = self.example_requests()[0]
        with self.opened() as backend:
            for strategy in backend.capabilities.strategies:
                request = replace(example, decoding=strategy())
                assert not backend.misfits(request), f"it names {strategy.__name__} and refuses it"
                [outcome] = answers(backend, [request])
                assert isinstance(outcome, Completion), f"{strategy.__name__}: {outcome!r:.200}"

    def test_what_is_beyond_its_capabilities_is_a_misfit(self) -> None:
        example = self.example_requests()[0]
        with self.opened() as backend:
            for option, request in _beyond(backend.capabilities, example):
                found = {misfit.option for misfit in backend.misfits(request)}
                assert option in found, f"no misfit of {option!r} for {request!r:.200}"

    def test_a_remote_backend_is_a_misfit_of_local_only(self) -> None:
        example = self.example_requests()[0]
        with self.opened() as backend:
            if backend.capabilities.place is Place.LOCAL:
                raise SkipTest("it is local")
            found = {misfit.option for misfit in backend.misfits(example, local_only=True)}
        assert "policy" in found, "it sends data off this machine, and does not say so"

    def test_misfits_are_told_without_the_network(self) -> None:
        example = self.example_requests()[0]
        with self.opened() as backend, no_network():
            for _, request in _beyond(backend.capabilities, example):
                backend.misfits(request, local_only=True)

    def test_its_capabilities_are_consistent(self) -> None:
        with self.opened() as backend:
            can = backend.capabilities
        assert can.architecture, "no architecture is named"
        assert can.accepts, "it accepts nothing"

    def test_its_capabilities_cannot_be_changed(self) -> None:
        with self.opened() as backend:
            can = backend.capabilities
        assert isinstance(can, Capabilities), "capabilities are a Capabilities"
        for name in ("accepts", "tasks", "params", "strategies", "languages"):
            held = getattr(can, name)
            assert held is None or isinstance(held, frozenset), f"{name} is not a frozenset"

    def test_its_name_and_model_are_told(self) -> None:
        with self.opened() as backend:
            assert backend.name, "a backend has a name"
            assert backend.model, "a backend names its model"


def _beyond(can: Capabilities, example: Request) -> Iterator[tuple[str, Request]]:
    """Requests that such a backend cannot honour, with the option that is at fault."""
    if can.tasks is not None:
        yield "task", replace(example, task="no-such-task")
    for modality in frozenset(Modality) - can.accepts:
        yield "input", replace(example, parts=(_part(modality),))
    for strategy in ANY_DECODING - can.strategies:
        yield "decoding", replace(example, decoding=strategy())
    if can.enforces is Enforces.NOT and not can.follows_words and not can.writes_json:
        yield "schema", replace(example, schema=Schema.of({"type": "object"}))
    if can.languages is not None and UNKNOWN not in can.languages:
        yield "language", replace(example, params={**example.params, "language": UNKNOWN})


def _part(modality: Modality) -> str | Media:
    if modality is Modality.TEXT:
        return "text"
    return Media(modality, f"{modality}/x-unknown", b"\0")
