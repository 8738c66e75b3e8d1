"""A grammar, compiled for one vocabulary: any number of outputs may walk through it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .spelling import Spelling
from .walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llguidance import LLMatcher, LLTokenizer

__all__ = ["Compiled"]


@dataclass(frozen=True)
class Compiled:
    """Safe under threads: the matcher kept here is only copied."""

    matcher: LLMatcher = field(repr=False)
    tokenizer: LLTokenizer = field(repr=False)

    def walk(self) -> Walk:
        """From the beginning."""
        return Walk(self.matcher.deep_copy())

    def accepts(self, ids: Sequence[int]) -> bool:
        """Whether an output may begin with these tokens."""
        return int(self.matcher.deep_copy().validate_tokens(list(ids))) == len(ids)

    def spelling(self) -> Spelling:
        """For the text of one output as it comes."""
        return Spelling(self.tokenizer)

    def text(self, ids: Sequence[int]) -> str:
        """What the tokens write, to the letter: no tidying, and no space lost at the front."""
        return str(self.tokenizer.decode_str(list(ids)))
