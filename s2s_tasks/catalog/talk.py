"""A transcript as it is heard: its segments so far, and how far the recording is written."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING

from ..exchange import Segment, Spoken
from ..task import Draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..schema import Json

__all__ = ["TalkDraft"]


class TalkDraft(Draft):
    """Of pieces that know their times where a backend gives such, else of text alone."""

    def __init__(self) -> None:
        super().__init__(str.strip)
        self._segments: list[Segment] = []
        self._heard = self._duration = 0.0

    @property
    def value(self) -> Callable[[], Json]:
        """
        {"segments": [{"text", "start", "end", "words"}], "heard", "duration"}, all in seconds.

        `heard`: up to where the recording is written; `duration`: all of it, 0 if unknown.
        """
        count, heard, duration = len(self._segments), self._heard, self._duration

        def made() -> Json:
            segments: list[Json] = [*map(_plain, islice(self._segments, count))]
            return {"segments": segments, "heard": heard, "duration": duration}

        return made

    def more(self, text: str) -> None:
        super().more(text)
        if isinstance(text, Spoken):
            self._segments += text.segments
            self._heard, self._duration = text.heard, text.duration


def _plain(segment: Segment) -> Json:
    return {**asdict(segment), "words": [asdict(word) for word in segment.words]}
