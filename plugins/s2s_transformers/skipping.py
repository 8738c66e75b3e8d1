"""
Runs of tokens that a mask leaves no choice in, written whole.

`generate` is left where a run begins and entered again behind it, with the cache it had: a run
costs one pass through the model, as a prompt does, and not one for each of its tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch
from transformers import StoppingCriteria

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2s_tasks.checkpoint.mask import Walk
    from s2s_tasks.checkpoint.source import Source

    from .masking import Masking

__all__ = ["skipping"]

LEAST: Final = 2
"""Tokens of a run that is worth leaving for: the way out and in costs some milliseconds."""


class _Runs(StoppingCriteria):
    """Leaves `generate` where a run begins, or nothing more can come."""

    def __init__(self, walk: Callable[[list[int]], Walk]) -> None:
        self._walk = walk
        self.met = False

    def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
        del scores
        walk = self._walk(input_ids[0].tolist())
        self.met = walk.over or len(walk.forced) >= LEAST
        return torch.tensor([self.met], device=input_ids.device)


def skipping(
    generate: Callable[[dict[str, Any], int, list[StoppingCriteria]], Any],
    inputs: dict[str, Any],
    source: Source,
    masking: Masking,
) -> tuple[list[int], Any]:
    """
    All ids of the one row, prompt included, and the cache of the last pass, None without one.

    `generate` takes inputs, the most new tokens and further stopping criteria.
    """
    ids: list[int] = inputs["input_ids"][0].tolist()
    begin, limit, cache = len(ids), source.search.limit, None

    def walk(row: list[int]) -> Walk:
        return masking.walk(0, tuple(row[begin:]))

    while True:
        ids += walk(ids).forced
        left = begin + limit - len(ids)
        if left <= 0 or walk(ids).error:
            return ids[: begin + limit], cache
        if walk(ids).over:
            return [*ids, source.search.ends[0]], cache
        runs = _Runs(walk)
        output = generate(_behind(ids, inputs), left, [runs])
        ids, cache = output.sequences[0].tolist(), output.cache
        inputs = {"input_ids": inputs["input_ids"], "cache": cache}  # which has seen all pixels
        if not runs.met or ids[-1] in source.search.ends:
            return ids, cache


def _behind(ids: list[int], inputs: dict[str, Any]) -> dict[str, Any]:
    """The inputs with more tokens behind them."""
    row = torch.tensor([ids], device=inputs["input_ids"].device)
    return {**inputs, "input_ids": row, "attention_mask": torch.ones_like(row)}
