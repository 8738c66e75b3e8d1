"""
Pix2Struct: captions, or answers to questions that are written above the picture.

A model for questions sees them as pixels and in no other way, in Arial where that is at hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.errors import TooLong

from ...engine import TorchEngine
from ..family import Family, Said, question_of
from ..lettering import Lettering
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from PIL.Image import Image

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["opened"]

BATCH: Final = 4

MOST_LETTERS: Final = 1_000
"""Of a question: it is drawn 36 pixels high, and each line of 80 letters takes from the picture."""


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured and Unsupported as `sight_of` does."""
    sight = sight_of(checkpoint)
    asked = bool(checkpoint.config.get("is_vqa") or getattr(sight.images, "is_vqa", False))
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto="Pix2StructForConditionalGeneration",
        encodes=True,
        batch=BATCH,
    )
    lowering = _Answers(sight) if asked else _Captions(sight)
    return Generating(name, checkpoint, sight.codec, lowering, engine)


class _Captions(Family):
    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption"})

    def said(self, request: Request, image: Image) -> Said:
        del request, image
        return Said(start=self.sight.start)


class _Answers(Family):
    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"answer"})
        self._lettering = Lettering.at_hand()

    def said(self, request: Request, image: Image) -> Said:
        del image
        question = question_of(request)
        if len(question) > MOST_LETTERS:
            raise TooLong(
                f"the question has {len(question):,} letters; {self.sight.name} is shown at most"
                f" {MOST_LETTERS:,} above a picture",
                hint="ask a shorter one",
            )
        self._lettering.check(question)
        return Said(start=self.sight.start, warnings=self._lettering.remarks)

    def pixels(self, request: Request, image: Image) -> Mapping[str, torch.Tensor]:
        below = np.asarray(image).transpose(2, 0, 1)
        font = self._lettering.font_bytes
        page = self.sight.images.render_header(below, question_of(request), font_bytes=font)
        return {**self.sight.images(page, is_vqa=False, return_tensors="pt")}
