"""Timestamps and text tokens of a window as stretches of text with times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, TypeAlias

from .vocabulary import WhisperVocabulary

__all__ = ["Line", "Span", "lines", "spoken"]

MOMENT: Final = 0.05
"""Seconds to which the borders of speech are known."""

REACH: Final = 0.5
"""Seconds of speech without words that count to the word or line next to them."""

Span: TypeAlias = tuple[float, float]
"""From and to, in seconds of the window."""


@dataclass(frozen=True)
class Line:
    """Text tokens between two timestamps, in seconds of the window."""

    start: float
    end: float
    tokens: tuple[int, ...]


def lines(tokens: Sequence[int], vocabulary: WhisperVocabulary, seconds: float) -> list[Line]:
    """
    What was written of a window with `seconds` of sound, in order.

    Times are within the sound and never run backwards, whatever the model wrote. Text without
    a time before or after it reaches from the last time to the next, or to the end.
    """
    return _ordered(_spans(tokens, vocabulary, seconds), seconds)


def _spans(tokens: Sequence[int], vocabulary: WhisperVocabulary, seconds: float) -> Iterator[Line]:
    start, text = 0.0, list[int]()
    for token in tokens:
        time = vocabulary.seconds(token)
        if time is None:
            text += [token] if vocabulary.is_text(token) else []
            continue
        if text:
            yield Line(start, time, tuple(text))
            text = []
        start = time
    if text:
        yield Line(start, seconds, tuple(text))


def _ordered(found: Iterable[Line], seconds: float) -> list[Line]:
    """A line that has no time left within the sound gets what the one before it left."""
    ordered: list[Line] = []
    last = 0.0
    for line in found:
        end = min(max(line.end, last), seconds)
        start = min(max(line.start, last), end)
        ordered.append(replace(line, start=last if start == end else start, end=end))
        last = end
    return ordered


def spoken(spans: Sequence[Span], stretches: Sequence[Span]) -> list[Span]:
    """
    When words or lines were said, which stand in order: by the stretches where somebody speaks.

    None begins or ends in a pause, unless all of it is pause. What it has on the far side of a
    pause is not its own if it is but a moment; and speech before or after it, of which nothing
    else was written, is its own as far as its reach.
    """
    spans = [_within(*span, stretches) for span in spans]
    ends = (0.0, *(end for _, end in spans))
    starts = (*(start for start, _ in spans[1:]), float("inf"))
    return [
        (_earlier(start, before, stretches), _later(end, after, stretches))
        for (start, end), before, after in zip(spans, ends, starts, strict=False)
    ]


def _within(start: float, end: float, stretches: Sequence[Span]) -> Span:
    for (_, before), (after, _) in pairwise((_FIRST, *stretches, _LAST)):
        if before - MOMENT <= start < after < end:
            start = after
        if start < before < end <= after + MOMENT:
            end = before
    return start, end


def _earlier(start: float, before: float, stretches: Sequence[Span]) -> float:
    """The beginning of the stretch that it begins in, if that is near and nothing ends in it."""
    near = (a for a, b in stretches if max(before, start - REACH) <= a < start < b)
    return next(near, start)


def _later(end: float, after: float, stretches: Sequence[Span]) -> float:
    near = (b for a, b in stretches if a < end < b <= min(after, end + REACH))
    return next(near, end)


_FIRST = (float("-inf"), float("-inf"))
_LAST = (float("inf"), float("inf"))
