"""The text of a masked output as its tokens come: to the letter, in whole characters."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llguidance import LLTokenizer

__all__ = ["Spelling"]


class Spelling:
    """Push ids as they come: all texts that come back, joined, are the output."""

    def __init__(self, tokenizer: LLTokenizer) -> None:
        self._tokenizer = tokenizer
        self._characters = codecs.getincrementaldecoder("utf-8")("replace")

    def push(self, ids: Sequence[int]) -> str:
        """The text that stands now and did not before."""
        return self._characters.decode(self._tokenizer.decode_bytes(list(ids)))
