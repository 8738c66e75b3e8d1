"""
Log-mel features as Whisper was trained on: 25-ms frames every 10 ms, 80 or 128 bands.

The same as transformers' WhisperFeatureExtractor, computed for the sound that is there: a
frame of nothing but padding is known beforehand.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from ..errors import BadInput, NotConfigured
from .window import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from ..checkpoint.folder import Checkpoint
    from .engine import Features
    from .window import Samples

    Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]

__all__ = ["LogMel"]

FRAME: Final = 400
HOP: Final = 160
"""Samples of a frame, and from one to the next."""

HALF: Final = FRAME // 2
FLOOR: Final = 1e-10
"""Power below which sound is none."""

DEPTH: Final = 8.0
"""Orders of magnitude below the loudest band that are told apart."""

TOP: Final = 8_000.0
"""Hertz: half the rate."""

AT_ONCE: Final = 256
"""Frames that are transformed together: they stay in the processor's cache."""

LINEAR, KNEE, OCTAVE = 200 / 3, 1_000.0, 6.4 ** (1 / 27)
"""Slaney's scale: a mel is 66.7 Hz up to 1 kHz, and a 27th of a factor of 6.4 above."""


class LogMel:
    """Of `bins` bands, for windows of `seconds`, which are `frames` frames."""

    def __init__(self, bins: int, seconds: float) -> None:
        self.bins, self.seconds = bins, seconds
        self.samples = round(seconds * RATE)
        self.frames = self.samples // HOP

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint) -> LogMel:
        """
        As preprocessor_config.json or processor_config.json say, else as config.json does.

        Raises NotConfigured for features of another kind.
        """
        told = _told(checkpoint)
        for name, ours in {"sampling_rate": RATE, "n_fft": FRAME, "hop_length": HOP}.items():
            if told.get(name, ours) != ours:
                raise NotConfigured(
                    f"{checkpoint.name} hears with {name}={told[name]!r}, and only {ours} is known here"
                )
        bins = _number(told.get("feature_size"), checkpoint.config.get("num_mel_bins"), 80)
        samples = _number(told.get("n_samples"), _number(told.get("chunk_length"), 30) * RATE)
        return cls(bins, samples / RATE)

    def of(self, samples: Samples) -> Features:
        """
        [bins, frames] of sound at RATE, padded with silence to the whole window.

        Raises BadInput for more sound than a window holds.
        """
        import numpy as np

        if len(samples) > self.samples:
            raise BadInput(
                f"{len(samples) / RATE:.2f} s of sound are more than a window of {self.seconds:g} s"
            )
        heard = min(self.frames, -(-(len(samples) + HALF) // HOP))
        levels = np.full((self.bins, self.frames), np.log10(FLOOR), np.float32)
        levels[:, :heard] = np.log10(np.maximum(self._power(samples, heard), FLOOR))
        np.maximum(levels, levels.max() - DEPTH, out=levels)
        levels += 4.0
        levels /= 4.0
        return levels

    def _power(self, samples: Samples, heard: int) -> Matrix:
        """[bins, heard]"""
        import numpy as np
        from numpy.lib.stride_tricks import sliding_window_view

        padded = self._padded(samples, heard)
        frames = sliding_window_view(padded, FRAME)[::HOP]
        power = np.empty((heard, HALF + 1), np.float32)
        for at in range(0, heard, AT_ONCE):
            found = np.fft.rfft(frames[at : at + AT_ONCE] * self._taper)
            power[at : at + AT_ONCE] = found.real**2 + found.imag**2
        return self._bands @ power.T

    def _padded(self, samples: Samples, heard: int) -> Samples:
        """Sound with half a frame before it and silence after; mirrored at the window's ends."""
        import numpy as np

        size = HALF + max((heard - 1) * HOP + HALF, len(samples), FRAME)
        padded = np.zeros(size, np.float32)
        padded[HALF : HALF + len(samples)] = samples
        padded[:HALF] = padded[FRAME:HALF:-1]
        if (end := HALF + self.samples) < size:
            padded[end:] = padded[end - 2 : 2 * end - 2 - size : -1]
        return padded

    @cached_property
    def _taper(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        import numpy as np

        return cast("np.ndarray[tuple[int], np.dtype[np.float64]]", np.hanning(FRAME + 1)[:-1])

    @cached_property
    def _bands(self) -> Matrix:
        """[bins, HALF + 1]: triangles of equal area, evenly spaced on Slaney's scale."""
        import numpy as np

        edges = _hertz(np.linspace(0, _mel(TOP), self.bins + 2))
        lines = np.linspace(0, TOP, HALF + 1)
        widths = np.diff(edges)[:, None]
        ramps = edges[:, None] - lines
        rising, falling = -ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]
        area = 2.0 / (edges[2:] - edges[:-2])[:, None]
        return cast("Matrix", (np.maximum(0, np.minimum(rising, falling)) * area).astype("f4"))


def _mel(hertz: float) -> float:
    from math import log

    return KNEE / LINEAR + log(hertz / KNEE) / log(OCTAVE)


def _hertz(
    mels: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    import numpy as np

    bent = KNEE * OCTAVE ** (mels - KNEE / LINEAR)
    straight = LINEAR * mels
    return np.where(mels < KNEE / LINEAR, straight, bent)


def _told(checkpoint: Checkpoint) -> Mapping[str, object]:
    """What the folder says of its features, under either name that transformers gave the file."""
    nested = checkpoint.settings("processor_config.json").get("feature_extractor")
    return nested if isinstance(nested, dict) else checkpoint.settings("preprocessor_config.json")


def _number(*told: object) -> int:
    """The first that is a whole number above 0; the last is."""
    whole = (one for one in told if isinstance(one, int) and not isinstance(one, bool) and one > 0)
    return next(whole)
