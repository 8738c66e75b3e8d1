"""One window while a Whisper hears it: what was tried, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from ..exchange import Segment, Word
from .fallback import Try, best
from .listener import Recording, Said
from .segments import Line, Span, lines, spoken
from .vocabulary import WhisperVocabulary
from .window import RATE, Window
from .words import Timed, apart, timed

__all__ = ["Hearing"]

EDGE: Final = 1.0
"""Seconds before a forced end within which a word may be cut, or misheard for want of the next."""

LEAST: Final = 1 / 3
"""Share of a window with a forced end that is kept of it at least."""


@dataclass(eq=False)
class Hearing:
    """`times`: of the text tokens, as the engine aligned them, if words are wanted."""

    window: Window
    recording: Recording
    encoded: object
    vocabulary: WhisperVocabulary
    language: str = ""
    task: tuple[int, ...] = ()
    prompt: tuple[int, ...] = ()
    tries: list[Try] = field(default_factory=list)
    times: list[float] | None = None

    @property
    def wants_timestamps(self) -> bool:
        """A window that ends in speech is cut again where its last line begins."""
        return self.recording.timestamps != "none" or self.window.forced

    @property
    def is_good(self) -> bool:
        return bool(self.tries) and self.tries[-1].good

    @cached_property
    def written(self) -> Try | None:
        """The text that is taken, once all tries are made."""
        return best(self.tries)

    @property
    def is_written(self) -> bool:
        return self.written is not None

    @property
    def tokens(self) -> int:
        return sum(len(one.heard.tokens) for one in self.tries)

    @cached_property
    def lines(self) -> list[Line]:
        if self.written is None or self.written.silent:
            return []
        seconds = len(self.window.samples) / RATE
        return lines(self.written.heard.tokens, self.vocabulary, seconds)

    @cached_property
    def _ended(self) -> int | None:
        """
        How many lines were ended, if one more was begun and not ended, and somebody speaks there.

        As Whisper's own long form has it, what comes after them is heard once more. A forced
        end is told in another way.
        """
        if not self.lines or self.window.forced or self.written is None:
            return None
        marks = [*map(self.vocabulary.seconds, self.written.heard.tokens)]
        ends = [end for end, begin in pairwise(marks) if end is not None and begin is not None]
        if not ends or (marks[-1] is not None and marks[-2] is None):
            return None
        count = sum(line.end <= ends[-1] for line in self.lines)
        last = self._spans[count - 1][1]
        return count if count and any(last < until for _, until in self._stretches) else None

    @property
    def text_tokens(self) -> tuple[int, ...]:
        return tuple(token for line in self.lines for token in line.tokens)

    @property
    def wants_words(self) -> bool:
        if not self.lines:
            return False
        return (
            self.recording.timestamps == "word"
            or (self.window.forced and not self._border)
            or (self.recording.timestamps == "segment" and self._reaches_over_a_splice)
        )

    # --- what is said ----------------------------------------------------------------------

    def said(self, *, whole: bool = False) -> Said:
        """
        All lines, but for what a forced end may have cut, and unless it is to be the `whole`,
        for one that was not ended.
        """
        found, words, until = self.lines, self._words, None
        if self.window.forced and self._border:
            found, words, until = found[:-1], words[:-1], self._border
        elif self.window.forced:
            found, words, until = _before_the_edge(found, words, self._seconds)
        elif not whole and self._ended:
            found, until = found[: self._ended], self._spans[self._ended - 1][1]
        segments = tuple(
            self._segment(line, some, span)
            for entire, its, span in zip(found, words, self._spans, strict=False)
            for line, some in apart(entire, its, self._sides)
        )
        end = None if until is None else self.window.start + until
        return Said(tuple(one for one in segments if one.text), self.tokens, end)

    @property
    def _seconds(self) -> float:
        return len(self.window.samples) / RATE

    @property
    def _border(self) -> float:
        """Between the last two lines, if that is late enough; else 0."""
        if len(self.lines) < 2:  # noqa: PLR2004  # two lines
            return 0.0
        start = (self.lines[-2].end + self.lines[-1].start) / 2
        return start if start >= LEAST * self._seconds else 0.0

    @cached_property
    def _words(self) -> list[list[Timed]]:
        if self.times is None:
            return [[] for _ in self.lines]
        return timed(self.lines, self.times, self.vocabulary, self._stretches, self._sides)

    @property
    def _spans(self) -> list[Span]:
        """When the lines were said."""
        return spoken([(line.start, line.end) for line in self.lines], self._stretches)

    @property
    def _stretches(self) -> list[tuple[float, float]]:
        start = self.window.start
        return [(begin - start, end - start) for begin, end in self.window.stretches]

    @cached_property
    def _sides(self) -> list[tuple[float, float]]:
        """The window, parted where silence was left out."""
        start, end = self.window.start, self.window.end
        return [(begin - start, until - start) for begin, until in self.window.parts(start, end)]

    @property
    def _reaches_over_a_splice(self) -> bool:
        edges = [edge for _, edge in self._sides[:-1]]
        return any(line.start < edge < line.end for line in self.lines for edge in edges)

    def _segment(self, line: Line, words: list[Timed], span: Span) -> Segment:
        start, end = (words[0].start, words[-1].end) if words else span
        shown = words if self.recording.timestamps == "word" else []
        return Segment(
            self.vocabulary.decode(line.tokens).strip(),
            self._at(start),
            self._at(end),
            tuple(Word(one.spelled.text.strip(), *map(self._at, _span(one))) for one in shown),
        )

    def _at(self, second: float) -> float:
        return self.window.start + second


def _span(word: Timed) -> tuple[float, float]:
    return word.start, word.end


def _before_the_edge(
    found: list[Line], words: list[list[Timed]], seconds: float
) -> tuple[list[Line], list[list[Timed]], float | None]:
    """
    Without the words that end in the last second of a window, and where they begin.

    As it is where that would leave too little: then the cut stays where it was forced.
    """
    for at in range(len(found) - 1, -1, -1):
        kept = [word for word in words[at] if word.end <= seconds - EDGE]
        if not kept or kept[-1].end < LEAST * seconds:
            continue
        after = words[at][len(kept) :] or [word for later in words[at + 1 :] for word in later]
        if not after:
            return found, words, None
        line = replace(found[at], end=kept[-1].end, tokens=found[at].tokens[: kept[-1].spelled.end])
        border = (kept[-1].end + after[0].start) / 2
        return [*found[:at], line], [*words[:at], kept], border
    return found, words, None
