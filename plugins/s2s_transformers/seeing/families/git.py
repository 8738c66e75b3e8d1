"""GIT: captions, or answers that go on from a question. Which of them, no checkpoint says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.errors import Unsupported

from ...engine import TorchEngine
from ..family import UNTOLD, Family, Said, question_of
from ..sight import sight_of

if TYPE_CHECKING:
    from PIL.Image import Image

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["opened"]

BATCH: Final = 8


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises Unsupported for one that was trained on videos."""
    if checkpoint.config.get("num_image_with_embedding"):
        raise Unsupported(
            f"{checkpoint.name} was trained on frames of videos, not on pictures",
            hint="take a GIT for images, as microsoft/git-base-coco",
        )
    sight = sight_of(checkpoint)
    engine = TorchEngine(
        checkpoint, sight.codec, placement, auto="GitForCausalLM", encodes=False, batch=BATCH
    )
    return Generating(name, checkpoint, sight.codec, _Git(sight), engine)


class _Git(Family):
    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption", "answer"})
        self.positions = sight.places
        self.overhead = 1

    def said(self, request: Request, image: Image) -> Said:
        del image
        question = self.sight.codec.encode(question_of(request))
        warnings = (UNTOLD,) if question else ()
        return Said(ids=(self.sight.config.bos_token_id, *question), warnings=warnings)
