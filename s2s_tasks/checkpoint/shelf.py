"""
Loaded models, shared by the whole process and kept within a budget of memory.

A model is loaded once for all clients that ask for it. When another one needs the room, those
that nobody is using go, the longest unused first; they are loaded again when they are asked for.
All of them go before the interpreter does: a library's own threads that still held something of
Python's would abort the process.
"""

from __future__ import annotations

import atexit
import gc
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from ..errors import BadSetting, NotConfigured
from ..pattern import pattern
from ..worker import stop_all

__all__ = ["SHELF", "Shelf", "memory_budget"]

T = TypeVar("T")

SHARE: Final = 0.6
"""Of the machine's memory, where S2S_MEMORY does not say how much models may take."""

PATIENCE: Final = 1.0
"""Seconds that the end of the process waits for work that was left to notice it, a token each."""

_amount = pattern(r"(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?")
_POWERS: Final = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


def memory_budget() -> int:
    """Bytes that loaded models may take: S2S_MEMORY, as in "8GB", else a share of all memory."""
    told = os.environ.get("S2S_MEMORY")
    if told is None:
        return int(SHARE * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    found = _amount().fullmatch(told.strip().upper())
    if found is None:
        raise BadSetting(f"S2S_MEMORY={told!r} is no amount of memory", hint="as in S2S_MEMORY=8GB")
    return int(float(found[1]) * 1024 ** _POWERS[found[2]])


@dataclass(eq=False)
class _Place:
    """One thing on the shelf; its lock is held while it is loaded."""

    size: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    thing: Any = None
    users: int = 0
    used: float = 0.0


class Shelf:
    """Things by key; `budget` gives the bytes that they may take together."""

    def __init__(self, budget: Callable[[], int] = memory_budget) -> None:
        self._budget = budget
        self._places: dict[Hashable, _Place] = {}
        self._lock = threading.Condition()

    @contextmanager
    def borrow(self, key: Hashable, load: Callable[[], T], size: int) -> Iterator[T]:
        """
        The thing of that key, loaded if it is not here, and kept while it is in use.

        Raises NotConfigured if `size` bytes are more than all that is allowed.
        """
        place = self._enter(key, size)
        try:
            with place.lock:
                if place.thing is None:
                    place.thing = load()
            yield place.thing
        finally:
            with self._lock:
                place.users -= 1
                place.used = time.monotonic()
                self._lock.notify_all()

    def drop(self, key: Hashable) -> None:
        """Forget it; those who use it now keep it until they are done."""
        with self._lock:
            self._places.pop(key, None)

    def holds(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._places and self._places[key].thing is not None

    def clear(self, patience: float) -> None:
        """Forget all, once nobody uses any of them, or after `patience` seconds."""
        with self._lock:
            self._lock.wait_for(lambda: len(self._idle()) == len(self._places), patience)
            self._places.clear()

    def _enter(self, key: Hashable, size: int) -> _Place:
        with self._lock:
            if key not in self._places:
                self._make_room(size)
                self._places[key] = _Place(size)
            place = self._places[key]
            place.users += 1
            return place

    def _make_room(self, size: int) -> None:
        budget = self._budget()
        if size > budget:
            raise NotConfigured(
                f"the model needs {size / 1e9:.1f} GB, and models may take {budget / 1e9:.1f} GB",
                hint="choose a smaller one, or set S2S_MEMORY to more",
            )
        for key in sorted(self._idle(), key=lambda key: self._places[key].used):
            if self._taken() + size <= budget:
                return
            del self._places[key]

    def _idle(self) -> list[Hashable]:
        return [key for key, place in self._places.items() if not place.users]

    def _taken(self) -> int:
        return sum(place.size for place in self._places.values())


SHELF = Shelf()
"""The one of this process."""


@atexit.register
def _end() -> None:
    """With what was left in the midst of its work, and in tracebacks of it."""
    stop_all(PATIENCE)
    SHELF.clear(PATIENCE)
    gc.collect()
