"""A decision about a kind of model, with all that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..exchange import Decision
from .candidate import Candidate, Expected
from .weights import Weights

__all__ = ["Advice", "Confidence"]

Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True)
class Advice(Decision):
    """
    Which kind of model, who carries it out here, and what that would take.

    `architecture` is empty if there is none. `candidates` are all that can do it, the best
    first; `front` are those that no other equals or beats in every aspect. `then`: the kinds of
    models that go on with what the first gives. `lacks`: what has to be there first; `note`: what
    to know before `next_step` is typed; `meanwhile`:
    the backend that can do it here now, where it is not `backend`.
    """

    weights: Weights = Weights()
    confidence: Confidence = "low"
    candidates: tuple[Candidate, ...] = ()
    front: tuple[str, ...] = ()
    expected: Expected = Expected()
    then: tuple[str, ...] = ()
    lacks: str = ""
    note: str = ""
    meanwhile: str = ""

    def __str__(self) -> str:
        who = " ".join(filter(None, (self.backend, self.model)))
        head = f"{self.architecture or 'nothing fits'}{f' ({who})' if who else ''}"
        lines = [
            f"{head}: {'; '.join(self.because)}",
            *(f"not {no.subject}: {no.text}" for no in self.rejected),
            *self.break_even,
            f"next: {self.next_step}",
        ]
        return "\n".join(lines)
