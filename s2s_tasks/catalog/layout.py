"""
Where a text is cut for translation, so that its layout can be put back around the pieces.

Blank lines, indentation and the marks of list items are no part of any piece. They stand
before the piece that follows them and are never shown to a model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..pattern import pattern
from ..text import sentences, windows

__all__ = ["Piece", "by_sentence", "by_window"]

Cut = tuple[int, int]
Count = Callable[[str], int]

_marker = pattern(r"(?:[-*+•‣◦–—·>|]|#{1,6}|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))[ \t]+(?=\S)")
_letter = pattern(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Piece:
    """What is asked about, from `start` to `end`; its layout begins at `begin`."""

    begin: int
    start: int
    end: int


def by_window(text: str, limit: int, count: Count) -> list[Piece]:
    """Pieces of at most `limit` by `count`: as large as they can be, ending at paragraphs."""
    whole = _stripped(text, 0, len(text))
    if count(text[slice(*whole)]) <= limit:
        return _pieces(text, [whole])
    return _pieces(text, [_stripped(text, *cut) for cut in windows(text, limit, count)])


def by_sentence(text: str, limit: int, count: Count, language: str) -> list[Piece]:
    """A piece for each sentence, or several for one of more than `limit`."""
    return _pieces(text, _each(text, limit, count, language))


def _pieces(text: str, cuts: list[Cut] | Iterator[Cut]) -> list[Piece]:
    pieces, begin = [], 0
    for start, end in cuts:
        if _letter().search(text, start, end):
            pieces.append(Piece(begin, start, end))
            begin = end
    return pieces


def _stripped(text: str, start: int, end: int) -> Cut:
    piece = text[start:end]
    body = piece.strip()
    start += len(piece) - len(piece.lstrip())
    return start, start + len(body)


def _each(text: str, limit: int, count: Count, language: str) -> Iterator[Cut]:
    for begin, end in sentences(text, language):
        yield from _fitting(text, _after_marker(text, begin, end), end, limit, count)


def _after_marker(text: str, start: int, end: int) -> int:
    """Where a list item, heading or quotation begins to say something."""
    line = text.rfind("\n", 0, start) + 1
    marker = _marker().match(text, start, end)
    return marker.end() if marker and not text[line:start].strip() else start


def _fitting(text: str, start: int, end: int, limit: int, count: Count) -> Iterator[Cut]:
    if count(text[start:end]) <= limit:
        yield start, end
        return
    for a, b in windows(text[start:end], limit, count):
        yield _stripped(text, start + a, start + b)
