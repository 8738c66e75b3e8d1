"""
Chat templates: how an instruction-tuned checkpoint wants roles and turns written.

Only the template's own words can hold control tokens, whatever users write. Where a template
marks roles by plain words, as that of Llama 2 does by [INST], nothing can tell them from a user's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BackendError
from .codec import Codec, sound
from .standins import StandIns, controls
from .template import RefusedByTemplate, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .folder import Checkpoint

    Turns = Sequence[tuple[str, str]]

__all__ = ["Chat"]


class Chat:
    """The chat template of a checkpoint."""

    def __init__(self, name: str, template: Template, codec: Codec) -> None:
        self._name, self._template, self._codec = name, template, codec

    @classmethod
    def of(cls, checkpoint: Checkpoint, codec: Codec) -> Chat | None:
        """None for a checkpoint that has no template."""
        template = Template.of(checkpoint)
        return cls(checkpoint.name, template, codec) if template else None

    def ids(self, system: str, turns: Turns) -> list[int]:
        """
        Of (role, text) turns, ending where the assistant's answer begins.

        Where the template knows no system role, `system` stands before the first turn's text.
        """
        if system and not self._knows_system(system, turns):
            (role, text), *others = turns
            system, turns = "", [(role, f"{system}\n\n{text}"), *others]
        turns = [("system", system), *turns] if system else turns
        return self._ids([(role, sound(text)) for role, text in turns])

    def _ids(self, turns: Turns) -> list[int]:
        """As transformers gives them, unless the texts bring control tokens in."""
        stand_ins = StandIns()
        outline = self._rendered([(role, stand_ins.for_text(text)) for role, text in turns])
        ids = self._codec.marked(self._rendered(turns))
        if controls(self._codec, ids) == controls(self._codec, self._codec.marked(outline)):
            return ids
        return self._codec.mixed(stand_ins.parts(outline))

    def _knows_system(self, system: str, turns: Turns) -> bool:
        """Some templates refuse the role, others leave its text out without a word."""
        stand_ins = StandIns()
        told = ("system", stand_ins.for_text(system))
        try:
            outline = self._template.render([told, *((role, "-") for role, _ in turns)])
        except RefusedByTemplate:
            return False
        return told[1].strip() in outline

    def _rendered(self, turns: Turns) -> str:
        try:
            return self._template.render(turns)
        except RefusedByTemplate as error:
            raise BackendError(f"the chat template of {self._name} refuses: {error}") from error
