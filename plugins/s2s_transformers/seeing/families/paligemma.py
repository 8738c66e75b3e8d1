"""
PaliGemma: a prefix for each task, and the language of the answer, behind the picture.

The prefixes are those of its mixture of tasks (Beyer et al. 2024, table 1): `caption en`,
`describe en` for long ones, `answer en` with a question, `ocr`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import torch

from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.language import guess_language, primary

from ...engine import TorchEngine
from ..family import Family, Said, question_of
from ..reading import asks_to_read
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.checkpoint.lowering import Lowered
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["opened"]

BATCH: Final = 8
CAPTIONS: Final[Mapping[str, str]] = {"plain": "caption", "alt": "caption", "detailed": "describe"}


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured and Unsupported as `sight_of` does."""
    sight = sight_of(checkpoint)
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto="PaliGemmaForConditionalGeneration",
        encodes=False,
        batch=BATCH,
    )
    return Generating(name, checkpoint, sight.codec, _PaliGemma(sight), engine)


class _PaliGemma(Family):
    styles = frozenset(CAPTIONS)

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption", "answer"})
        self._written = None  # of 34 languages, which its card does not name
        self._seen = (sight.config.image_token_id,) * sight.images.image_seq_length
        self.positions = sight.places
        self.overhead = len(self._ids("answer en ", ""))

    def said(self, request: Request, image: Image) -> Said:
        del image
        question = question_of(request)
        if request.task == "caption":
            style, language = request.params.get("style", "plain"), request.params.get("language")
            return Said(self._ids(f"{CAPTIONS[style]} {primary(language or 'en')}", ""))
        if asks_to_read(question):
            return Said(self._ids("ocr", ""))
        return Said(self._ids(f"answer {guess_language(question) or 'en'} ", question))

    def lower(self, request: Request) -> Lowered:
        lowered = super().lower(request)
        kinds = torch.zeros(1, len(lowered.ids), dtype=torch.long)  # all of it is prefix
        return replace(lowered, extras={**lowered.extras, "token_type_ids": kinds})

    def _ids(self, prefix: str, text: str) -> tuple[int, ...]:
        begin = self.sight.token("bos_token")
        said = [(begin, True), (prefix, True), (text, False), ("\n", True)]
        return (*self._seen, *self.sight.codec.mixed(said))
