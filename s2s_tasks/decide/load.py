"""What one item of a task is, and how many come: as told, or as such items usually are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..exchange import Modality
from .needs import Needs
from .tongues import stretch

__all__ = ["TYPICAL", "Load", "load_of", "reads"]

TYPICAL: Final = {
    "translate": (91, 26), "summarize": (1_064, 74), "classify": (396, 5), "caption": (1_608, 40),
    "extract": (700, 150), "answer": (1_200, 60), "codegen": (300, 400), "embed": (200, 0),
    "transcribe": (1_500, 96), "": (800, 300),
}  # fmt: skip
"""
Tokens in and out, prompt included: a sentence, an article of 800 words, a text of 200 words to
label, an image of 1,568 tokens, 30 seconds of speech (50 frames each). Estimates.
"""
SCANNED: Final = 5_384, 400
"""A page as an image of 4,784 tokens, to JSON."""
ASSUMED: Final = 10_000
"""Items a day, where money counts and their number is not told."""

OTHER: Final = {True: "de", False: ""}
"""Languages of an output where none is told."""

USUAL: Final = {
    "caption": frozenset({Modality.IMAGE}),
    "transcribe": frozenset({Modality.AUDIO}),
}


@dataclass(frozen=True)
class Load:
    """Tokens of one item, and items a day: None if their number neither is told nor matters."""

    input_tokens: int
    output_tokens: int
    longest: int
    daily: float | None
    assumed: bool = False


def reads(needs: Needs) -> frozenset[Modality]:
    """What goes in."""
    return needs.modalities or USUAL.get(needs.task, frozenset({Modality.TEXT}))


def load_of(needs: Needs) -> Load:
    """Told or typical; a text in a language of many tokens is longer than one in English."""
    usual_in, usual_out = _usual(needs)
    spoken = max((stretch(language) for language in needs.languages), default=1.0)
    written = stretch(needs.to or next(iter(needs.languages), OTHER[needs.task == "translate"]))
    tokens = needs.input_tokens or needs.longest or round(usual_in * spoken)
    answer = needs.output_tokens or round(usual_out * written)
    if needs.task == "translate" and needs.input_tokens and not needs.output_tokens:
        answer = tokens
    daily, assumed = _daily(needs)
    return Load(tokens, answer, max(needs.longest or 0, tokens), daily, assumed)


def _usual(needs: Needs) -> tuple[int, int]:
    if needs.task == "extract" and reads(needs) & {Modality.IMAGE, Modality.DOCUMENT}:
        return SCANNED
    return TYPICAL.get(needs.task, TYPICAL[""])


def _daily(needs: Needs) -> tuple[float | None, bool]:
    if needs.volume_per_day is not None:
        return needs.volume_per_day, False
    if needs.documents is not None:
        return needs.documents / needs.days, False
    counts = needs.priority == "cost" or needs.budget_per_day is not None
    return (float(ASSUMED), True) if counts else (None, False)
