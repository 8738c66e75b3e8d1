"""What is asked for next, made on another thread meanwhile: sound is read while sound is heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import Generic, TypeVar

__all__ = ["Ahead"]

T = TypeVar("T")


class Ahead(Generic[T]):
    """
    The items of an iterator, up to `depth` of them ahead, by a thread of an executor.

    What the iterator raises, is raised where the item would be. Nothing is made before `begin`
    or the first item is asked for, and the thread is held only while there is room.
    """

    def __init__(self, items: Iterator[T], executor: Executor, depth: int) -> None:
        self._items, self._executor, self._depth = items, executor, depth
        self._ready: deque[T] = deque()
        self._change = threading.Condition()
        self._running: Future[None] | None = None
        self._failed: BaseException | None = None
        self._over = False

    def begin(self) -> None:
        """Make items, if there is room for some and nobody does."""
        with self._change:
            if self._running is None and not self._over and len(self._ready) < self._depth:
                self._running = self._executor.submit(self._fill)

    def next(self) -> T | None:
        """None at the end."""
        self.begin()
        with self._change:
            self._change.wait_for(lambda: self._ready or self._running is None)
            item = self._ready.popleft() if self._ready else None
            failed = self._failed if item is None else None
        if failed is not None:
            raise failed
        self.begin()
        return item

    def close(self) -> None:
        """Make no more, and close the iterator."""
        with self._change:
            self._over = True
            running = self._running
        if running is not None and not running.cancel():
            running.exception()  # it ends after the item that it is at
        if hasattr(self._items, "close"):
            self._items.close()

    def _fill(self) -> None:
        try:
            while self._has_room():
                self._add(next(self._items))
        except StopIteration:
            self._end(None)
        except BaseException as error:  # noqa: BLE001  # raised by `next`
            self._end(error)

    def _has_room(self) -> bool:
        with self._change:
            room = not self._over and len(self._ready) < self._depth
            if not room:
                self._running = None
                self._change.notify_all()
            return room

    def _add(self, item: T) -> None:
        with self._change:
            self._ready.append(item)
            self._change.notify_all()

    def _end(self, error: BaseException | None) -> None:
        with self._change:
            self._over, self._running, self._failed = True, None, error
            self._change.notify_all()
