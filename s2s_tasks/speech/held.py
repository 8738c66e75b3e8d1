"""The sound that a cutter still needs, of a recording that streams by."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, cast

from .window import RATE

if TYPE_CHECKING:
    from .window import Samples

__all__ = ["Held"]

QUIET: Final = round(0.02 * RATE)
"""Samples by whose loudness the quietest point is told."""


class Held:
    """Samples by their places in the recording, up to `end`; the first ones can be forgotten."""

    def __init__(self) -> None:
        self._pieces: deque[Samples] = deque()
        self._start = self.end = 0

    def add(self, samples: Samples) -> None:
        self._pieces.append(samples)
        self.end += len(samples)

    def forget(self, before: int) -> None:
        """Let go of the pieces that lie wholly before a sample."""
        while self._pieces and self._start + len(self._pieces[0]) <= before:
            self._start += len(self._pieces.popleft())

    def between(self, begin: int, end: int) -> Samples:
        """A copy of what lies from one sample to another."""
        import numpy as np

        whole = np.concatenate(self._pieces)
        return cast("Samples", whole[begin - self._start : end - self._start].copy())

    def quietest(self, begin: int, end: int) -> int:
        """The middle of the quietest 20 ms between two samples; the last of equals."""
        import numpy as np

        power = np.square(self.between(begin, end), dtype=np.float64)
        before = np.concatenate(([0.0], np.cumsum(power)))
        loudness = before[QUIET:] - before[:-QUIET]
        last = len(loudness) - 1 - int(np.argmin(loudness[::-1]))
        return begin + last + QUIET // 2
