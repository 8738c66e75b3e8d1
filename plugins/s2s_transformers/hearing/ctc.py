"""Models that give a letter to each frame: Wav2Vec2, HuBERT, WavLM, Parakeet and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .framed import Framed, Read
from .frames import counting
from .sounds import together

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from s2s_tasks.checkpoint.folder import Checkpoint

    from ..device import Placement
    from .sounds import Sound

__all__ = ["Letters"]


class Letters(Framed):
    """Each frame's likeliest token, spelled out."""

    def __init__(self, checkpoint: Checkpoint, placement: Placement) -> None:
        super().__init__(checkpoint, placement, "AutoModelForCTC")

    def _read(self, model: Any, sounds: Sequence[Sound], _: object) -> list[Read]:
        likeliest = (logits.argmax(-1).tolist() for logits in self._states(model, sounds))
        spelling = self._spelling
        return [Read(spelling.words(ids), spelling.count(ids), len(ids)) for ids in likeliest]

    def _states(self, model: Any, sounds: Sequence[Sound]) -> list[torch.Tensor]:
        logits = model(**together(sounds, model.device, model.dtype)).logits
        count = counting(model)
        return [row[: count(one.size)].float() for row, one in zip(logits, sounds, strict=True)]
