"""
As many at once as there are places, for threads and event loops alike.

A backend says how many calls it takes at once; all clients, maps and streams of a program
share its gate. A place is held while the backend works on the next item, not while somebody
looks at the last one: so a stream that is not read on keeps nobody waiting. Waiting ends when
the caller goes away or the deadline passes.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final, TypeVar

__all__ = ["Gate"]

T = TypeVar("T")
END: Final = object()

LOOK = 0.05
"""Seconds between two looks at whether waiting is still wanted."""


class Gate:
    """`places` may be inside; the others wait in the order of their coming."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], object]] = deque()

    def steps(self, items: Iterator[T], check: Callable[[], None]) -> Iterator[T]:
        """The items, each made within the gate; closing it closes them."""
        try:
            while True:
                with self.inside(check):
                    item = next(items, END)
                if item is END:
                    return
                yield item  # type: ignore[misc]  # END is gone
        finally:
            if isinstance(items, Generator):
                items.close()

    async def steps_async(
        self, items: AsyncIterator[T], check: Callable[[], None]
    ) -> AsyncGenerator[T]:
        """The async twin of `steps`."""
        try:
            while True:
                async with self.inside_async(check):
                    item = await anext(items, END)
                if item is END:
                    return
                yield item  # type: ignore[misc]  # END is gone
        finally:
            if isinstance(items, AsyncGenerator):
                await items.aclose()

    @contextmanager
    def inside(self, check: Callable[[], None]) -> Iterator[None]:
        """Hold a place. `check` is called while waiting, and may raise to give up."""
        event = threading.Event()
        if not self._enter(event.set):
            self._wait(event, check)
        try:
            yield
        finally:
            self._leave()

    @asynccontextmanager
    async def inside_async(self, check: Callable[[], None]) -> AsyncIterator[None]:
        """Hold a place without blocking the event loop."""
        import asyncio

        loop, event = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            loop.call_soon_threadsafe(event.set)

        if not self._enter(wake):
            try:
                while not event.is_set():
                    check()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(event.wait(), LOOK)
            except BaseException:
                self._give_up(wake)
                raise
        try:
            yield
        finally:
            self._leave()

    def _wait(self, event: threading.Event, check: Callable[[], None]) -> None:
        try:
            while not event.wait(LOOK):
                check()
        except BaseException:
            self._give_up(event.set)
            raise

    def _enter(self, wake: Callable[[], object]) -> bool:
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(wake)
            return False

    def _leave(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                wake = self._waiting.popleft()
            try:
                wake()  # the place goes to the next in line
            except RuntimeError:  # whose event loop is closed: it is not coming
                continue
            return

    def _give_up(self, wake: Callable[[], object]) -> None:
        with self._lock:
            if wake in self._waiting:
                self._waiting.remove(wake)
                return
        self._leave()  # the place had been handed over already
