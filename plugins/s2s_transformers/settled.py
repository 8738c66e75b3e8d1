"""
What of a running search stands already: what every possible outcome has in common.

A greedy or drawn sequence stands token by token. A beam's candidates and the sequences it has
finished stand as far as they agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .prefixes import common

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

__all__ = ["Settled"]


class Settled:
    """Hands new ids over as they settle. `begin`: where the output begins; `width`: of the beam."""

    def __init__(
        self,
        hand_over: Callable[[tuple[int, ...]], None],
        *,
        begin: int,
        ends: Sequence[int],
        width: int = 1,
    ) -> None:
        self._hand_over, self._begin, self._width = hand_over, begin, width
        self._ends = frozenset(ends)
        self._finished: list[list[int]] = []
        self._shown = 0

    def __call__(self, rows: torch.Tensor) -> None:
        candidates = rows[:, self._begin :].tolist()
        open_ones = [one for one in candidates if one and one[-1] not in self._ends]
        self._finished += [
            one[:-1] for one in candidates[: self._width] if one and one[-1] in self._ends
        ]
        standing = _agreed([*open_ones, *self._finished])
        if new := tuple(self._until_end(standing[self._shown :])):
            self._shown += len(new)
            self._hand_over(new)

    def _until_end(self, ids: list[int]) -> list[int]:
        ends = [at for at, one in enumerate(ids) if one in self._ends]
        return ids[: ends[0]] if ends else ids


def _agreed(sequences: list[list[int]]) -> list[int]:
    """What all of them begin with."""
    if not sequences:
        return []
    first, *others = sequences
    return first[: min((common(first, other) for other in others), default=len(first))]
