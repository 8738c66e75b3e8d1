"""A reserve of retries that all calls share, so that a server in trouble is not asked thrice by all."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .bucket import Bucket

__all__ = ["Reserve"]

MOST = 10
"""Retries in a row, whatever becomes of them."""
PER_SECOND = 1 / 6
"""Refilled within a minute."""
PER_SUCCESS = 0.1
"""So that in the long run one call in ten is sent again."""


class Reserve:
    """Retries that may be made on our own account: those that a server asked for are free."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._bucket = Bucket(MOST, PER_SECOND, MOST, clock())

    def draw(self) -> bool:
        """Take one, if there is one."""
        with self._lock:
            if not self._bucket.take(1, self._clock()):
                return True
            self._bucket.put(1)
            return False

    def succeeded(self) -> None:
        with self._lock:
            self._bucket.put(PER_SUCCESS)
