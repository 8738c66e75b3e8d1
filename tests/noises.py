"""Sounds that nobody says: what a recogniser must not write words for."""

from collections.abc import Callable

import numpy as np

__all__ = ["NOISES", "coloured"]

RATE = 16_000
Noise = Callable[[np.random.Generator, int], np.ndarray]


def coloured(rng: np.random.Generator, size: int, slope: float) -> np.ndarray:
    """Noise whose amplitude goes with 1 / f ** slope: 0 is white, 1 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    frequencies = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20)
    return _levelled(np.fft.irfft(spectrum / frequencies**slope, size))


def silence(_rng: np.random.Generator, size: int) -> np.ndarray:
    return np.zeros(size, np.float32)


def faint(rng: np.random.Generator, size: int) -> np.ndarray:
    """The last bit of 16, flickering."""
    return (rng.integers(-1, 2, size) / 2**15).astype(np.float32)


def white(rng: np.random.Generator, size: int) -> np.ndarray:
    return coloured(rng, size, 0)


def pink(rng: np.random.Generator, size: int) -> np.ndarray:
    return coloured(rng, size, 0.5)


def brown(rng: np.random.Generator, size: int) -> np.ndarray:
    return coloured(rng, size, 1)


def gusts(rng: np.random.Generator, size: int) -> np.ndarray:
    """Noise that swells and falls, as wind or waves."""
    swell = 1 + np.sin(_phase(rng, size, rng.uniform(0.1, 3)))
    return _levelled(coloured(rng, size, rng.uniform(0, 1)) * swell)


def hum(rng: np.random.Generator, size: int) -> np.ndarray:
    """Mains with its harmonics."""
    base = rng.choice([50, 60])
    parts = (np.sin(_phase(rng, size, base * n)) / n ** rng.uniform(0.5, 2) for n in range(1, 12))
    return _levelled(sum(parts))


def tone(rng: np.random.Generator, size: int) -> np.ndarray:
    return _levelled(np.sin(_phase(rng, size, rng.uniform(80, 4000))))


def sweep(rng: np.random.Generator, size: int) -> np.ndarray:
    """A tone that rises or falls: a siren."""
    path = np.interp(np.arange(size), np.sort(rng.integers(0, size, 6)), rng.uniform(150, 3500, 6))
    return _levelled(np.sin(2 * np.pi * np.cumsum(path) / RATE))


def beeps(rng: np.random.Generator, size: int) -> np.ndarray:
    """The keys of a telephone."""
    low, high = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
    keyed = np.sin(_phase(rng, size, rng.uniform(1, 4))) > rng.uniform(-0.3, 0.6)
    return _levelled((np.sin(_phase(rng, size, low)) + np.sin(_phase(rng, size, high))) * keyed)


def music(rng: np.random.Generator, size: int) -> np.ndarray:
    """Chords, each struck and dying away."""
    beat = round(RATE * rng.uniform(0.2, 0.8))
    chords = [_chord(rng, beat) for _ in range(-(-size // beat))]
    return _levelled(np.concatenate(chords)[:size])


def clicks(rng: np.random.Generator, size: int) -> np.ndarray:
    """Keys, crackle, a clock."""
    struck = (rng.random(size) < rng.uniform(1, 12) / RATE) * rng.standard_normal(size)
    ring = np.exp(-np.arange(800) / rng.uniform(2, 150)) * rng.standard_normal(800)
    return _levelled(_filtered(struck, ring))


def knocks(rng: np.random.Generator, size: int) -> np.ndarray:
    """Low thumps at even distances."""
    struck = np.zeros(size)
    struck[:: round(RATE * rng.uniform(0.25, 1))] = 1
    ring = np.exp(-np.arange(3000) / 600) * np.sin(np.arange(3000) * rng.uniform(0.03, 0.1))
    return _levelled(_filtered(struck, ring))


NOISES: dict[str, Noise] = {
    noise.__name__: noise
    for noise in (
        *(silence, faint, white, pink, brown, gusts, hum),
        *(tone, sweep, beeps, music, clicks, knocks),
    )
}
"""By name: each draws so many samples, its loudest at 1 (but for the silent ones)."""


def _phase(rng: np.random.Generator, size: int, frequency: float) -> np.ndarray:
    return 2 * np.pi * (frequency * np.arange(size) / RATE + rng.random())


def _chord(rng: np.random.Generator, size: int) -> np.ndarray:
    """Three notes of a scale with their overtones."""
    notes = 110 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12, 16, 19], 3) / 12 + rng.integers(0, 3))
    struck = sum(
        np.sin(_phase(rng, size, note * over)) / over**1.5
        for note in notes
        for over in (1, 2, 3, 4)
    )
    return struck * np.exp(-np.arange(size) / RATE * rng.uniform(1, 6))


def _filtered(samples: np.ndarray, ring: np.ndarray) -> np.ndarray:
    much = len(samples) + len(ring)
    return np.fft.irfft(np.fft.rfft(samples, much) * np.fft.rfft(ring, much), much)[: len(samples)]


def _levelled(samples: np.ndarray) -> np.ndarray:
    return (samples / max(np.abs(samples).max(), 1e-9)).astype(np.float32)
