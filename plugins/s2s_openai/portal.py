"""
An event loop on a thread of its own, for callers that wait.

So there is one way through this plugin, the async one, and whoever waits can be told to stop:
a blocked read of a socket cannot.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import queue
import threading
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator

__all__ = ["drawn", "waited"]

T = TypeVar("T")

PATIENCE: Final = 1.0
"""Seconds that the end of the program waits for what is under way."""


class _Portal:
    """Opened at the first use in a process: a fork inherits the loop, but not its thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._pid != os.getpid():
                self._loop, self._pid = asyncio.new_event_loop(), os.getpid()
                run = self._loop.run_forever
                self._thread = threading.Thread(target=run, name="s2s-http", daemon=True)
                self._thread.start()
            return self._loop

    def close(self) -> None:
        """At the end of the program: what is left open complains."""
        if self._loop is None or self._thread is None or self._pid != os.getpid():
            return
        with suppress(Exception):
            asyncio.run_coroutine_threadsafe(_finished(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        if not self._loop.is_running():
            self._loop.close()


async def _finished() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()


_portal = _Portal()
atexit.register(_portal.close)


@dataclass(frozen=True)
class _End:
    error: BaseException | None = None


def waited(work: Coroutine[object, object, T]) -> T:
    """The result of a coroutine."""
    future = asyncio.run_coroutine_threadsafe(work, _portal.loop)
    try:
        return future.result()
    finally:
        future.cancel()


def drawn(make: Callable[[], AsyncGenerator[T]]) -> Iterator[T]:
    """The items of an async generator. Left early, it is closed."""
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()

    async def draw() -> None:
        try:
            async with aclosing(make()) as source:
                async for item in source:
                    items.put(item)
        except BaseException as error:
            items.put(_End(error))
            raise
        items.put(_End())

    future = asyncio.run_coroutine_threadsafe(draw(), _portal.loop)
    try:
        while not isinstance(item := items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        future.cancel()
