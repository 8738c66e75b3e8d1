"""The windows of one recording, one after another, with the way back where one ended in speech."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from math import ceil
from typing import TYPE_CHECKING, Final, TypeAlias

from .ahead import Ahead
from .parting import cut_at, in_pause, join, quietest
from .window import RATE, Window

if TYPE_CHECKING:
    from ..exchange import Signal
    from ..media import Media
    from .window import Samples

__all__ = ["Cutter", "Reel"]

BLOCK: Final = RATE
"""Samples that are read at a time: what is asked to stop, stops after them."""

FIRST: Final = 12.0
"""Seconds of a first window that is short."""

FULL: Final = 0.92
"""Share of a window that is mostly full, since it ends in a pause."""

LATE: Final = 2 / 3
"""Share of a window after which it is cut."""

Cutter: TypeAlias = Callable[[Iterable["Samples"], float], Iterator[Window]]
"""Blocks of sound, and how long a window may be, in seconds."""


class Reel:
    """
    Windows of at most `most` seconds; the sound is read as they are asked for, and so far ahead
    that up to `depth` of them wait.

    The first window is short, so that a stream begins early, where that takes no more windows;
    and so it is without a stream, which thereby says the same. `duration`: of the recording in seconds, as its header says, and as it was once all of
    it is read. Raises BadInput for what cannot be read.
    """

    def __init__(
        self,
        media: Media,
        signal: Signal,
        most: float,
        cutter: Cutter,
        *,
        executor: Executor,
        depth: int,
    ) -> None:
        self._media, self._signal, self._most = media, signal, most
        self._fresh = Ahead(iter(cutter(self._blocks(), most)), executor, depth)
        self._parted: deque[Window] = deque()
        self._tail: Window | None = None
        self.duration = self._told = 0.0
        self._read = 0
        self._begun = self._closed = False

    def begin(self) -> None:
        """Read ahead."""
        self._fresh.begin()

    def next(self) -> Window | None:
        """None at the end."""
        window = self._parted.popleft() if self._parted else self._fresh.next()
        if self._tail is not None:
            window = self._joined(window)
        if window is not None and not self._begun and self._may_begin_early():
            window = self._shortened(window)
        self._begun = True
        return window

    def back(self, window: Window, second: float) -> None:
        """What is in the window from that second on begins the next."""
        self._tail = cut_at(window, second, forced=False)[1]

    def close(self) -> None:
        self._closed = True
        self._fresh.close()

    def _blocks(self) -> Iterator[Samples]:
        from ..media.sound import Sound

        sound = Sound.of(self._media)
        self.duration = self._told = sound.seconds or 0.0
        for block in sound.blocks(BLOCK):
            self._signal.check()
            if self._closed:
                return
            self._read += len(block)
            yield block
        self.duration = self._read / RATE

    def _joined(self, window: Window | None) -> Window:
        """What was given back, with as much of the window as there is room for."""
        tail, self._tail = self._tail, None
        assert tail is not None
        whole = None if window is None else join(tail, window)
        if window is not None and whole is None:
            self._parted.appendleft(window)
        return self._fitting(whole or tail)

    def _fitting(self, window: Window) -> Window:
        end = window.start + self._most
        if window.end <= end:
            return window
        late = window.start + LATE * self._most
        pause = in_pause(window, late, end)
        at = quietest(window, late, end) if pause is None else pause
        head, rest = cut_at(window, at, forced=pause is None)
        self._parted.appendleft(rest)
        return head

    def _may_begin_early(self) -> bool:
        full = FULL * self._most
        late, early = ceil(self._told / full), 1 + ceil((self._told - FIRST) / full)
        return self._told > self._most and early <= late

    def _shortened(self, window: Window) -> Window:
        """Its beginning, if there is a pause to cut it in."""
        pause = in_pause(window, window.start + FIRST / 3, window.start + FIRST)
        if window.end - window.start <= FIRST or pause is None:
            return window
        head, rest = cut_at(window, pause, forced=False)
        self._parted.appendleft(rest)
        return head
