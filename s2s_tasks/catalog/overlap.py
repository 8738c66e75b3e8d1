"""A long text in windows that overlap, so that what stands at a border is read as a whole once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..pattern import pattern
from ..text import sentences, windows

__all__ = ["overlapping"]

SHARE, MOST = 8, 200
"""The overlap is this part of a window, and at most so many tokens: some sentences."""

REACH = 8
"""Characters of a token, at most in most texts: how far back to look for sentences."""

_word = pattern(r"(?<=\s)\S")


def overlapping(text: str, limit: int, measure: Callable[[str], int]) -> list[tuple[int, int]]:
    """
    Windows over the whole text, each of measure <= limit.

    Each but the first begins with the last sentences of the one before it, or with its last
    words where the sentences are too long.
    """
    overlap = min(limit // SHARE, MOST)
    lead = _Lead(text, overlap, limit, measure)
    found = windows(text, limit - overlap, measure)
    return [(lead.begin(start, end) if start else start, end) for start, end in found]


@dataclass(frozen=True)
class _Lead:
    """Finds where a window begins that is to overlap with the one before it."""

    text: str
    overlap: int
    limit: int
    measure: Callable[[str], int]

    def begin(self, start: int, end: int) -> int:
        return self._sentence(start, end) or self._word(start, end) or start

    def _sentence(self, start: int, end: int) -> int | None:
        """The earliest beginning of a sentence that fits."""
        low = max(0, start - REACH * self.overlap)
        borders = [low + at for at, _ in sentences(self.text[low:start])]
        found = None
        for border in reversed(borders[1:] if low else borders):  # the first may be torn
            if not self._fits(border, start, end):
                break
            found = border
        return found

    def _word(self, start: int, end: int) -> int | None:
        """A token has a character at least."""
        word = _word().search(self.text, max(0, start - self.overlap), start)
        return word.start() if word and self._fits(word.start(), start, end) else None

    def _fits(self, begin: int, start: int, end: int) -> bool:
        return (
            self.measure(self.text[begin:start]) <= self.overlap
            and self.measure(self.text[begin:end]) <= self.limit
        )
