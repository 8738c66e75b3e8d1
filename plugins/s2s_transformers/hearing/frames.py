"""Frames that models give of sound: how many, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.exchange import Word
from s2s_tasks.speech.window import RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2s_tasks.speech.window import Window

    from .spelling import Spelled

__all__ = ["counting", "in_window", "seconds_per_frame"]

LENGTHS: Final = ("_get_feat_extract_output_lengths", "_get_subsampling_output_length")
"""How classes call the rule of how many frames they give."""


def counting(model: Any) -> Callable[[int], int]:
    """How many frames the model gives for so many steps of its input."""
    import torch

    parts = (model, getattr(model, "base_model", None), getattr(model, "encoder", None))
    rules = (getattr(part, name, None) for part in parts for name in LENGTHS)
    rule: Any = next(filter(None, rules))
    return lambda size: int(rule(torch.tensor(size)))


def seconds_per_frame(config: Any, hop: int | None) -> float | None:
    """As far as a config tells; `hop` is what its features are made at, in samples."""
    if ratio := getattr(config, "inputs_to_logits_ratio", None):
        return float(ratio) / RATE
    factor = getattr(getattr(config, "encoder_config", config), "subsampling_factor", None)
    return factor * hop / RATE if factor and hop else None


def in_window(words: Sequence[Spelled], step: float, window: Window) -> list[Word]:
    """Words by seconds of the recording, to the millisecond."""

    def at(frame: int) -> float:
        return round(min(window.start + frame * step, window.end), 3)

    return [Word(word, at(start), at(end)) for word, start, end in words]
