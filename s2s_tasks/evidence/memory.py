"""How much memory this process takes while something is done."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

__all__ = ["Growth", "resident"]

EVERY: Final = 0.02
"""Seconds between two looks: an activation that lives shorter may be missed."""

_statm: Final = Path("/proc/self/statm")


class Growth:
    """
    Watches the memory from where it is entered until it is left.

    `peak`: bytes above the beginning, None where the system does not say. What was freed
    before and is taken again does not count, so it is too small rather than too large.
    """

    def __init__(self) -> None:
        self._begin = self._most = resident()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, name="s2s memory", daemon=True)

    @property
    def peak(self) -> int | None:
        if self._begin is None or self._most is None:
            return None
        return self._most - self._begin

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._done.set()
        self._watch.join()
        self._note()

    def _look(self) -> None:
        while not self._done.wait(EVERY):
            self._note()

    def _note(self) -> None:
        now = resident()
        if now is not None and self._most is not None:
            self._most = max(self._most, now)


def resident() -> int | None:
    """Bytes of this process in memory: now on Linux, the most so far on macOS."""
    with suppress(OSError, ValueError, IndexError):
        return int(_statm.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return None
