"""What was measured of a backend and a model, and the book it is looked up in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["BLANK", "Book", "Evidence", "Score", "Timing"]


@dataclass(frozen=True)
class Timing:
    """
    One measured shape: `batch` inputs of `input_tokens` each, answered by `output_tokens` each.

    Seconds are medians over the whole batch. `first_piece_seconds` is the wait for the first
    piece of output, which is the whole where nothing is generated.
    """

    input_tokens: int
    output_tokens: int
    batch: int
    first_piece_seconds: float
    total_seconds: float


@dataclass(frozen=True)
class Score:
    """A figure of quality on labelled examples of the user's own, 0 (worst) to 1."""

    metric: str
    value: float
    examples: int


@dataclass(frozen=True)
class Evidence:
    """
    What is known of the speed of a backend with a model.

    The rates are those of one input alone (batch 1). `timings` are the rows they come from,
    by length and batch; a prior has none. `measured_at` is None for a prior, else it has a
    time zone. `fingerprint` names the hardware and the versions that it holds for.
    """

    backend: str
    model: str | None
    task: str
    load_seconds: float
    first_piece_seconds: float
    input_tokens_per_second: float
    output_tokens_per_second: float
    timings: tuple[Timing, ...] = ()
    memory_bytes: int | None = None
    measured_at: datetime | None = None
    fingerprint: str = ""
    scores: tuple[Score, ...] = ()

    @property
    def measured(self) -> bool:
        return self.measured_at is not None


class Book(Protocol):
    """Where evidence is found. A look-up is fast, and nothing is measured by it."""

    def find(self, backend: str, model: str | None) -> Evidence | None:
        """The newest for this machine and these versions; None if there is none."""
        ...


class _Blank:
    def find(self, backend: str, model: str | None) -> Evidence | None:
        del backend, model
        return None


BLANK: Book = _Blank()
"""Nothing was measured."""
