"""What was said in a recording, and when."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

from ..errors import InvalidOutput, UsageError
from ..exchange import Segment, Word
from .subtitles import subtitles

__all__ = ["Transcript", "check_times"]

SLACK = 0.05
"""Seconds by which a backend's rounding may put a start before the one before it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """
    The text, and the segments with their times in seconds; no segments if no times are known.

    `language` is a BCP-47 code, or empty if it is not known. `duration`: of the recording in
    seconds, 0 if it is not known. `lost`: from and to, in seconds, where somebody speaks and
    nothing could be written.
    """

    text: str
    segments: tuple[Segment, ...] = ()
    language: str = ""
    duration: float = 0.0
    lost: tuple[tuple[float, float], ...] = ()

    def __str__(self) -> str:
        return self.text

    @property
    def silent(self) -> bool:
        """Whether nobody speaks."""
        return not self.text

    def to_srt(self, width: int | None = None) -> str:
        """
        Subtitles in SubRip format, one for a segment.

        With `width` of at most two lines of so many columns (42 is usual, an ideograph takes
        two): a longer segment is parted between its words. Raises UsageError if no times are
        known, or not those of the words of a segment that is to be parted.
        """
        blocks = [
            f"{number}\n{_clock(segment.start, ',')} --> {_clock(segment.end, ',')}\n{_lines(segment)}"
            for number, segment in enumerate(self._timed(width), 1)
        ]
        return "\n\n".join(blocks) + "\n"

    def to_vtt(self, width: int | None = None) -> str:
        """The same in WebVTT format."""
        blocks = [
            f"{_clock(segment.start, '.')} --> {_clock(segment.end, '.')}\n{_escaped(_lines(segment))}"
            for segment in self._timed(width)
        ]
        return "\n\n".join(["WEBVTT", *blocks]) + "\n"

    def to_json(self) -> str:
        """Everything, as one JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def _timed(self, width: int | None) -> tuple[Segment, ...]:
        if self.text and not self.segments:
            raise UsageError(
                "the transcript has no times", hint='ask for them with timestamps="segment"'
            )
        filled = tuple(segment for segment in self.segments if segment.text.strip())
        return filled if width is None else (*subtitles(filled, width),)


def check_times(segments: tuple[Segment, ...]) -> None:
    """Raise InvalidOutput for times that are negative, run backwards or end before they start."""
    _check_order(segments)
    for segment in segments:
        _check_order(segment.words)


def _check_order(stretches: Sequence[Segment | Word]) -> None:
    for stretch in stretches:
        if not (0 <= stretch.start <= stretch.end < math.inf):
            raise InvalidOutput(
                f"{stretch.text!r} has impossible times: {stretch.start} to {stretch.end} seconds."
            )
    for one, later in pairwise(stretches):
        if later.start < one.start - SLACK:
            raise InvalidOutput(
                f"{later.text!r} starts at {later.start} seconds, before {one.text!r}."
            )


def _clock(seconds: float, point: str) -> str:
    minutes, thousandths = divmod(round(seconds * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{thousandths // 1000:02}{point}{thousandths % 1000:03}"


def _lines(segment: Segment) -> str:
    # A blank line would end the subtitle.
    return "\n".join(line.strip() for line in segment.text.splitlines() if line.strip())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")
