"""
A recording in windows that a model hears at once, cut where nobody speaks.

The sound streams: of a recording of any length, hardly more than one window is held. All speech
is in a window, and no sample is in two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, cast

from .activity import STEP, Activity, Judge, Stretch, silero
from .held import Held
from .splices import Splices, spliced
from .window import RATE, Window

if TYPE_CHECKING:
    from .window import Samples

__all__ = ["cut", "windows"]

PAD: Final = round(0.2 * RATE)
"""Samples of silence that are heard before and after speech."""

SILENCE: Final = 3 * RATE
"""Samples without speech that end a window, where they are not left out."""

LATE: Final = 0.8
"""The share of a window after which it is best cut in a pause."""

THIRD: Final = 2 / 3
"""The share after which it is cut where there is none."""

LONG: Final = 0.75
"""The share of the longest pause from which a later one is as good: windows should be full."""


def windows(
    sound: Iterable[Samples], *, most: float, activity: bool = True, dense: bool = False
) -> Iterator[Window]:
    """
    Windows of at most `most` seconds, in order, out of blocks of any lengths at RATE.

    A window reaches from its first speech to its last, with a little silence around; where
    nobody speaks for long, there is none; with `dense`, such silence is left out instead, and a
    window goes on after it. It ends at a long pause of its last fifth, else at its last pause,
    and if there is none where its last third is quietest. Without `activity` all sound counts
    as speech.
    """
    with ExitStack() as held:
        judge = held.enter_context(silero()) if activity else _always
        yield from cut(sound, judge, most=round(most * RATE), dense=dense)


def cut(
    sound: Iterable[Samples], judge: Judge, *, most: int, dense: bool = False
) -> Iterator[Window]:
    """The same by any judge of what is speech; `most` in samples."""
    splices = Splices() if dense else None
    steps = ((step[:size], judge(step)) for step, size in _steps(sound))
    cutter = _Cutter(most, splices)
    for samples, probability in steps if splices is None else spliced(steps, splices):
        yield from cutter.hear(cast("Samples", samples), probability)
    yield from cutter.rest()


def _always(step: Samples) -> float:
    del step
    return 1.0


def _steps(sound: Iterable[Samples]) -> Iterator[tuple[Samples, int]]:
    """The sound in steps; the last is filled with silence, after as many samples as are told."""
    import numpy as np

    left = np.zeros(0, np.float32)
    for block in sound:
        joined = np.concatenate((left, np.asarray(block, np.float32)))
        whole = len(joined) - len(joined) % STEP
        yield from ((cast("Samples", step), STEP) for step in joined[:whole].reshape(-1, STEP))
        left = joined[whole:]
    if len(left):
        yield cast("Samples", np.pad(left, (0, STEP - len(left)))), len(left)


class _Cutter:
    """`_kept`: stretches that are held and have ended; one more may be going on."""

    def __init__(self, most: int, splices: Splices | None) -> None:
        self._most, self._splices = most, splices
        self._activity = Activity()
        self._held = Held()
        self._kept: list[Stretch] = []
        self._free = 0  # the first sample that is in no window yet

    def hear(self, samples: Samples, probability: float) -> Iterator[Window]:
        """Take the next step, and give the windows that are complete by now."""
        self._held.add(samples)
        self._keep(self._activity.step(probability))
        if self._silent():
            yield self._until(len(self._kept) - 1)
        while (begin := self._begin()) is not None and self._held.end - begin > self._most:
            yield self._full(begin)
        self._held.forget(max(self._free, self._held.end - PAD) if begin is None else begin)

    def rest(self) -> Iterator[Window]:
        """The window that the recording ended in."""
        self._keep(self._activity.ended())
        if self._kept:
            yield self._until(len(self._kept) - 1)

    def _keep(self, stretch: Stretch | None) -> None:
        if stretch:
            self._kept.append((stretch[0], min(stretch[1], self._held.end)))

    def _silent(self) -> bool:
        """Whether nobody has spoken for long, after somebody had."""
        idle = bool(self._kept) and self._activity.begin is None
        return idle and self._held.end - self._kept[-1][1] >= SILENCE

    def _begin(self) -> int | None:
        """Of the window that sound is held for; None if nobody has spoken."""
        first = self._kept[0][0] if self._kept else self._activity.begin
        return None if first is None else max(self._free, first - PAD)

    def _full(self, begin: int) -> Window:
        """The window that has no room for what is held."""
        pauses = self._pauses()
        if not pauses:
            return self._forced(begin)
        lengths = [
            (end - start) * (start >= begin + round(LATE * self._most)) for start, end in pauses
        ]
        long = [at for at, length in enumerate(lengths) if length >= LONG * max(lengths)]
        return self._until(long[-1])

    def _pauses(self) -> list[Stretch]:
        """After each of the stretches that have ended."""
        going_on = self._activity.begin
        follows = [begin for begin, _ in self._kept[1:]]
        follows.append(self._held.end if going_on is None else going_on)
        return [(end, until) for (_, end), until in zip(self._kept, follows, strict=False)]

    def _until(self, last: int) -> Window:
        """The window that ends in the pause after one of the stretches."""
        begin = self._begin()
        assert begin is not None
        start, until = self._pauses()[last]
        middle = until if until == self._held.end else (start + until) // 2
        stretches, self._kept = self._kept[: last + 1], self._kept[last + 1 :]
        return self._window(begin, min(start + PAD, middle, begin + self._most), stretches)

    def _forced(self, begin: int) -> Window:
        """The window that ends within the stretch that goes on."""
        end = self._held.quietest(begin + round(THIRD * self._most), begin + self._most)
        stretch = self._activity.part(end)
        return self._window(begin, end, [stretch], forced=self._activity.begin is not None)

    def _window(
        self, begin: int, end: int, stretches: list[Stretch], *, forced: bool = False
    ) -> Window:
        self._free = end
        spoken = tuple((first / RATE, last / RATE) for first, last in stretches)
        samples = self._held.between(begin, end)
        return Window(begin / RATE, samples, spoken, forced, self._splices)
