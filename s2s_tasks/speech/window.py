"""A stretch of a recording that a model hears at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    Samples: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]

__all__ = ["RATE", "Window"]

RATE = 16_000
"""Samples a second, mono: what every speech model here is fed with."""


@dataclass(frozen=True)
class Window:
    """
    `start` in seconds of the recording, `samples` at RATE. `stretches` are where somebody
    speaks, in seconds of the recording. `forced`: its end cuts speech, for want of a pause.
    """

    start: float
    samples: Samples = field(repr=False, compare=False)
    stretches: tuple[tuple[float, float], ...] = ()
    forced: bool = False

    @property
    def end(self) -> float:
        return self.start + len(self.samples) / RATE
