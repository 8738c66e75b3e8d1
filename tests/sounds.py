"""A voice that says nothing: enough like speech for whoever listens for it."""

import numpy as np

__all__ = ["vowels"]

RATE = 16_000


def vowels(seconds):
    """A buzz through moving formants, in syllables, with a pause every four seconds."""
    at = np.arange(round(seconds * RATE)) / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 20 * np.sin(2 * np.pi * 0.7 * at)) / RATE
    sway = np.sin(2 * np.pi * 1.3 * at)
    made = np.zeros(len(at))
    for harmonic in range(1, 30):
        hertz = harmonic * 120
        formants = [(600 + 200 * sway, 90), (1_500 - 500 * sway, 120), (2_500, 160)]
        weight = sum(1 / (1 + ((hertz - f) / width) ** 2) for f, width in formants)
        made += weight * np.sin(harmonic * pitch)
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * at) + 0.6, 0, 1) * (at % 4 < 3)
    return (0.2 * made * syllables).astype(np.float32)
