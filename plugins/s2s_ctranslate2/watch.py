"""What is looked at after every token of a batch: who went away, who has enough."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from s2s_tasks.errors import Cancelled, S2SError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2s_tasks.checkpoint.source import Found, Source

__all__ = ["Watch"]

LOOK = 0.05
"""Seconds between two looks at the signals of a batch."""

EVERY = 8
"""Steps between two looks at the clock: all workers of a process share one interpreter."""

TAIL = 8
"""Tokens beyond a stop string's characters that are looked at for it."""


class Watch:
    """
    Of the sources of one call. `failed`: what their signals raised, by position.

    Callbacks run on CTranslate2's threads, where nothing may be raised.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        decode: Callable[[Sequence[int]], str],
        hand_over: Callable[[tuple[int, ...] | Found], None] | None = None,
    ) -> None:
        self.sources, self.failed = sources, dict[int, S2SError]()
        self.size = len(sources)
        self._decode, self._hand_over = decode, hand_over
        self._left = False
        self._next = 0.0

    def leave(self) -> None:
        """Nobody waits for the rest."""
        self._left = True

    def check(self) -> set[int]:
        """Positions of the sources whose signals have raised."""
        for at, source in enumerate(self.sources):
            if at not in self.failed:
                try:
                    source.signal.check()
                except S2SError as error:
                    self.failed[at] = error
        return set(self.failed)

    def callback(self, places: list[int]) -> Callable[[Any], bool]:
        """For a batch: whether the row of a step is to end."""
        sources = [self.sources[at] for at in places]
        begin = len(sources[0].start[1:])
        left = [begin + source.search.limit for source in sources]
        reader = self._reader(sources, begin) if self._reads(sources) else None

        def step(result: Any) -> bool:
            row = result.batch_id
            left[row] -= 1  # counted, since steps of a decoder-only batch begin in its prompts
            if not left[row] % EVERY:
                self._look()
            gone = self._left or (self.failed and places[row] in self.failed)
            return bool(left[row] <= 0 or gone or (reader and reader(result)))

        return step

    def _look(self) -> None:
        if (now := time.monotonic()) >= self._next:
            self._next = now + LOOK
            self.check()

    def _reads(self, sources: list[Source]) -> bool:
        return self._hand_over is not None or any(source.search.stops for source in sources)

    def _reader(self, sources: list[Source], begin: int) -> Callable[[Any], bool]:
        """For batches whose text is looked at: hands tokens over, and knows stop strings."""
        ends = frozenset(sources[0].search.ends)
        written: list[list[int]] = [[] for _ in sources]

        def read(result: Any) -> bool:
            row, token = result.batch_id, result.token_id
            if result.step < begin or token in ends:
                return False
            written[row].append(token)
            self._show(token)
            return self._stopped(sources[row], written[row])

        return read

    def _show(self, token: int) -> None:
        if self._hand_over is None:
            return
        try:
            self._hand_over((token,))
        except Cancelled:
            self._left = True

    def _stopped(self, source: Source, ids: list[int]) -> bool:
        stops = source.search.stops
        if not stops:
            return False
        text = self._decode(ids[-max(map(len, stops)) - TAIL :])
        return any(stop in text for stop in stops)
