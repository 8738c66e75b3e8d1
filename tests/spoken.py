"""
Recordings of spoken digits whose words and times are known, made with espeak-ng.

Each word is spoken alone, cut to where it sounds, and put at its place: what a recogniser says
can be held against that.
"""

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pytest

__all__ = ["DIGITS", "RATE", "Recording", "Said", "Voice", "joined", "needs_espeak", "spoken"]

RATE = 16_000
DIGITS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}

needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None,
    reason="espeak-ng is not installed (apt-get install espeak-ng)",
)


@dataclass(frozen=True)
class Voice:
    """`name` as espeak-ng has it, `speed` in words a minute, `pitch` from 0 to 99."""

    name: str
    speed: int = 150
    pitch: int = 50


class Said(NamedTuple):
    """A word and when it sounds, in seconds."""

    word: str
    start: float
    end: float


@dataclass(frozen=True)
class Recording:
    """Mono samples at RATE, and what is said in them."""

    samples: np.ndarray
    words: tuple[Said, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    @property
    def text(self) -> str:
        return " ".join(said.word for said in self.words)


def joined(words: Sequence[str], clips: Sequence[np.ndarray], pauses: Sequence[float]) -> Recording:
    """The clips one after the other; one pause more than clips, the first before all."""
    gaps = [np.zeros(round(pause * RATE), np.float32) for pause in pauses]
    parts = [gaps[0], *(part for pair in zip(clips, gaps[1:], strict=True) for part in pair)]
    ends = list(accumulate(map(len, parts)))
    times = [(ends[place - 1] / RATE, ends[place] / RATE) for place in range(1, len(parts), 2)]
    said = (Said(word, *time) for word, time in zip(words, times, strict=True))
    return Recording(np.concatenate(parts), tuple(said))


@cache
def spoken(word: str, voice: Voice) -> np.ndarray:
    """One word, from where it begins to sound to where it ends."""
    options = ["-v", voice.name, "-s", str(voice.speed), "-p", str(voice.pitch)]
    command = ["espeak-ng", *options, "--stdout", word]
    wave = subprocess.run(command, check=True, capture_output=True).stdout
    samples = np.frombuffer(wave[44:], "<i2").astype(np.float32) / 2**15
    clip = sounding(resampled(samples, RATE / int.from_bytes(wave[24:28], "little")))
    clip.flags.writeable = False
    return clip


def resampled(samples: np.ndarray, ratio: float) -> np.ndarray:
    """So many times as many samples; what the new rate cannot hold is left out."""
    much = round(len(samples) * ratio)
    return (np.fft.irfft(np.fft.rfft(samples), much) * ratio).astype(np.float32)


def sounding(samples: np.ndarray, floor: float = 0.02) -> np.ndarray:
    """Without the beginning and end that are quieter than `floor` of the loudest 10 ms."""
    size = RATE // 100
    blocks = samples[: len(samples) // size * size].reshape(-1, size)
    levels = np.sqrt((blocks**2).mean(1))
    loud = np.flatnonzero(levels > floor * levels.max())
    return samples[loud[0] * size : (loud[-1] + 1) * size].copy()
