"""Windows as tensors: what a checkpoint's own feature extractor makes of each, and of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from s2s_tasks.errors import Unsupported
from s2s_tasks.speech.window import RATE

from .parts import extractor_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.speech.window import Samples

__all__ = ["Extractor", "Sound", "together"]

LEAST: Final = RATE // 2
"""Samples that any model can read; less sound is followed by silence."""

WHOLE_FRAMES: Final = {"moonshine_streaming": {"padding": True, "pad_to_multiple_of": 80}}
"""By model type: what its processor tells the extractor."""


@dataclass(frozen=True)
class Sound:
    """
    `inputs` of the model by name, without a dimension for the batch; time comes first in each.
    `size` is how many steps of them are sound, and not padding of the extractor's own.
    """

    inputs: Mapping[str, torch.Tensor]
    seconds: float

    @property
    def length(self) -> int:
        return max(len(one) for one in self.inputs.values())

    @property
    def size(self) -> int:
        masks = [int(one.sum()) for name, one in self.inputs.items() if name.endswith("mask")]
        return masks[0] if masks else self.length


class Extractor:
    """
    Each window for itself, so that it is the same whoever is beside it.

    Raises Unsupported for a checkpoint that hears at another rate than all are fed with.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._extractor = extractor_of(checkpoint)
        if (rate := self._extractor.sampling_rate) != RATE:
            raise Unsupported(
                f"{checkpoint.name} hears {rate:,} samples a second, and all sound here has {RATE:,}"
            )
        self._told = WHOLE_FRAMES.get(checkpoint.model_type, {})

    @property
    def hop(self) -> int | None:
        """Samples from one frame of features to the next; None where sound is read as it is."""
        hop = getattr(self._extractor, "hop_length", None)
        return hop if isinstance(hop, int) and hop > 0 else None

    def sound(self, samples: Samples) -> Sound:
        if len(samples) < LEAST:
            samples = np.pad(samples, (0, LEAST - len(samples)))
        found: Any = self._extractor(samples, sampling_rate=RATE, return_tensors="pt", **self._told)
        return Sound({name: one[0] for name, one in found.items()}, len(samples) / RATE)


def together(
    sounds: Sequence[Sound], device: torch.device, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """The inputs of a batch, padded with zeros behind the shorter ones."""
    return {
        name: _moved(
            torch.nn.utils.rnn.pad_sequence([one.inputs[name] for one in sounds], batch_first=True),
            device,
            dtype,
        )
        for name in sounds[0].inputs
    }


def _moved(batch: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    return batch.to(device, dtype) if batch.is_floating_point() else batch.to(device)
