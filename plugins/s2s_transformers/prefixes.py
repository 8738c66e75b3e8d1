"""
Keys and values of prompts seen before, so that what a new prompt begins with is not computed anew.

Tensors are shared and never changed: a cache grows by concatenation, which copies. Only models
whose every layer attends to all tokens can take a part of a prompt back out of its cache.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Prefixes", "common", "croppable", "sliced"]

LEAST: Final = 32
"""Tokens in common from which reuse is worth its bookkeeping."""

MOST_BYTES: Final = 512 * 1024 * 1024
MOST_PROMPTS: Final = 8

Ids = tuple[int, ...]


class Prefixes:
    """The last prompts by their ids, the longest unused dropped first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._caches: OrderedDict[Ids, DynamicCache] = OrderedDict()
        self._lock = threading.Lock()
        self._most_bytes = most_bytes

    def longest(self, ids: Ids) -> tuple[DynamicCache | None, int]:
        """The cache with most in common with the prompt, and how many tokens that is."""
        with self._lock:
            best = max(self._caches, key=lambda one: common(one, ids), default=())
            length = min(common(best, ids), len(ids) - 1)  # one token must be left to compute
            if length < LEAST:
                return None, 0
            self._caches.move_to_end(best)
            return self._caches[best], length

    def keep(self, ids: Ids, cache: DynamicCache) -> None:
        """Remember the cache of a prompt; whatever it holds beyond the prompt is left out."""
        if not croppable(cache):
            return
        with self._lock:
            self._caches[ids] = sliced(cache, len(ids))
            self._caches.move_to_end(ids)
            while len(self._caches) > 1 and self._too_much():
                self._caches.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._caches.clear()

    def _too_much(self) -> bool:
        taken = sum(_bytes(cache) for cache in self._caches.values())
        return len(self._caches) > MOST_PROMPTS or taken > self._most_bytes


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two sequences begin with in common."""
    if one[: len(other)] == other[: len(one)]:
        return min(len(one), len(other))
    return next(n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)


def croppable(cache: object) -> bool:
    """Whether a part of what it holds is the cache of a part of the prompt."""
    return isinstance(cache, DynamicCache) and all(
        type(one) is DynamicLayer for one in cache.layers
    )


def sliced(cache: DynamicCache, length: int, *, rows: int = 1) -> DynamicCache:
    """The first `length` tokens of a cache of one row, for `rows` rows, without copying them."""
    twin = DynamicCache()
    layers: list[Any] = cache.layers
    for layer in layers:
        new: Any = DynamicLayer()
        keys, values = (
            part[:, :, :length].expand(rows, -1, -1, -1) for part in (layer.keys, layer.values)
        )
        new.lazy_initialization(keys, values)
        new.keys, new.values = keys, values
        twin.layers.append(new)
    return twin


def _bytes(cache: DynamicCache) -> int:
    layers: list[Any] = cache.layers
    return sum(int(layer.keys.nbytes + layer.values.nbytes) for layer in layers)
