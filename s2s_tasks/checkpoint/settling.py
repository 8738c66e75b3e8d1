"""
Text from ids as they come: whole characters only, and nothing that later ids change.

Decoding is not letter by letter: a character may take several tokens, the first space of a text
is left out, and punctuation may draw nearer to what stands before it. So each step decodes the
last tokens together with some before them, and hands over what those add and nothing can change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .codec import Codec

__all__ = ["Settling"]

CONTEXT: Final = 8
"""Tokens that are decoded again with the new ones, at least; four times as many at most."""


class Settling:
    """Push ids as they come: all texts that come back, and `rest`, are what `decode` gives."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._ids: list[int] = []
        self._begin = 0  # of the tokens that are decoded again
        self._given = 0  # characters of their text that were handed over
        self._shown = 0  # characters handed over altogether
        self._wait = 0  # tokens before which it is not worth while to decode

    def push(self, ids: Sequence[int]) -> str:
        """The text that stands now and did not before."""
        self._ids += ids
        if len(self._ids) < self._wait:
            return ""
        window = self._ids[self._begin :]
        text = self._codec.decode(window[: self._codec.closed(window)])
        settled = len(text.rstrip(self._codec.open))
        if settled <= self._given:
            self._wait = len(self._ids) + len(window) // 32  # or endless blanks take ever longer
            return ""
        new = text[self._given : settled]
        self._given = settled
        self._shown += len(new)
        if len(window) > 4 * CONTEXT:
            self._advance(text)
        return new

    def rest(self) -> str:
        """What was held back, once no more ids come."""
        return self._codec.decode(self._ids)[self._shown :]

    def _advance(self, text: str) -> None:
        """Let go of the first tokens, if the text of the others ends as it did with them."""
        begin = len(self._ids) - CONTEXT
        window = self._ids[begin:]
        later = self._codec.decode(window[: self._codec.closed(window)])
        given = len(later) - (len(text) - self._given)
        # One letter before is needed: it shows that the tokens are not at the head of a text.
        if given > 0 and text[self._given - 1 :] == later[given - 1 :]:
            self._begin, self._given = begin, given
