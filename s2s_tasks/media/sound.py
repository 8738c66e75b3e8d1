"""Recordings as models hear them: one channel of floats at 16 kHz, decoded piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..errors import BadInput
from .container import OPENERS, decoding, track
from .decoder import Decoder
from .length import told_seconds
from .limits import LOUDEST, MOST_HOURS
from .mixer import RATE

if TYPE_CHECKING:
    from .media import Media
    from .mixer import Samples

__all__ = ["RATE", "Sound"]

HOUR = 3600
MOST_AT_ONCE = HOUR // 2
"""Seconds that are held at once: 115 MB, and as much again while they are joined."""


@dataclass(frozen=True)
class Sound:
    """
    A recording that can be decoded. `seconds` as its header says, None if it does not.

    `pauses` are stretches, in seconds, for which a file with times of its own has no sound, as
    far as it was decoded last: they come out as silence, and may be a loss.
    """

    media: Media
    seconds: float | None
    pauses: list[tuple[float, float]] = field(default_factory=list, compare=False)

    @classmethod
    def of(cls, media: Media) -> Sound:
        """
        Look at its header.

        Raises BadInput for what has no sound, is broken, cut or too long, or has too many
        channels or an odd rate, and MissingExtra without PyAV.
        """
        with decoding(media) as container:
            found = track(media, container)
            seconds = told_seconds(media, OPENERS[media.mime], container, found)
        _check_length(media, seconds or 0)
        return cls(media, seconds)

    def blocks(self, size: int) -> Iterator[Samples]:
        """
        The samples, `size` at a time, fewer in the last block. Raises BadInput where they
        cannot be decoded or end too early.
        """
        import numpy as np

        kept: list[Samples] = []
        length = 0
        for piece in self._pieces():
            kept.append(piece)
            length += len(piece)
            if length >= size:
                joined, rest = np.concatenate(kept), length % size
                whole = length - rest
                yield from (joined[start : start + size] for start in range(0, whole, size))
                kept, length = [joined[whole:]], rest
        if length:
            yield np.concatenate(kept)

    def samples(self) -> Samples:
        """All of them. Raises BadInput above half an hour."""
        import numpy as np

        kept, length = [np.zeros(0, np.float32)], 0
        for block in self.blocks(RATE):
            kept.append(block)
            if (length := length + len(block)) > MOST_AT_ONCE * RATE:
                raise BadInput(
                    f"{self.media.label} is longer than {MOST_AT_ONCE // 60} minutes, "
                    "too long to be held at once",
                    hint="read it in blocks",
                )
        return np.concatenate(kept)

    def _pieces(self) -> Iterator[Samples]:
        """As they are decoded, checked."""
        length = 0
        self.pauses.clear()
        with decoding(self.media) as container:
            found, opener = track(self.media, container), OPENERS[self.media.mime]
            for piece in Decoder(container, found, opener, self.seconds, self.pauses).samples():
                _check_samples(self.media, piece, length)
                length += len(piece)
                _check_length(self.media, length / RATE)
                yield piece
        if not length:
            raise BadInput(
                f"{self.media.label} has no sound in it, or less than a moment",
                hint="give at least a tenth of a second",
            )


def _check_length(media: Media, seconds: float) -> None:
    if seconds > MOST_HOURS * HOUR:
        raise BadInput(f"{media.label} is longer than {MOST_HOURS} hours", hint="cut it")


def _check_samples(media: Media, piece: Samples, before: int) -> None:
    import numpy as np

    peak = float(np.abs(piece).max(initial=0.0))
    if peak <= LOUDEST:  # false for NaN
        return
    said = f"of {peak:,.0f}, and full scale is 1" if np.isfinite(peak) else "that are no numbers"
    raise BadInput(
        f"{media.label} has samples {said}, near {before / RATE:.1f} seconds",
        hint="write it anew, as 16-bit WAV or FLAC",
    )
