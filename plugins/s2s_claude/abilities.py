"""What a model of Claude can do, in the words of the decision helper; and what none of them can."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import Capabilities, Enforces, Misfit, Place
from s2s_tasks.capabilities import unwritten
from s2s_tasks.decoding import Beam, Decoding, Greedy, Sample
from s2s_tasks.media import Modality

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request

    from .models import Model

__all__ = ["CARD", "Abilities", "abilities_of"]

CONCURRENCY: Final = 8

INSTEAD: Final = "say in words what you want, or take a local model"
NO_SAMPLING: Final = (
    "takes no sampling options (API version 2026-10-21 refuses them on every model)"
)


@dataclass(frozen=True)
class Abilities(Capabilities):
    """Capabilities that say of each option of decoding why it cannot be had."""

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = super().misfits(request, local_only=local_only)
        others = tuple(misfit for misfit in found if misfit.option != "decoding")
        reason = _of_decoding(request.decoding) or _of_stops(request.stops)
        return (*unwritten(request), *others, *([reason] if reason else []))


def _of_decoding(decoding: Decoding | None) -> Misfit | None:
    match decoding:
        case Beam():
            return Misfit("decoding", "has no beams: it gives one answer, without a score", INSTEAD)
        case Sample():
            return Misfit("decoding", f"{NO_SAMPLING}: not {_given(decoding)}", INSTEAD)
        case Greedy() if extra := _given(decoding):
            return Misfit("decoding", f"does not take {extra}", INSTEAD)
    return None


def _given(decoding: Decoding) -> str:
    """The options that are set to something, by name and value."""
    plain = type(decoding)()
    told = {name: value for name, value in vars(decoding).items() if value != vars(plain)[name]}
    kept = [
        f"{name}={value!r}" for name, value in told.items() if name not in {"max_tokens", "stop"}
    ]
    return ", ".join(kept) or ("a temperature" if isinstance(decoding, Sample) else "")


def _of_stops(stops: tuple[str, ...]) -> Misfit | None:
    blank = [stop for stop in stops if not stop.strip()]
    if blank:
        return Misfit("decoding", f"cannot stop at blank text: {blank[0]!r}", "stop at a word")
    return None


CARD: Final = Abilities(
    "decoder-only-api",
    place=Place.REMOTE,
    accepts=frozenset({Modality.TEXT, Modality.IMAGE, Modality.DOCUMENT}),
    follows_words=True,
    enforces=Enforces.NATIVELY,
    strategies=frozenset({Greedy}),
    streams=True,
    concurrency=CONCURRENCY,
)
"""`strategies`: a Greedy is taken for its limits alone, and the answer says so."""


def abilities_of(model: Model) -> Abilities:
    """The card, filled in for one model. Its output is kept free in the context."""
    seen = {Modality.IMAGE: model.pictures, Modality.DOCUMENT: model.documents}
    return replace(
        CARD,
        accepts=frozenset(kind for kind in CARD.accepts if seen.get(kind, True)),
        enforces=Enforces.NATIVELY if model.structured else Enforces.NOT,
        context=max(1, model.context - model.most_output),
    )
