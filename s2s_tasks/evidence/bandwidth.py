"""
How fast this machine moves memory: what bounds a model that reads all its weights for each token.

Measured by copying, on as many threads as there are cores, what no cache holds. `ctypes` lets
go of the interpreter's lock while it copies.
"""

from __future__ import annotations

import ctypes
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from .fingerprint import machine

__all__ = ["bandwidth"]

SIZE = 64 * 2**20
"""Bytes that each thread copies: more than the cache of a core."""
REPEATS = 3
THREADS = 8
"""At most: they fill the memory channels of a desktop or a part of a server."""


@cache
def bandwidth() -> float:
    """Gigabytes a second, read and written together; takes about a tenth of a second, once."""
    threads = min(machine().cores, THREADS)
    pairs = [(bytearray(SIZE), bytearray(SIZE)) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        quickest = min(_seconds(pool, pairs) for _ in range(REPEATS + 1))  # the first warms up
    return 2 * SIZE * threads / quickest / 1e9


def _seconds(pool: ThreadPoolExecutor, pairs: list[tuple[bytearray, bytearray]]) -> float:
    begin = time.perf_counter()
    list(pool.map(_copy, pairs))
    return time.perf_counter() - begin


def _copy(pair: tuple[bytearray, bytearray]) -> None:
    to, source = (ctypes.addressof(ctypes.c_char.from_buffer(one)) for one in pair)
    ctypes.memmove(to, source, SIZE)
