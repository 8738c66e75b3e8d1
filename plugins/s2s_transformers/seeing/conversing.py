"""
The manner of a chat model that sees: its template, with the pictures ahead of the words.

One without a template is shown the pictures and then the words, as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import sound
from s2s_tasks.checkpoint.lowering import Lowered, Lowering
from s2s_tasks.checkpoint.positions import prompt_positions
from s2s_tasks.checkpoint.prompting import BASE, RESERVE, WHOLE
from s2s_tasks.checkpoint.standins import StandIns
from s2s_tasks.media import Modality

from .turns import Outlines

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from .looking import Looking

__all__ = ["SEES", "Conversing"]

SEES: Final = frozenset({Modality.TEXT, Modality.IMAGE})


class Conversing(Lowering):
    """Of one checkpoint, by its files."""

    modalities = SEES

    def __init__(self, checkpoint: Checkpoint, looking: Looking) -> None:
        self._checkpoint, self._looking = checkpoint, looking
        self._outlines = Outlines(checkpoint, looking.template, looking.placeholder)
        self.follows_words = bool(looking.template)
        self._all = prompt_positions(checkpoint)
        reserve = min(RESERVE, (self._all or 0) // 4)
        self.positions = None if self._all is None else max(1, self._all - reserve)
        self.overhead = len(self._said("", [("user", " ")])) + 2

    def lower(self, request: Request) -> Lowered:
        stand_ins = StandIns()
        outline = self._outlines.of(request.system, _turns(request), stand_ins, len(request.media))
        ids, extras = self._looking.read(outline, stand_ins, request.media)
        warnings = () if self.follows_words else (BASE,)
        settings = {k: v for k, v in self._checkpoint.generation.items() if k not in WHOLE}
        return Lowered(tuple(ids), (), settings, warnings, extras)

    def room(self, lowered: Lowered) -> int | None:
        return None if self._all is None else self._all - len(lowered.ids)

    def _said(self, system: str, turns: list[tuple[str, str]]) -> list[int]:
        stand_ins = StandIns()
        return self._looking.read(self._outlines.of(system, turns, stand_ins, 0), stand_ins, ())[0]


def _turns(request: Request) -> list[tuple[str, str]]:
    """(role, text), as `Prompting` says them."""
    asked = "\n\n".join(part for part in (request.words, request.text) if part)
    turns = [("user", asked)]
    if request.earlier is not None:
        turns += [("assistant", request.earlier.answer), ("user", request.earlier.complaint)]
    return [(role, sound(text)) for role, text in turns]
