"""Segments as subtitles: at most two lines, parted between words where a reader would pause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import east_asian_width

from ..errors import BadSetting, UsageError
from ..exchange import Segment, Word
from ..pattern import pattern
from ..words import joined

__all__ = ["subtitles"]

NARROWEST = 10
"""Columns of a line in which a word of most languages has room."""

_pause = pattern(r"""[.,;:!?…、，。；：！？।؟،؛]["'”’»)\]」』]*$""")


def subtitles(segments: Iterable[Segment], width: int) -> Iterator[Segment]:
    """
    Each segment as subtitles of at most two lines of `width` columns.

    A word longer than a line stands on one of its own. Raises UsageError for a segment that is
    too long and has no times of words.
    """
    if width < NARROWEST:
        raise BadSetting(f"width={width!r} is out of range: {NARROWEST} and more")
    for segment in segments:
        yield from _parted(segment, width)


def _parted(segment: Segment, width: int) -> Iterator[Segment]:
    if (lines := _two_lines(segment.text.split(), width)) is not None:
        yield Segment(lines, segment.start, segment.end, segment.words)
        return
    if not segment.words:
        raise UsageError(
            f"{segment.text.strip()[:40]!r} is longer than two lines, and its words have no times",
            hint='ask for them with timestamps="word", or leave out width',
        )
    words = segment.words
    while words:
        count = _count(words, width)
        yield _subtitle(words[:count], width)
        words = words[count:]


def _count(words: Sequence[Word], width: int) -> int:
    """How many of the words make the next subtitle: up to a pause if its second half has one."""
    most = 1
    while most < len(words) and _two_lines(_texts(words[: most + 1]), width) is not None:
        most += 1
    if most == len(words):
        return most
    pauses = (at for at in range(most, most // 2, -1) if _pause().search(words[at - 1].text))
    return next(pauses, most)


def _subtitle(words: Sequence[Word], width: int) -> Segment:
    texts = _texts(words)
    lines = _two_lines(texts, width) or joined(texts)
    return Segment(lines, words[0].start, words[-1].end, tuple(words))


def _texts(words: Sequence[Word]) -> list[str]:
    return [word.text.strip() for word in words]


def _two_lines(texts: Sequence[str], width: int) -> str | None:
    """On one line if there is room, else on two as alike as can be; None if they do not fit."""
    whole = joined(texts)
    if _columns(whole) <= width:
        return whole
    pairs = ((joined(texts[:at]), joined(texts[at:])) for at in range(1, len(texts)))
    sizes = {pair: max(map(_columns, pair)) for pair in pairs}
    best = min(sizes, key=sizes.__getitem__, default=None)
    return None if best is None or sizes[best] > width else "\n".join(best)


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
