"""Silence that is left out of what a model hears, and where it was in the recording."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from .activity import OFF, STEP
from .window import RATE

if TYPE_CHECKING:
    from .window import Samples

__all__ = ["LONG", "Splices", "spliced"]

LONG: Final = RATE
"""Samples without speech after which more are left out."""

LEAD: Final = -(-RATE // (4 * STEP))
"""Steps, a quarter of a second, that are kept before the next speech."""

Judged: TypeAlias = tuple["Samples", float]
"""A step of sound, and the probability that somebody speaks in it."""


class Splices:
    """
    The places of one recording where sound was left out, told in order while it is read.

    Times are in seconds of what is heard, which is the recording without what was left out.
    """

    def __init__(self) -> None:
        self._at: list[int] = []
        self._before = [0]  # samples left out before each stretch that is heard

    def leave_out(self, at: int, size: int) -> None:
        """So many samples, before a sample of what is heard."""
        self._before.append(self._before[-1] + size)
        self._at.append(at)  # the last thing: times are asked for on another thread

    def recorded(self, start: float, end: float) -> tuple[float, float]:
        """A stretch in seconds of the recording."""
        begin = start + self._before[bisect_right(self._at, round(start * RATE))] / RATE
        until = end + self._before[bisect_left(self._at, round(end * RATE))] / RATE
        return begin, max(begin, until)

    def parts(self, start: float, end: float) -> list[tuple[float, float]]:
        """A stretch, parted where something was left out within it."""
        first = bisect_right(self._at, round(start * RATE))
        last = bisect_left(self._at, round(end * RATE))
        return [*pairwise((start, *(at / RATE for at in self._at[first:last]), end))]


def spliced(steps: Iterable[Judged], splices: Splices) -> Iterator[Judged]:
    """The steps without the midst of long silences, which are told to `splices`."""
    waiting: deque[Judged] = deque()
    at = quiet = gone = 0
    for samples, probability in steps:
        quiet = quiet + len(samples) if probability < OFF else 0
        waiting.append((samples, probability))
        if quiet > LONG:
            gone += len(waiting.popleft()[0]) if len(waiting) > LEAD else 0
            continue
        if gone:
            splices.leave_out(at, gone)
            gone = 0
        at += sum(len(step) for step, _ in waiting)
        yield from _all_of(waiting)
    if gone:
        splices.leave_out(at, gone)
    yield from _all_of(waiting)


def _all_of(waiting: deque[Judged]) -> Iterator[Judged]:
    while waiting:
        yield waiting.popleft()
