"""
Chance that belongs to a request: each has a generator of its own, alone or in a batch.

`generate` draws from torch's one global generator, so its draws depend on who else draws. Here
the last logits processor draws, and leaves `generate` only what it drew.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import torch
from transformers import LogitsProcessor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.checkpoint.source import Source
    from s2s_tasks.decoding import Sample

__all__ = ["Draws", "warpers"]


class Draws(LogitsProcessor):
    """
    One generator for each source; a source has as many rows as it has results.

    A row gets the token that `torch.multinomial` draws for the source alone with
    `torch.manual_seed(seed)`. Where a mask leaves no choice nothing is drawn, so that it
    is the same whether such tokens are skipped or not.
    """

    def __init__(self, sources: Sequence[Source], rows: int, device: torch.device) -> None:
        self._rows = rows
        self._masked = [source.mask is not None for source in sources]
        self._chances = [torch.Generator(device).manual_seed(_seed(one)) for one in sources]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        del input_ids
        shares = torch.softmax(scores, dim=-1)
        parts = zip(shares.split(self._rows), self._chances, self._masked, strict=True)
        drawn = [_drawn(part, chance, masked=masked) for part, chance, masked in parts]
        only = torch.full_like(scores, -torch.inf)
        return only.scatter_(1, torch.cat(drawn), 0.0)


def _drawn(shares: torch.Tensor, chance: torch.Generator, *, masked: bool) -> torch.Tensor:
    if masked and bool(((shares > 0).sum(-1) == 1).all()):
        return shares.argmax(-1, keepdim=True)
    return torch.multinomial(shares, 1, generator=chance)


def _seed(source: Source) -> int:
    told: int | None = getattr(source.search.decoding, "seed", None)
    return secrets.randbits(63) if told is None else told


def warpers(decoding: Sample) -> list[LogitsProcessor]:
    """What a Sample does to the logits, in the order in which `generate` does it."""
    import transformers as t

    found: list[LogitsProcessor] = []
    if decoding.temperature != 1.0:
        found.append(t.TemperatureLogitsWarper(decoding.temperature))
    if decoding.top_k is not None:
        found.append(t.TopKLogitsWarper(decoding.top_k))
    if decoding.top_p is not None and decoding.top_p < 1.0:
        found.append(t.TopPLogitsWarper(decoding.top_p))
    if decoding.min_p:
        found.append(t.MinPLogitsWarper(decoding.min_p))
    return found
