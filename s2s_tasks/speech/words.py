"""When each word of a window was said, out of when its tokens were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .segments import Line, within
from .vocabulary import Spelled, WhisperVocabulary

__all__ = ["Timed", "timed"]


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
    stretches: Sequence[tuple[float, float]],
    seconds: float,
) -> list[list[Timed]]:
    """
    The words of each line. `times`: when each token of all lines begins, and the last ends.

    They never run backwards, and are within the sound. A word does not reach into a pause
    before or after it, where the attention to its first and last token tends to stay.
    """
    steady, last = [], 0.0
    for time in times:
        last = min(max(float(time), last), seconds)
        steady.append(last)
    placed, words = 0, []
    for line in found:
        words.append([*_words(vocabulary.words(line.tokens), steady[placed:], stretches)])
        placed += len(line.tokens)
    return words


def _words(
    spelled: Sequence[Spelled], times: Sequence[float], stretches: Sequence[tuple[float, float]]
) -> Iterator[Timed]:
    for word in spelled:
        first, last = word.voiced
        if word.text.strip():
            yield Timed(word, *within(times[first], times[last], stretches))
