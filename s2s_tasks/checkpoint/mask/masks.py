"""The masks of one checkpoint: its vocabulary, spelled once, and the grammars compiled for it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from ...form import Choice
from ...schema import Schema
from .compiled import Compiled
from .grammar import Constraint, grammar_of, limits
from .vocabulary import lacking, spelled

if TYPE_CHECKING:
    from llguidance import LLTokenizer

    from ..codec import Codec

__all__ = ["Masks", "Unmaskable"]

MOST: Final = 64
"""Compiled grammars kept, of some hundred kilobytes each."""


MOST_OPTIONS: Final = 5_000
"""Of a choice: compiling takes time in proportion to them."""


class Unmaskable(Exception):
    """The engine cannot hold an output to this exactly, with the reason."""


class Masks:
    """Of a vocabulary and its end tokens. Safe under threads."""

    def __init__(self, codec: Codec, ends: Sequence[int]) -> None:
        self._codec, self._ends = codec, tuple(ends)
        self._lock = threading.Lock()
        self._tokenizer: LLTokenizer | None = None
        self._kept: OrderedDict[Constraint, Compiled | str] = OrderedDict()

    @staticmethod
    def at_hand() -> bool:
        """Whether the engine is installed."""
        return find_spec("llguidance") is not None

    def compiled(self, constraint: Constraint) -> Compiled:
        """Raises Unmaskable for what the engine does not know, or what costs it too much."""
        with self._lock:
            found = self._kept.get(constraint)
            if found is None:
                found = self._kept[constraint] = self._compile(constraint)
            self._kept.move_to_end(constraint)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        if isinstance(found, str):
            raise Unmaskable(found)
        return found

    def _beyond(self, constraint: Constraint) -> str:
        if not self._ends:
            return "the checkpoint has no token that ends an output"
        if isinstance(constraint, Choice) and len(constraint.options) > MOST_OPTIONS:
            return f"it is among {len(constraint.options):,} texts, more than {MOST_OPTIONS:,}"
        return ""

    def _compile(self, constraint: Constraint) -> Compiled | str:
        from llguidance import LLMatcher

        if why := self._beyond(constraint):
            return why
        if self._tokenizer is None:
            self._tokenizer = spelled(self._codec, self._ends)
        if isinstance(constraint, Schema) and (letters := lacking(self._tokenizer)):
            return f"the vocabulary has no token that writes {' '.join(letters)}"
        try:
            grammar = grammar_of(constraint)
        except ValueError as error:
            return _first_line(str(error))
        matcher = LLMatcher(self._tokenizer, grammar, log_level=0, limits=limits())
        compiled = Compiled(matcher, self._tokenizer)
        return _first_line(matcher.get_error()) or _trouble_ahead(compiled) or compiled


def _trouble_ahead(compiled: Compiled) -> str:
    """What limits would stop an output that has only begun: some show with its first token."""
    walk = compiled.walk()
    for token in walk.forced:
        walk.step(token)
    for _ in range(2):
        allowed = walk.allowed()
        if walk.error:
            return _first_line(walk.error)
        if not any(allowed):
            return "the vocabulary cannot write it"
        walk.step(_lowest(allowed))
    return ""


def _lowest(allowed: bytes) -> int:
    at = next(n for n, byte in enumerate(allowed) if byte)
    return at * 8 + (allowed[at] & -allowed[at]).bit_length() - 1


def _first_line(message: str) -> str:
    return message.strip().split("\n", 1)[0][:200]
