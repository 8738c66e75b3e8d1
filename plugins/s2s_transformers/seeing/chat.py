"""Language models with an eye, asked in their chat template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.generating import Generating

from ..engine import TorchEngine
from .conversing import Conversing
from .looking import Looking

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint

    from ..device import Placement

__all__ = ["AUTO", "PICTURES", "opened"]

AUTO: Final = "AutoModelForImageTextToText"

PICTURES: Final = 8
"""Requests worth giving to one call: the pixels of each may take 50 MB."""


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """
    The backend called `name`.

    Raises Unsupported for a processor that needs what is not here, NotConfigured for files that
    are missing.
    """
    codec = codec_of(checkpoint)
    lowering = Conversing(checkpoint, Looking(checkpoint, codec))
    engine = TorchEngine(checkpoint, codec, placement, auto=AUTO, batch=PICTURES)
    return Generating(name, checkpoint, codec, lowering, engine)
