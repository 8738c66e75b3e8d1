"""Prompts that a decoder has read, each beside its own sound: where a search begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import WhisperForConditionalGeneration

__all__ = ["Begun", "begun"]


@dataclass(frozen=True)
class Begun:
    """
    `ids` and `mask` [rows, width], padded on the left; `states` [rows, width, size] are what
    the decoder made of them, `cache` what it keeps; `sound` [rows, frames, size].
    """

    sound: torch.Tensor
    ids: torch.Tensor
    mask: torch.Tensor
    states: torch.Tensor
    cache: EncoderDecoderCache

    @property
    def width(self) -> int:
        return self.ids.shape[1]

    def inputs(self, width: int) -> dict[str, Any]:
        """
        What `generate` goes on from, in beams of `width`; to be used once.

        It reads the last token again, for the scores of the next one.
        """
        self.cache.crop(-1)
        if self.width == 1:  # what is left has rows, which nothing can repeat
            self.cache.self_attention_cache = DynamicCache()
        self.cache.batch_repeat_interleave(width)
        return {
            "encoder_outputs": BaseModelOutput(last_hidden_state=self.sound),
            "attention_mask": self.sound.new_ones(self.sound.shape[:2]),  # asked for, not read
            "decoder_input_ids": self.ids,
            "decoder_attention_mask": self.mask,
            "cache": self.cache,
        }


def begun(
    model: WhisperForConditionalGeneration,
    sounds: Sequence[torch.Tensor],
    prompts: Sequence[tuple[int, ...]],
    pad: int,
) -> Begun:
    """One pass of the decoder over the prompts, of any lengths."""
    width = max(map(len, prompts))
    rows = [[pad] * (width - len(prompt)) + [*prompt] for prompt in prompts]
    ids = torch.tensor(rows, device=model.device)
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=model.device)
    mask = (torch.arange(width, device=model.device) >= width - lengths[:, None]).long()
    sound = torch.stack([*sounds])
    cache = EncoderDecoderCache(DynamicCache(), DynamicCache())
    output = model.model(
        encoder_outputs=BaseModelOutput(last_hidden_state=sound),
        decoder_input_ids=ids,
        decoder_attention_mask=mask,
        decoder_position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
        cache=cache,
        use_cache=True,
    )
    return Begun(sound, ids, mask, output.last_hidden_state, cache)
