"""Speech as it is heard: a piece of text that knows when it was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self

from ..words import space_between
from .completion import Segment, Speech

__all__ = ["Spoken"]


class Spoken(str):
    """
    The next text of a transcript that is streamed, with the space that parts it from the last.

    `segments` are those it is the text of. `heard` is up to where the recording is written by
    now, `duration` how long it is: both in seconds, 0 if unknown. Pieces of a later `attempt`
    replace those of an earlier one.
    """

    __slots__ = ("attempt", "duration", "heard", "segments")
    segments: tuple[Segment, ...]
    heard: float
    duration: float
    attempt: int

    def __new__(
        cls,
        text: str,
        segments: Iterable[Segment] = (),
        *,
        heard: float = 0.0,
        duration: float = 0.0,
        attempt: int = 0,
    ) -> Self:
        piece = super().__new__(cls, text)
        piece.segments, piece.attempt = tuple(segments), attempt
        piece.heard, piece.duration = heard, duration
        return piece

    @classmethod
    def each_of(cls, speech: Speech) -> Iterator[Self]:
        """A whole transcript, segment by segment."""
        last = ""
        for segment in speech.segments:
            if text := segment.text.strip():
                lead = space_between(last, text)
                yield cls(lead + text, (segment,), heard=segment.end, duration=speech.duration)
                last = text

    def of_attempt(self, attempt: int) -> Spoken:
        """The same, said by another voice."""
        return Spoken(
            self, self.segments, heard=self.heard, duration=self.duration, attempt=attempt
        )
