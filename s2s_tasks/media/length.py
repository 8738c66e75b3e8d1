"""How long a recording is, where its header says so and FFmpeg does not guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .reading import sound_start
from .wave import Wave

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from .media import Media

__all__ = ["told_seconds"]

MICROSECONDS = 1_000_000
"""PyAV's `time_base` of a container."""

START = 65_536
"""Bytes in which a header is looked for."""

COUNTED = (b"Xing", b"Info", b"VBRI")
"""In the first frame of an MP3 whose encoder counted all frames."""

DURATION = (b"\x44\x89\x84", b"\x44\x89\x88")
"""Matroska's element of the duration, as a float of 4 or 8 bytes: RFC 9559, 5.1.2.10."""

GUESSED = frozenset({"aac", "amr"})
"""Frames and nothing else."""


def told_seconds(
    media: Media, opener: str, container: InputContainer, track: AudioStream
) -> float | None:
    """None if nobody counted."""
    with media.file() as file:  # not the container's, which reads on where it is
        if opener == "wav":
            return Wave.of(media.label, file, media.size).seconds
        file.seek(sound_start(file.read(16)))
        head = file.read(START)
    if opener in GUESSED or (opener == "mp3" and not _has(head[:200], COUNTED)):
        return None
    if opener == "matroska" and not _has(head, DURATION):
        return None
    if track.duration and track.time_base:
        return float(track.duration * track.time_base)
    return container.duration / MICROSECONDS if container.duration else None


def _has(head: bytes, marks: tuple[bytes, ...]) -> bool:
    return any(mark in head for mark in marks)
