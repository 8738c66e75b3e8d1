"""One recording while it is heard: its windows, and what was said in them so far."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from ..exchange import Completion, Request, Segment, Speech, Spoken, Usage
from ..loops import has_loop
from ..words import joined, space_between
from .listener import Recording, Said, Stretch
from .reel import Reel
from .window import Window

__all__ = ["Sitting"]

FREE: Final = Decimal(0)

TAIL: Final = 4_000
"""Characters in which a loop over several windows is looked for."""


class Sitting:
    """`waits`: the last window has to be heard before the next is known; `over`: there is none."""

    def __init__(self, number: int, request: Request, reel: Reel) -> None:
        self.number = number
        self.recording = Recording(request)
        self.waits = self.over = False
        self._reel = reel
        self._segments: list[Segment] = []
        self._lost: list[Stretch] = []
        self._text = ""
        self._tokens = 0
        self._spoken = 0.0

    def begin(self) -> None:
        """Read ahead."""
        self._reel.begin()

    def next(self) -> Window | None:
        """The next window; None at the end. Raises what the recording cannot be read for."""
        self.recording.request.signal.check()
        window = self._reel.next()
        self.over = window is None
        self.waits = window is not None and window.forced
        return window

    def take(self, window: Window, said: Said) -> list[Spoken]:
        """Add what was said in a window; the pieces that a stream goes on with."""
        self.waits = False
        if said.until is not None:
            self._reel.back(window, said.until)
        self._tokens += said.tokens
        self._spoken += window.end - window.start
        self._lost += [_recorded(stretch, window) for stretch in said.lost]
        end = window.end if said.until is None else said.until
        _, heard = window.recorded(window.start, end)
        segments = tuple(_in_recording(segment, window) for segment in said.segments)
        return [self._piece(segment, heard) for segment in self._sound(segments)]

    def _piece(self, segment: Segment, heard: float) -> Spoken:
        space = space_between(self._segments[-1].text, segment.text) if self._segments else ""
        self._segments.append(segment)
        return Spoken(space + segment.text, (segment,), heard=heard, duration=self._reel.duration)

    def completion(self, model: str, notes: tuple[str, ...]) -> Completion:
        duration, recording = round(self._reel.duration, 3), self.recording
        language = "en" if "to" in recording.request.params else recording.language
        return Completion(
            Speech(tuple(self._segments), language, duration, tuple(self._lost)),
            usage=Usage(output_tokens=self._tokens, audio_seconds=duration),
            cost=FREE,
            model=model,
            warnings=(*notes, *self._warnings()),
        )

    def close(self) -> None:
        self._reel.close()

    def _sound(self, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
        """With words in them, and without those that go on with a loop of the windows before."""
        stripped = (replace(segment, text=segment.text.strip()) for segment in segments)
        segments = tuple(segment for segment in stripped if segment.text)
        text = joined((self._text, *(segment.text for segment in segments)))
        if not segments or not has_loop(text):
            self._text = text[-TAIL:]
            return segments
        self._lost.append((segments[0].start, segments[-1].end))
        return ()

    def _warnings(self) -> list[str]:
        lost = [
            f"nothing could be written of {start:.1f} to {end:.1f} s, where somebody speaks"
            for start, end in self._lost
        ]
        if self._spoken and not self._segments and not lost:
            lost = [f"{self._spoken:.1f} s sound like speech, and the model heard no words in them"]
        return [*self.recording.remarks.values(), *lost]


def _in_recording(segment: Segment, window: Window) -> Segment:
    """By the times of the recording, to the millisecond."""
    start, end = _recorded((segment.start, segment.end), window)
    words = (
        replace(word, start=begin, end=until)
        for word in segment.words
        for begin, until in [_recorded((word.start, word.end), window)]
    )
    return replace(segment, start=start, end=end, words=tuple(words))


def _recorded(stretch: Stretch, window: Window) -> Stretch:
    start, end = window.recorded(*stretch)
    return round(start, 3), round(end, 3)
