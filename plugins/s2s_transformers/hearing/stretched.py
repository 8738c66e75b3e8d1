"""From words with times, or a text without, to what is said in a window."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from s2s_tasks.exchange import Segment, Word
from s2s_tasks.speech.listener import Said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.speech.window import Window

__all__ = ["of_text", "of_words"]

EDGE: Final = 1.0
"""Seconds before a forced end within which a word may be cut."""

LEAST: Final = 1 / 3
"""Share of a window with a forced end that is kept of it at least."""


def of_words(words: Sequence[Word], window: Window, tokens: int, *, shown: bool) -> Said:
    """
    A segment for each stretch of speech, with its words if they are to be `shown`.

    What a forced end may have cut is left to the next window.
    """
    kept = _before_the_edge(words, window) if window.forced else words
    until = words[len(kept)].start if len(kept) < len(words) else None
    lines = (tuple(line) for _, line in groupby(kept, lambda word: _stretch(word, window)))
    segments = tuple(
        Segment(
            " ".join(word.text for word in line),
            line[0].start,
            line[-1].end,
            line if shown else (),
        )
        for line in lines
    )
    return Said(segments, tokens, until)


def of_text(text: str, window: Window, tokens: int) -> Said:
    """One segment, from the first stretch of speech to the last."""
    if not text:
        return Said((), tokens)
    start, end = window.start, window.end
    if window.stretches:
        start, end = max(start, window.stretches[0][0]), min(end, window.stretches[-1][1])
    return Said((Segment(text, round(start, 3), round(end, 3)),), tokens)


def _stretch(word: Word, window: Window) -> int:
    """The number of the stretch that a word lies in, or comes after."""
    middle = (word.start + word.end) / 2
    return sum(start <= middle for start, _ in window.stretches[1:])


def _before_the_edge(words: Sequence[Word], window: Window) -> Sequence[Word]:
    kept = [word for word in words if word.end <= window.end - EDGE]
    enough = window.start + LEAST * (window.end - window.start)
    return kept if kept and kept[-1].end >= enough else words
