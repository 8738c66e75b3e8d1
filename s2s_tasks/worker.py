"""
Work on a thread of its own, handed over item by item.

A daemon thread, so that a backend that hangs cannot keep the program from ending. The
iterator is made, advanced and closed on that one thread: torch's inference mode and CUDA's
current device belong to the thread that set them.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from .errors import Cancelled

T = TypeVar("T")

AHEAD = 64
"""Items made before they are asked for: hides hand-over time, bounds memory."""

_lock = threading.Lock()
_working: WeakKeyDictionary[threading.Thread, Callable[[], object]] = WeakKeyDictionary()
"""Threads, and how each is told to stop."""


def _started(run: Callable[[], None], stop: Callable[[], object]) -> None:
    thread = threading.Thread(target=run, name="s2s-worker", daemon=True)
    with _lock:
        _working[thread] = stop
        thread.start()


def stop_all(patience: float) -> None:
    """Tell all that still works to stop, and wait for so many seconds until it does."""
    with _lock:
        left = {**_working}
    for stop in left.values():
        stop()
    deadline = time.monotonic() + patience
    for thread in left:
        thread.join(max(0.0, deadline - time.monotonic()))


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class _Pump(Generic[T]):
    """Advances an iterator on its own thread; `put` receives each item, then an _End."""

    def __init__(self, make: Callable[[], Iterator[T]], put: Callable[[T | _End], object]) -> None:
        self._make, self._put = make, put
        self._room = threading.Semaphore(AHEAD)
        self._closed = False
        _started(self._run, self.close)

    def took_one(self) -> None:
        self._room.release()

    def close(self) -> None:
        self._closed = True
        self._room.release()

    def _run(self) -> None:
        error = None
        try:
            items = self._make()
            with contextlib.closing(_closable(items)):
                for item in items:
                    self._room.acquire()
                    if self._closed:
                        break
                    self._put(item)
        except BaseException as caught:  # noqa: BLE001  # carried to the consumer's thread
            error = caught
        if self._closed:
            error = None  # nobody reads it, and its traceback has all that was worked with
        with contextlib.suppress(RuntimeError):  # the consumer's event loop may be gone
            self._put(_End(error))


class _Closable:
    def __init__(self, items: object) -> None:
        self.close: Callable[[], object] = getattr(items, "close", lambda: None)


def _closable(items: object) -> _Closable:
    return _Closable(items)


def on_thread(make: Callable[[], Iterator[T]], patience: Callable[[], float | None]) -> Iterator[T]:
    """
    The items of `make()`, made on another thread.

    `patience` gives the seconds to wait for the next item (None: for ever); raises
    TimeoutError when they have passed. Closing the generator abandons the thread.
    """
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    pump = _Pump(make, items.put)
    try:
        while True:
            try:
                item = items.get(timeout=patience())
            except queue.Empty:
                raise TimeoutError from None
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            pump.took_one()
            yield item
    finally:
        pump.close()


def handed_over(work: Callable[[Callable[[T], None]], object]) -> Iterator[T]:
    """
    What `work` hands over through the function it is given, as it does, from another thread.

    For libraries that call back. Once nobody reads on, the function raises Cancelled.
    """
    items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
    left = threading.Event()

    def hand_over(item: T) -> None:
        if left.is_set():
            raise Cancelled("nobody reads the stream any more")
        items.put(item)

    def run() -> None:
        error = None
        try:
            work(hand_over)
        except BaseException as caught:  # noqa: BLE001  # carried to the reader's thread
            error = caught
        items.put(_End(None if left.is_set() else error))

    _started(run, left.set)
    try:
        while not isinstance(item := items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        left.set()


async def on_thread_async(make: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """The items of `make()`, made on another thread, without blocking the event loop."""
    import asyncio

    loop = asyncio.get_running_loop()
    items: asyncio.Queue[T | _End] = asyncio.Queue()
    pump = _Pump(make, lambda item: loop.call_soon_threadsafe(items.put_nowait, item))
    try:
        while not isinstance(item := await items.get(), _End):
            pump.took_one()
            yield item
        if item.error is not None:
            raise item.error
    finally:
        pump.close()
