"""How much is read: of a file, of a recording, of a picture."""

from __future__ import annotations

from ..errors import BadInput
from .modality import Modality

__all__ = [
    "LOUDEST",
    "MOST_CHANNELS",
    "MOST_HOURS",
    "MOST_IN_FILE",
    "MOST_PIXELS",
    "MOST_READ",
    "MOST_SCANNED",
    "RATES",
    "check_form",
    "check_size",
]

MEGABYTE = 1_000_000

MOST_READ = {
    Modality.IMAGE: 20 * MEGABYTE,
    Modality.AUDIO: 500 * MEGABYTE,
    Modality.DOCUMENT: 32 * MEGABYTE,
}
"""Bytes that are held in memory: what remote vision and document interfaces take at most
(20 and 32 MB), and about 4 hours of 16-bit mono sound at 16 kHz."""

MOST_IN_FILE = {**MOST_READ, Modality.AUDIO: 2**32}
"""Bytes of a file given by its path. A recording is read piece by piece, and 4 GiB is as long
as a WAV can be: 6 hours of CD sound."""

MOST_HOURS = 12
"""Of a recording: a day of hearings, and 200 MB as the smallest MP3 of it."""

MOST_CHANNELS = 8
"""7.1 sound. They are mixed into one, and more come from a studio or a broken header."""

LOUDEST = 16.0
"""Full scale is 1. Above are integers that somebody took for floats."""

RATES = (4_000, 384_000)
"""Samples a second: half of what a telephone has, and the most that is sold."""

MOST_PIXELS = {
    "image/png": 60_000_000,
    "image/jpeg": 50_000_000,
    "image/gif": 60_000_000,
    "image/webp": 30_000_000,
}
"""Of a picture that is opened, so that it takes 500 MB at most: 8 bytes a pixel, 10 of a
progressive JPEG and 16 of a WebP, as measured with Pillow 13."""

MOST_SCANNED = 1_000_000_000
"""Pixels of a JPEG times its scans: a progressive one of the largest size has 10 to 20."""


def check_size(label: str, size: int, modality: Modality, limits: dict[Modality, int]) -> None:
    """Raises BadInput for too many bytes."""
    if size <= (limit := limits[modality]):
        return
    hint = f"make the {modality} smaller"
    if modality is Modality.AUDIO:
        hint = "cut it, or give its path to a model on this machine, which reads it in pieces"
    raise BadInput(
        f"{label} has {size:,} bytes, above the limit of {limit:,} for {modality}", hint=hint
    )


def check_form(label: str, channels: int, rate: int) -> None:
    """Raises BadInput for channels and rates that are no recording's."""
    if not 1 <= channels <= MOST_CHANNELS:
        raise BadInput(
            f"{label} has {channels} channels, and 1 to {MOST_CHANNELS} are read",
            hint="mix them into one, for example by ffmpeg -i IT -ac 1 sound.flac",
        )
    lowest, highest = RATES
    if not lowest <= rate <= highest:
        raise BadInput(
            f"{label} has {rate:,} samples a second, and {lowest:,} to {highest:,} are read",
            hint="resample it, for example by ffmpeg -i IT -ar 16000 sound.flac",
        )
