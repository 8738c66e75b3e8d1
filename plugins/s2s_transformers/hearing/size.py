"""How large a Whisper is, as its config says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["Size"]

DEFAULTS: Final = {
    "decoder_layers": 4,
    "decoder_attention_heads": 6,
    "d_model": 384,
    "max_source_positions": 1500,
    "max_target_positions": 448,
    "median_filter_width": 7,
}
"""Of transformers' WhisperConfig, for settings that config.json leaves out."""


@dataclass(frozen=True)
class Size:
    """Of the decoder; `frames`: of a window, as the encoder gives them."""

    layers: int
    heads: int
    width: int
    frames: int
    positions: int
    smoothing: int

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        told = (checkpoint.config.get(name) for name in DEFAULTS)
        return cls(
            *(
                one if isinstance(one, int) else default
                for one, default in zip(told, DEFAULTS.values(), strict=True)
            )
        )

    @property
    def kept(self) -> int:
        """Numbers that the decoder keeps of a window: keys and values of all its layers."""
        return 2 * self.layers * self.frames * self.width
