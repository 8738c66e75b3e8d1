"""
The manner of a decoder-only model: its chat template, or plain text for one that has none.

What all requests of a task have in common stands first (system, instruction, schema), so that
its keys and values can be computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..exchange import Request
from .chat import Chat
from .codec import Codec
from .folder import Checkpoint
from .lowering import Lowered, Lowering
from .positions import prompt_positions

__all__ = ["Prompting"]

RESERVE: Final = 1_024
"""Tokens kept for the output of a model whose prompt and output share one context, at most a
quarter of it."""

WHOLE: Final = frozenset({"max_length", "min_length"})
"""Settings that count the prompt too, and so say nothing of the output."""

BASE: Final = "the checkpoint has no chat template: it may go on with a text rather than obey"


class Prompting(Lowering):
    """Of one checkpoint, by its files."""

    def __init__(self, checkpoint: Checkpoint, codec: Codec) -> None:
        self._checkpoint, self._codec = checkpoint, codec
        self._chat = Chat.of(checkpoint, codec)
        self.follows_words = self._chat is not None
        self._all = prompt_positions(checkpoint)
        self.overhead = len(self._ids("", [("user", "")])) + 2
        reserve = min(RESERVE, (self._all or 0) // 4)
        self.positions = None if self._all is None else max(1, self._all - reserve)

    def lower(self, request: Request) -> Lowered:
        ids = self._ids(request.system, self._turns(request))
        warnings = () if self._chat else (BASE,)
        settings = {k: v for k, v in self._checkpoint.generation.items() if k not in WHOLE}
        return Lowered(tuple(ids), (), settings, warnings)

    def room(self, lowered: Lowered) -> int | None:
        return None if self._all is None else self._all - len(lowered.ids)

    def _turns(self, request: Request) -> list[tuple[str, str]]:
        asked = "\n\n".join(part for part in (request.words, request.text) if part)
        turns = [("user", asked)]
        if request.earlier is not None:
            turns += [("assistant", request.earlier.answer), ("user", request.earlier.complaint)]
        return turns

    def _ids(self, system: str, turns: Sequence[tuple[str, str]]) -> list[int]:
        if self._chat is not None:
            return self._chat.ids(system, turns)
        said = "\n\n".join(text for text in (system, *(text for _, text in turns)) if text)
        return self._codec.wrapped(said) or [0]
