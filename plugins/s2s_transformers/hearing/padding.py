"""
Which sounds a model may hear at once.

It is tried, since a mask is not all: convolutions and norms over time mix padding in, and some
models were trained without a mask.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.speech.window import RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .sounds import Extractor, Sound

    Heard = Callable[[Sequence[Sound]], Sequence[torch.Tensor]]

__all__ = ["alike", "bears_padding"]

EXACT: Final = {torch.float32: 1e-3}
ROUGH: Final = 5e-2
"""How far padding may move a number, as a share of the largest, by type of numbers."""

PROBES: Final = (RATE // 2 + 123, RATE + 4567)
"""Samples of two noises."""


def bears_padding(heard: Heard, extractor: Extractor, dtype: torch.dtype) -> bool:
    """Whether a sound is heard the same beside a longer one."""
    chance = np.random.default_rng(0)
    noises = [chance.normal(0, 0.1, size).astype(np.float32) for size in PROBES]
    short, long = map(extractor.sound, noises)
    [alone], [beside, _] = heard([short]), heard([short, long])
    if alone.shape != beside.shape:
        return False
    most = EXACT.get(dtype, ROUGH) * alone.abs().max()
    return bool((alone - beside).abs().max() <= most)


def alike(sounds: Sequence[Sound], *, rows: int, pads: bool) -> list[list[int]]:
    """Positions in batches: of any lengths, or of the same."""
    lengths = [one.length for one in sounds]
    if pads:
        return batches(lengths, tokens=rows * max(lengths, default=1), rows=rows)
    order = sorted(range(len(sounds)), key=lambda at: -lengths[at])
    groups = (list(group) for _, group in groupby(order, lambda at: lengths[at]))
    return [group[at : at + rows] for group in groups for at in range(0, len(group), rows)]
