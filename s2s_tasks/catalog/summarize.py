"""Summaries: what a text says, in fewer words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, ClassVar, Literal

from ..errors import InvalidOutput
from ..exchange import Completion, Media, Modality, Request
from ..language import language_code, language_name, looks_like
from ..pattern import pattern
from ..task import Budget, Flow, Task, ask
from ..text import count_words
from .invariants import answered, check_loop
from .parts import condensed
from .settings import at_least, filled, one_of, params
from .source import Source, prepared

__all__ = ["Summarize"]

Style = Literal["paragraph", "bullets", "headline"]

SHAPES = {
    "paragraph": "as running text",
    "bullets": 'as a list, each line beginning with "- "',
    "headline": "as one headline on one line",
}
PART_WORDS = (20, 200)
"""Fewest and most words that are asked of one part of a long text."""

FILL = 0.8
"""How much of the room the summaries of the parts may take: some are longer than asked."""

_bullet = pattern(r"- +\S")


@dataclass(frozen=True, kw_only=True)
class Summarize(Task[Source, str]):
    """
    Say in fewer words what a text says.

    A PDF is given as `Path("report.pdf")`, for a model that can read it.
    A text that does not fit the model is read in parts, and the summaries of the parts are
    summarized.
    """

    name: ClassVar[str] = "summarize"

    max_words: Annotated[int | None, "most words of the summary"] = None
    style: Annotated[Style, "paragraph, bullets or headline"] = "paragraph"
    focus: Annotated[str | None, "what the summary is to dwell on"] = None
    language: Annotated[str | None, "language of the summary, by name or code"] = None

    def __post_init__(self) -> None:
        at_least("max_words", self.max_words, 1)
        one_of("style", self.style, Style)
        filled("focus", self.focus)
        if self.language is not None:
            language_code(self.language)

    def prepare(self, value: Source) -> str | Media:
        return prepared(value, Modality.DOCUMENT)

    def request(self, value: Source) -> Request:
        source = self.prepare(value)
        return self.request_about(source, "the text" if isinstance(source, str) else "the document")

    def request_about(self, text: str | Media, what: str) -> Request:
        """The request, calling the text so."""
        return Request(
            task=self.name,
            parts=(text,),
            instruction=f"{self._wish(what)} Answer with the summary only.",
            params=params(self._params()),
            max_tokens=self.max_words and 4 * self.max_words + 64,
        )

    def read(self, completion: Completion) -> str:
        text = answered(completion)
        self._check_length(text)
        self._check_shape(text)
        check_loop(text)
        if self._code and not looks_like(text, self._code):
            raise InvalidOutput(f"The summary is not in {language_name(self._code)}.")
        return text

    def flow(self, value: Source, budget: Budget) -> Flow[str]:
        request = self.request(value)
        room, value = budget.room(request), request.text
        if request.media or room is None or budget.count(value) <= room:
            return (yield from ask(request, self.read, budget))
        density = count_words(value) / budget.count(value)
        part = partial(self._part, words=int(FILL * density * room))
        notes = yield from condensed(value, room, part, _read_part, budget)
        return (yield from ask(replace(request, parts=(notes,), reads=()), self.read, budget))

    @property
    def _code(self) -> str | None:
        return language_code(self.language) if self.language else None

    def _params(self) -> Sequence[tuple[str, object]]:
        return (
            ("max_words", self.max_words),
            ("style", self.style),
            ("focus", self.focus),
            ("language", self._code),
        )

    def _wish(self, what: str) -> str:
        words = self.max_words and f"in at most {self.max_words} words"
        focus = self.focus and f"with a focus on {self.focus}"
        language = self._code and f"in {language_name(self._code)}"
        wishes = [SHAPES[self.style], words, focus, language]
        return f"Summarize {what} {', '.join(wish for wish in wishes if wish)}."

    def _check_length(self, text: str) -> None:
        words = count_words(text)
        if self.max_words is not None and words > self.max_words:
            raise InvalidOutput(
                f"The summary has {words} words; it must have at most {self.max_words}."
            )

    def _check_shape(self, text: str) -> None:
        lines = [line for line in text.splitlines() if line.strip()]
        if self.style == "headline" and len(lines) > 1:
            raise InvalidOutput("The headline has several lines; it must be one line.")
        if self.style == "bullets" and not all(_bullet().match(line.strip()) for line in lines):
            raise InvalidOutput('Every line of the summary must begin with "- ".')

    def _part(self, text: str, number: int, of: int, *, words: int) -> Request:
        """Ask for so few words of each part that `words` are enough for all."""
        least, most = PART_WORDS
        few = max(least, min(most, words // of))
        wanted = replace(self, max_words=few, style="paragraph")
        asked = wanted.request_about(text, f"part {number} of {of} of a longer text")
        return replace(asked, max_tokens=8 * most + 64)


def _read_part(completion: Completion) -> str:
    text = answered(completion)
    check_loop(text)
    return text
