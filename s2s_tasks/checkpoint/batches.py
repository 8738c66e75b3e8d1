"""Which sequences to compute together: sorted by length, as many as a budget of tokens allows."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["batches"]


def batches(lengths: Sequence[int], *, tokens: int, rows: int) -> list[list[int]]:
    """
    Positions in batches, the longest first, so that what does not fit fails at once.

    A batch is as wide as its longest sequence, so that its padding is what lengths differ by.
    A sequence longer than `tokens` has a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    found: list[list[int]] = []
    room = 0
    for at in order:
        if room < 1:
            found.append([])
            room = max(1, min(rows, tokens // max(1, lengths[at])))
        found[-1].append(at)
        room -= 1
    return found
