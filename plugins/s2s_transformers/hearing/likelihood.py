"""How likely each output is, counted while it is searched for, before chance has its say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transformers import LogitsProcessor

if TYPE_CHECKING:
    import torch

    Place = tuple[int, tuple[int, ...]]

__all__ = ["Likelihood"]


class Likelihood(LogitsProcessor):
    """
    Stands behind the rules of a search. `begin`: tokens of each row that stand before the output.

    Rows of one window stand together; those of a beam change places from step to step, so a
    row is known by what it has written.
    """

    def __init__(self, windows: int, begin: int, end: int) -> None:
        self._windows, self._begin, self._end = windows, begin, end
        self._sums: dict[Place, float] = {}
        self._ends: dict[Place, float] = {}
        self._rows: dict[Place, int] = {}
        self._last: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        each = len(input_ids) // self._windows
        written = enumerate(map(tuple, input_ids[:, self._begin :].tolist()))
        places: list[Place] = [(row // each, ids) for row, ids in written]
        self._sums |= zip(places, self._up_to(places), strict=True)
        self._last = scores.float().log_softmax(-1)
        self._ends |= zip(places, self._last[:, self._end].tolist(), strict=True)
        self._rows = {place: row for row, place in enumerate(places)}
        return scores

    def mean(self, window: int, ids: tuple[int, ...], *, ended: bool) -> float:
        """Of the log-probabilities of an output's tokens, the end counted if there is one."""
        place = window, ids
        total = self._sums[place] + self._ends[place] if ended else self._up_to([place])[0]
        return total / (len(ids) + ended)

    def _up_to(self, places: list[Place]) -> list[float]:
        """Summed, of outputs that are longer by one token than those before."""
        if self._last is None:
            return [0.0] * len(places)
        before = [(window, ids[:-1]) for window, ids in places]
        rows, tokens = [self._rows[one] for one in before], [ids[-1] for _, ids in places]
        steps = self._last[rows, tokens].tolist()
        return [self._sums[one] + step for one, step in zip(before, steps, strict=True)]
