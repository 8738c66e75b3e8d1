"""Which sequences to compute together: sorted by length, as many as a budget of tokens allows."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["batches"]


def batches(
    lengths: Sequence[int], *, tokens: int, rows: int, outputs: Sequence[int] = ()
) -> list[list[int]]:
    """
    Positions in batches, the longest first, so that what does not fit fails at once.

    A batch is as wide as its longest sequence, so that its padding is what lengths differ by.
    A sequence longer than `tokens` has a batch of its own. `outputs`: the most that may be
    written for each, which makes rows alike as much as what is read.
    """
    most = outputs or [0] * len(lengths)
    found: list[list[int]] = []
    width = 0
    for at in sorted(range(len(lengths)), key=lambda at: -(lengths[at] + most[at])):
        width = max(width, lengths[at])
        if not found or len(found[-1]) == rows or (len(found[-1]) + 1) * width > tokens:
            found.append([])
            width = lengths[at]
        found[-1].append(at)
    return found
