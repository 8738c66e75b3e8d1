"""Transcription: what is said in a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ..errors import InvalidOutput
from ..exchange import Completion, Request, Segment, Speech
from ..language import language_code, language_name
from ..media import Media, MediaSource, Modality
from ..task import Task
from .invariants import check_loop
from .pictures import need_media
from .settings import filled, one_of, params
from .talk import TalkDraft
from .transcript import Transcript, check_times

__all__ = ["Transcribe"]

Timestamps = Literal["none", "segment", "word"]


@dataclass(frozen=True, kw_only=True)
class Transcribe(Task[MediaSource, Transcript]):
    """
    Write down what is said in a recording.

    A recording in which nobody speaks has the empty transcript, and `silent` says so.
    """

    name: ClassVar[str] = "transcribe"

    timestamps: Annotated[Timestamps, "none, or times for each segment or word"] = "none"
    language: Annotated[str | None, "language that is spoken, by name or code"] = None
    translate_to_english: Annotated[bool, "write in English whatever is spoken"] = False
    prompt: Annotated[str | None, "names and terms that occur, as a hint to the spelling"] = None

    def __post_init__(self) -> None:
        one_of("timestamps", self.timestamps, Timestamps)
        filled("prompt", self.prompt)
        if self.language is not None:
            language_code(self.language)

    def prepare(self, value: MediaSource) -> Media:
        return Media.open(value)

    def request(self, value: MediaSource) -> Request:
        return Request(
            task=self.name,
            parts=(need_media(value, Modality.AUDIO),),
            instruction=self._instruction(),
            params=params(
                [
                    ("timestamps", self.timestamps),
                    ("language", self.language and language_code(self.language)),
                    ("to", "en" if self.translate_to_english else None),
                    ("prompt", self.prompt),
                ]
            ),
        )

    def read(self, completion: Completion) -> Transcript:
        output = completion.checked().output
        if not isinstance(output, str | Speech):
            raise InvalidOutput("The answer is not a transcript.")
        made = self._spoken(output) if isinstance(output, Speech) else self._written(output)
        check_loop(made.text)
        return made

    def draft(self) -> TalkDraft:
        return TalkDraft()

    def extent(self, value: MediaSource) -> int:
        del value
        return 1

    def _instruction(self) -> str:
        spoken = f", which is in {language_name(self.language)}" if self.language else ""
        wish = "Translate into English" if self.translate_to_english else "Write down word for word"
        hint = f" Names and terms that may occur: {self.prompt}." if self.prompt else ""
        return (
            f"{wish} what is said in the recording{spoken}.{hint} Answer with the transcript only."
        )

    def _written(self, text: str) -> Transcript:
        if self.timestamps != "none":
            raise InvalidOutput(
                f"The answer has no times, and {self.timestamps} times were asked for."
            )
        return Transcript(text.strip(), language=self._told())

    def _spoken(self, speech: Speech) -> Transcript:
        check_times(speech.segments)
        _check_written(speech)
        if self.timestamps == "word":
            _check_words(speech.segments)
        language = speech.language or self._told()
        return Transcript(speech.text, speech.segments, language, speech.duration, speech.lost)

    def _told(self) -> str:
        if self.translate_to_english:
            return "en"
        return language_code(self.language) if self.language else ""


def _check_written(speech: Speech) -> None:
    if speech.lost and not speech.text:
        start, end = speech.lost[0][0], speech.lost[-1][1]
        raise InvalidOutput(
            f"Somebody speaks from {start:.1f} to {end:.1f} s, and nothing could be written of it.",
            hint="name the language if it was guessed, or choose a larger model",
        )


def _check_words(segments: tuple[Segment, ...]) -> None:
    for segment in segments:
        if segment.text.strip() and not segment.words:
            raise InvalidOutput(f"The segment {segment.text.strip()[:40]!r} has no times of words.")
