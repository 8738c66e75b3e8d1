"""Frames of any form to one channel at 16 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:
    import numpy as np
    from av.audio.frame import AudioFrame

    Channels: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Samples: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]

__all__ = ["RATE", "Mixer", "Samples"]

RATE = 16_000
"""Samples a second that come out."""


class Mixer:
    """Resamples frames and takes the mean of their channels; a new form is a new start."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        from av.audio.resampler import AudioResampler

        self.form: tuple[str, str, int] | None = None
        self.resampler = AudioResampler("flt", rate=RATE)

    def of(self, frame: AudioFrame) -> Iterator[Samples]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self.form not in {None, form}:
            yield from self.rest()
        self.form = form
        frame.pts = None  # the line of time is the decoder's; a second one would be an opinion
        yield from self._mixed(frame)

    def rest(self) -> Iterator[Samples]:
        """What is still held back."""
        yield from self._mixed(None)
        self._begin()

    def _mixed(self, frame: AudioFrame | None) -> Iterator[Samples]:
        import numpy as np

        for made in self.resampler.resample(frame):
            # FFmpeg's own mix would leave out channels that it takes for a subwoofer. Samples are
            # taken side by side, for PyAV 18 crashes on 8 channels that lie apart.
            with np.errstate(all="ignore"):  # what is no number is told by who reads it
                samples = cast("Channels", made.to_ndarray().reshape(made.samples, -1))
                mono = samples[:, 0] if samples.shape[1] == 1 else samples.mean(axis=1)
            yield mono
