"""Who speaks the digits, and in what surroundings: voices, rooms, microphones, noise."""

import wave
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from noises import NOISES
from spoken import DIGITS, RATE, Voice, resampled, sounding, spoken

__all__ = ["HELD_OUT", "UNSEEN", "Speaker", "humans", "machines", "noise_of", "surrounded"]

HELD_OUT = "jackson"
"""The speaker of FSDD whom the model never hears."""

HUMANS = ("george", "lucas", "nicolas", "theo", "yweweler")
UNSEEN = {
    "en": ("en-us+m3", "en-us+f2", "en-gb+linda", "en-gb-scotland+Andy", "en-us+max"),
    "de": ("de+m3", "de+f2", "de+linda", "de+Andy", "de+max"),
}
"""Voices of espeak-ng that the model never hears."""

ACCENTS = {
    "en": ("en-us", "en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-029"),
    "de": ("de",),
}
TIMBRES = (
    *("m1", "m2", "m4", "m5", "m6", "m7", "m8", "f1", "f3", "f4", "f5"),
    *("steph", "steph2", "Mario", "Michael", "Annie", "Alicia", "Denis", "belinda", "boris"),
    *("antonio", "benjamin", "caleb", "david", "edward", "Gene", "Lee", "marcelo", "miguel"),
    *("john", "paul", "pedro", "quincy", "rob", "robert", "sandro", "travis", "victor", "zac"),
    *("klatt", "klatt2", "klatt4", "grandma", "grandpa", "anika", "adam", "Alex", "Andrea"),
)


@dataclass(frozen=True)
class Speaker:
    """Somebody's clips of each word."""

    language: str
    clips: Mapping[str, Sequence[np.ndarray]]


def humans(folder: Path, names: Sequence[str]) -> list[Speaker]:
    """Speakers of FSDD: `folder` holds `{digit}_{name}_{number}.wav`."""
    return [
        Speaker(
            "en",
            {
                word: [_read(path) for path in sorted(folder.glob(f"{digit}_{name}_*.wav"))]
                for digit, word in enumerate(DIGITS["en"])
            },
        )
        for name in names
    ]


def machines(rng: np.random.Generator, language: str, much: int) -> list[Speaker]:
    """Voices of espeak-ng, each with its own speed and pitch."""
    return [
        machine(
            language,
            Voice(
                f"{rng.choice(ACCENTS[language])}+{rng.choice(TIMBRES)}",
                speed=int(rng.integers(95, 230)),
                pitch=int(rng.integers(15, 90)),
            ),
        )
        for _ in range(much)
    ]


def machine(language: str, voice: Voice) -> Speaker:
    return Speaker(language, {word: [spoken(word, voice)] for word in DIGITS[language]})


def surrounded(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """The speech in a room, through a microphone, with noise, at some level."""
    if rng.random() < 0.15:
        samples = _in_a_room(rng, samples)
    if rng.random() < 0.5:
        samples = _coloured(rng, samples)
    if rng.random() < 0.25:
        half = resampled(samples, 0.5)  # a telephone
        samples = resampled(half, len(samples) / len(half))
    if rng.random() < 0.75:
        samples = samples + _noise(rng, samples)
    peak = np.abs(samples).max() or 1
    return (samples * (10 ** rng.uniform(-2, 0) / peak)).astype(np.float32)


def _noise(rng: np.random.Generator, speech: np.ndarray) -> np.ndarray:
    """One that goes on, from hardly audible to a sixteenth of the speech's power."""
    noise = noise_of(rng, len(speech))
    power = (speech**2).mean() / max((noise**2).mean(), 1e-12)
    decibels = rng.uniform(12, 55)
    return noise * np.sqrt(power) * 10 ** (-decibels / 20) if noise.any() else noise


def noise_of(rng: np.random.Generator, size: int) -> np.ndarray:
    """A stretch of some noise, of at most ten seconds."""
    noise = _noises()[rng.integers(len(_noises()))]
    return noise[(begin := rng.integers(len(noise) - size + 1)) : begin + size]


@cache
def _noises() -> list[np.ndarray]:
    """Drawing them anew each time would take longer than learning from them."""
    rng = np.random.default_rng(2)
    return [noise(rng, 12 * RATE) for noise in NOISES.values() for _ in range(16)]


def _in_a_room(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    size = round(RATE * 0.3)
    echo = rng.standard_normal(size) * np.exp(-np.arange(size) / RATE / rng.uniform(0.02, 0.08))
    echo *= rng.uniform(0.02, 0.15)
    echo[0] = 1
    much = len(samples) + size
    wet = np.fft.irfft(np.fft.rfft(samples, much) * np.fft.rfft(echo, much), much)
    return wet[: len(samples)]


def _coloured(rng: np.random.Generator, samples: np.ndarray) -> np.ndarray:
    """Some frequencies louder, some softer, by up to 7 dB."""
    spectrum = np.fft.rfft(samples)
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    points = np.array([0, 300, 1000, 2500, 4000, 8000])
    gains = np.interp(frequencies, points, rng.uniform(-7, 7, len(points)))
    return np.fft.irfft(spectrum * 10 ** (gains / 20), len(samples))


def _read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / np.float32(2**15)
        return sounding(resampled(samples, RATE / file.getframerate()))
