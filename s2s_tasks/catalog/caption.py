"""Captions: what a picture shows, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ..errors import InvalidOutput
from ..exchange import Completion, Request
from ..language import language_code, language_name, looks_like
from ..media import Media, MediaSource, Modality
from ..task import Task
from ..text import count_words
from .invariants import answered, check_loop
from .pictures import need_media
from .settings import at_least, one_of, params

__all__ = ["Caption"]

Style = Literal["plain", "detailed", "alt"]

SHAPES = {
    "plain": "Write a caption of one sentence for the image",
    "detailed": "Describe the image in detail",
    "alt": "Write an alternative text for the image, for readers who cannot see it",
}


@dataclass(frozen=True, kw_only=True)
class Caption(Task[MediaSource, str]):
    """Say in words what an image shows."""

    name: ClassVar[str] = "caption"

    style: Annotated[Style, "plain (one sentence), detailed, or alt (for a web page)"] = "plain"
    max_words: Annotated[int | None, "most words of the caption"] = None
    language: Annotated[str | None, "language of the caption, by name or code"] = None

    def __post_init__(self) -> None:
        one_of("style", self.style, Style)
        at_least("max_words", self.max_words, 1)
        if self.language is not None:
            language_code(self.language)

    def prepare(self, value: MediaSource) -> Media:
        return Media.open(value)

    def request(self, value: MediaSource) -> Request:
        return Request(
            task=self.name,
            parts=(need_media(value, Modality.IMAGE),),
            instruction=self._instruction(),
            params=params(
                [
                    ("style", self.style),
                    ("max_words", self.max_words),
                    ("language", self._code),
                ]
            ),
            max_tokens=self.max_words and 4 * self.max_words + 64,
        )

    def read(self, completion: Completion) -> str:
        text = answered(completion)
        words = count_words(text)
        if self.max_words is not None and words > self.max_words:
            raise InvalidOutput(
                f"The caption has {words} words; it must have at most {self.max_words}."
            )
        check_loop(text)
        if self._code and not looks_like(text, self._code):
            raise InvalidOutput(f"The caption is not in {language_name(self._code)}.")
        return text

    def extent(self, value: MediaSource) -> int:
        del value
        return 1

    @property
    def _code(self) -> str | None:
        return language_code(self.language) if self.language else None

    def _instruction(self) -> str:
        words = f", in at most {self.max_words} words" if self.max_words else ""
        language = f", in {language_name(self._code)}" if self._code else ""
        return f"{SHAPES[self.style]}{words}{language}. Answer with the caption only."
