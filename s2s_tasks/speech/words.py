"""When each word of a window was said, out of when its tokens were."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from .segments import Line, Span, spoken
from .vocabulary import Spelled, WhisperVocabulary

__all__ = ["Timed", "apart", "timed"]

NEAR: Final = 0.2
"""Seconds around speech that count as well where it is asked to which a word belongs."""


@dataclass(frozen=True)
class Timed:
    """A word, in seconds of the window."""

    spelled: Spelled
    start: float
    end: float


def timed(
    found: Sequence[Line],
    times: Sequence[float],
    vocabulary: WhisperVocabulary,
    stretches: Sequence[Span],
    sides: Sequence[Span],
) -> list[list[Timed]]:
    """
    The words of each line. `times`: when each token of all lines begins, and the last ends.
    `sides`: the window, parted where silence was left out.

    They never run backwards, and are within the sound. A word is on one side of silence that
    was left out, and when it was `spoken`: the attention to its first and last token tends to
    stay in the pause before and after it.
    """
    steady, last = [], 0.0
    for time in times:
        last = min(max(float(time), last), sides[-1][1])
        steady.append(last)
    placed, words = 0, []
    for line in found:
        spelled = vocabulary.words(line.tokens)
        words.append([*_words(spelled, steady[placed:], stretches, sides)])
        placed += len(line.tokens)
    spans = iter(spoken([(word.start, word.end) for its in words for word in its], stretches))
    return [
        [
            replace(word, start=start, end=end)
            for word, (start, end) in zip(its, spans, strict=False)
        ]
        for its in words
    ]


def apart(
    line: Line, words: Sequence[Timed], sides: Sequence[Span]
) -> Iterator[tuple[Line, list[Timed]]]:
    """A line and its words, parted where silence was left out between two of them."""
    edges = [edge for _, edge in sides[:-1]]
    groups = [[*group] for _, group in groupby(words, lambda word: bisect(edges, word.start))]
    begin = 0
    for group in groups[:-1]:
        end = group[-1].spelled.end
        yield replace(line, tokens=line.tokens[begin:end]), group
        begin = end
    yield replace(line, tokens=line.tokens[begin:]), groups[-1] if groups else []


def _words(
    spelled: Sequence[Spelled],
    times: Sequence[float],
    stretches: Sequence[Span],
    sides: Sequence[Span],
) -> Iterator[Timed]:
    for word in spelled:
        first, last = word.voiced
        if word.text.strip():
            yield Timed(word, *_on_one_side((times[first], times[last]), stretches, sides))


def _on_one_side(span: Span, stretches: Sequence[Span], sides: Sequence[Span]) -> Span:
    """What of it is on the side where more of it is speech, or near some."""
    parts = [part for side in sides for part in [_common(span, side)] if part[0] < part[1]]

    def speech(part: Span) -> float:
        near = (_common(part, (start - NEAR, end + NEAR)) for start, end in stretches)
        return sum(max(0.0, end - start) for start, end in near)

    return max(parts, key=speech, default=span)


def _common(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])
