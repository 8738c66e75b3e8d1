"""
Where the decoder looks while it writes: the cross-attention of some of its heads.

Attention kernels do not give their weights away, so the queries are kept on the way and
multiplied with the keys that the cache holds anyway.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import EncoderDecoderCache, WhisperForConditionalGeneration

__all__ = ["Looks", "show"]

_present = threading.local()


class Looks:
    """
    While inside, the queries of the `heads` (layer, head) are kept, of a model on this thread
    that was told to `show` them.
    """

    def __init__(self, heads: Sequence[tuple[int, int]]) -> None:
        self._heads = heads
        self.layers = {layer for layer, _ in heads}
        self.queries: dict[int, torch.Tensor] = {}

    def __enter__(self) -> Self:
        _present.looks = self
        return self

    def __exit__(self, *_: object) -> None:
        _present.looks = None

    def weights(self, cache: EncoderDecoderCache, row: int, frames: int) -> torch.Tensor:
        """[heads, tokens, frames] of one row: what share of a token's look falls on a frame."""
        found = [self._scores(cache, row, layer, head) for layer, head in self._heads]
        return torch.stack(found)[..., :frames].float().softmax(-1)

    def _scores(self, cache: EncoderDecoderCache, row: int, layer: int, head: int) -> torch.Tensor:
        kept: Any = cache.cross_attention_cache.layers[layer]
        keys: torch.Tensor = kept.keys
        size = keys.shape[-1]
        queries = self.queries[layer][row, :, head * size : (head + 1) * size]
        return queries @ keys[row, head].T


def show(model: WhisperForConditionalGeneration) -> None:
    """Have each layer of the decoder show its queries to whoever looks."""
    for layer in model.model.decoder.layers:
        layer.encoder_attn.register_forward_pre_hook(_keep)


def _keep(module: Any, read: tuple[torch.Tensor, ...]) -> None:
    looks: Looks | None = getattr(_present, "looks", None)
    if looks is not None and module.layer_idx in looks.layers:
        looks.queries[module.layer_idx] = module.q_proj(read[0]) * module.scaling
