"""
Whether a recording is all there: where its container says that it ends, against the file.

What is cut is refused, for it would be heard as if nothing was missing. A bare stream of frames
and a WebM that was recorded live say nothing, and are cut unnoticed between two frames.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Mapping
from typing import BinaryIO

from ..errors import BadInput
from .chunks import atoms, chunks
from .wave import Wave

__all__ = ["check_whole"]

UNKNOWN = frozenset({-1, 0x7F00_0000, 0x7FFF_FFFF, 0xFFFF_FFFF})
"""Sizes that say that nobody knew: of CAF, of SoX's AIFF, of AU."""

SOUND = frozenset({b"moov", b"moof", b"mdat"})
"""Atoms that have to be whole: behind them, there may be anything."""

ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
"""The object that holds the packets: Advanced Systems Format, 10.1."""

PAGE = 65_536
"""Bytes in which the last page of an Ogg begins: RFC 3533, 6."""

LAST = 4
"""The bit of a page's flags that says that none follows."""


def check_whole(label: str, opener: str, file: BinaryIO) -> None:
    """Raises BadInput that says how much there should be, and is."""
    length = file.seek(0, os.SEEK_END)
    told_end = ENDS.get(opener, _nowhere)(label, file, length)
    file.seek(0)
    if told_end is not None and told_end > length:
        raise BadInput(
            f"{label} is cut: it has {length:,} of the {told_end:,} bytes that its header says",
            hint="get it again, or keep what there is by ffmpeg -i IT sound.flac",
        )


def _nowhere(label: str, file: BinaryIO, length: int) -> int | None:
    del label, file, length
    return None


def _wav(label: str, file: BinaryIO, length: int) -> int | None:
    wave = Wave.of(label, file, length)
    return length + wave.told - wave.present


def _aiff(label: str, file: BinaryIO, length: int) -> int | None:
    del label, length
    found = (chunk for chunk in chunks(file, 12, ">4sI", pad=2) if chunk.name == b"SSND")
    return next((chunk.end for chunk in found if chunk.size not in UNKNOWN), None)


def _caf(label: str, file: BinaryIO, length: int) -> int | None:
    del label, length
    found = (chunk for chunk in chunks(file, 8, ">4sq") if chunk.name == b"data")
    return next((chunk.end for chunk in found if chunk.size not in UNKNOWN), None)


def _asf(label: str, file: BinaryIO, length: int) -> int | None:
    del label, length
    found = (chunk for chunk in chunks(file, 0, "<16sQ", own=24) if chunk.name == ASF_DATA)
    return next((chunk.end for chunk in found if chunk.size > 0), None)


def _au(label: str, file: BinaryIO, length: int) -> int | None:
    del label, length
    file.seek(4)
    start, size = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
    return None if size in UNKNOWN else int(start + size)


def _mov(label: str, file: BinaryIO, length: int) -> int | None:
    del label
    return max((atom.end for atom in atoms(file, length) if atom.name in SOUND), default=None)


def _matroska(label: str, file: BinaryIO, length: int) -> int | None:
    """Of an EBML header and a segment behind it: RFC 8794, 4 and 6."""
    del label, length
    start = 0
    for _ in ("header", "segment"):
        file.seek(start)
        head = file.read(12).ljust(12, b"\0")
        wide = 8 - head[4].bit_length() + 1
        size = int.from_bytes(head[4 : 4 + wide], "big") - (1 << 7 * wide)
        if wide > 8 or size == (1 << 7 * wide) - 1:  # noqa: PLR2004  # a live one has no size
            return None
        start += 4 + wide + size
    return start


def _ogg(label: str, file: BinaryIO, length: int) -> int | None:
    """Its last page must say that it is the last, and be whole."""
    file.seek(max(0, length - PAGE))
    tail = file.read(PAGE)
    at = tail.rfind(b"OggS")
    page = tail[at:] if at >= 0 else b""
    whole = len(page) > 27 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])  # noqa: PLR2004
    if not (whole and page[5] & LAST):
        raise BadInput(
            f"{label} is cut: its last page is not marked as the last",
            hint="get it again, or keep what there is by ffmpeg -i IT sound.flac",
        )
    return None


ENDS: Mapping[str, Callable[[str, BinaryIO, int], int | None]] = {
    "wav": _wav,
    "aiff": _aiff,
    "caf": _caf,
    "asf": _asf,
    "au": _au,
    "mov": _mov,
    "matroska": _matroska,
    "ogg": _ogg,
}
