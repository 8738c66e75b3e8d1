"""Families of models that see, but hold no conversation: by model type, the file that opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAMILIES"]

FAMILIES: Final[Mapping[str, str]] = {
    "blip": "blip",
    "blip-2": "blip2",
    "florence2": "florence2",
    "git": "git",
    "instructblip": "blip2",
    "paligemma": "paligemma",
    "pix2struct": "pix2struct",
    "vilt": "vilt",
    "vision-encoder-decoder": "encoder_decoder",
}
"""Each file has `opened(name, checkpoint, placement) -> Backend`."""
