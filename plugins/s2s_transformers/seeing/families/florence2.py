"""
Florence-2: a prompt for each task, in words, behind the picture.

Captions of three lengths and the text of a picture are what it was trained for; a question is
given to it as it stands, which some of its descendants were trained on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.generating import Generating

from ...engine import TorchEngine
from ..family import UNTOLD, Family, Said, question_of
from ..reading import asks_to_read, misfits_of_reading, written_as_json
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from PIL.Image import Image

    from s2s_tasks.backend import Misfit
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["opened"]

BATCH: Final = 4

READ: Final = "What is the text in the image?"
CAPTIONS: Final[Mapping[str, str]] = {
    "plain": "What does the image describe?",
    "alt": "What does the image describe?",
    "detailed": "Describe with a paragraph what is shown in the image.",
}
"""As its processor says <OCR>, <CAPTION> and <MORE_DETAILED_CAPTION>."""


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured and Unsupported as `sight_of` does."""
    sight = sight_of(checkpoint)
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto="Florence2ForConditionalGeneration",
        encodes=True,
        batch=BATCH,
    )
    return Generating(name, checkpoint, sight.codec, _Florence(sight), engine)


class _Florence(Family):
    styles = frozenset(CAPTIONS)
    writes_json = True

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption", "answer", "extract"})
        self.positions = sight.places
        self._seen = (sight.config.image_token_id,) * sight.images.image_seq_length
        self.overhead = len(self._ids(""))

    def said(self, request: Request, image: Image) -> Said:
        del image
        question = question_of(request)
        if question and not asks_to_read(question):
            return Said(self._ids(question), self.sight.start, (UNTOLD,))
        return Said(self._ids(_prompt(request)), self.sight.start)

    def misfits(self, request: Request) -> Iterator[Misfit]:
        yield from super().misfits(request)
        if request.task == "extract":
            yield from misfits_of_reading(request)

    def shapes(self, request: Request) -> bool:
        return super().shapes(request) or request.schema is not None

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        if request.schema is not None:
            return written_as_json(request, text), ()
        return super().shaped(request, text)

    def _ids(self, text: str) -> tuple[int, ...]:
        begin, end = self.sight.token("bos_token"), self.sight.token("eos_token")
        ids = self.sight.codec.mixed([(begin, True), (text, False), (end, True)])
        return (*self._seen, *ids)


def _prompt(request: Request) -> str:
    return CAPTIONS[request.params.get("style", "plain")] if request.task == "caption" else READ
