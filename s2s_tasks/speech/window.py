"""A stretch of a recording that a model hears at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from .splices import Splices

    Samples: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]

__all__ = ["RATE", "Window"]

RATE = 16_000
"""Samples a second, mono: what every speech model here is fed with."""


@dataclass(frozen=True)
class Window:
    """
    `start` in seconds, `samples` at RATE. `stretches` are where somebody speaks, in seconds.
    `forced`: its end cuts speech, for want of a pause. All seconds are those of what is heard
    of the recording: of all of it, but for the silence that was left out by `splices`.
    """

    start: float
    samples: Samples = field(repr=False, compare=False)
    stretches: tuple[tuple[float, float], ...] = ()
    forced: bool = False
    splices: Splices | None = field(default=None, repr=False, compare=False)

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE

    def recorded(self, start: float, end: float) -> tuple[float, float]:
        """A stretch of what is heard, in seconds of the recording."""
        return self.splices.recorded(start, end) if self.splices else (start, end)

    def parts(self, start: float, end: float) -> list[tuple[float, float]]:
        """A stretch of what is heard, parted where silence was left out within it."""
        return self.splices.parts(start, end) if self.splices else [(start, end)]
