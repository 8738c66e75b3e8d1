"""
Images, recordings and documents: opened safely, named by what their bytes say.

Only bytes, open files and paths are read; a `str` is a path and never a URL, so nothing is
fetched by accident. The size is checked before the bytes are read, the type by their first
bytes and not by the file's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from os import PathLike
from typing import BinaryIO, TypeAlias

from .errors import BadInput

__all__ = ["Media", "MediaSource", "Modality"]

MEGABYTE = 1_000_000
LIMITS = {"image": 20 * MEGABYTE, "audio": 500 * MEGABYTE, "document": 32 * MEGABYTE}
"""Largest size in bytes by modality: what remote vision and document interfaces take at most
(20 and 32 MB), and about 4 hours of 16-bit mono sound at 16 kHz."""


class Modality(StrEnum):
    """What kind of thing a part of a request is."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Media:
    """The bytes of an image, a recording or a document, with their MIME type."""

    modality: Modality
    mime: str
    data: bytes = field(repr=False)
    name: str = ""

    @classmethod
    def open(cls, source: MediaSource) -> Media:
        """
        Read a path, bytes or a binary file object.

        Raises BadInput for a missing, empty, unreadable or too large file, for a type that
        is not known, and for a URL.
        """
        if isinstance(source, Media):
            return source
        data, name = _read(source)
        return cls.from_bytes(data, name=name)

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "") -> Media:
        """Tell the type of `data` by its first bytes."""
        label = name or "the data"
        if not data:
            raise BadInput(f"{label} is empty", hint="give an image, a recording or a PDF")
        found = _sniff(data)
        if found is None:
            known = ", ".join(sorted({mime.split("/")[1] for *_, mime in _MAGIC}))
            raise BadInput(f"{label} is of no known media type", hint=f"known types: {known}")
        modality, mime = found
        if len(data) > (limit := LIMITS[modality]):
            raise BadInput(_too_large(label, len(data), limit, modality))
        return cls(modality, mime, data, name)


MediaSource: TypeAlias = Media | bytes | str | PathLike[str] | BinaryIO

_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image", "image/png"),
    (0, b"\xff\xd8\xff", "image", "image/jpeg"),
    (0, b"GIF87a", "image", "image/gif"),
    (0, b"GIF89a", "image", "image/gif"),
    (8, b"WEBP", "image", "image/webp"),
    (8, b"WAVE", "audio", "audio/wav"),
    (0, b"fLaC", "audio", "audio/flac"),
    (0, b"OggS", "audio", "audio/ogg"),
    (0, b"ID3", "audio", "audio/mpeg"),
    (0, b"\xff\xfb", "audio", "audio/mpeg"),
    (0, b"\xff\xf3", "audio", "audio/mpeg"),
    (0, b"\xff\xf2", "audio", "audio/mpeg"),
    (4, b"ftypM4A", "audio", "audio/mp4"),
    (4, b"ftyp", "audio", "audio/mp4"),
    (0, b"\x1aE\xdf\xa3", "audio", "audio/webm"),
    (0, b"%PDF-", "document", "application/pdf"),
)


def _sniff(data: bytes) -> tuple[Modality, str] | None:
    for offset, magic, modality, mime in _MAGIC:
        if data[offset : offset + len(magic)] == magic:
            return Modality(modality), mime
    return None


def _read(source: bytes | str | PathLike[str] | BinaryIO) -> tuple[bytes, str]:
    most = max(LIMITS.values())
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), ""
    if isinstance(source, str | PathLike):
        return _read_path(source, most)
    if not callable(getattr(source, "read", None)):
        raise BadInput(
            f"cannot read media from a {type(source).__name__}",
            hint="give a path, bytes or a file opened in binary mode",
        )
    return _read_all(source, most), str(getattr(source, "name", ""))


def _read_all(source: BinaryIO, most: int) -> bytes:
    """All there is, up to one byte above the limit: one read of a pipe gives a part."""
    data = bytearray()
    try:
        while len(data) <= most and (piece := source.read(most + 1 - len(data))):
            data += piece
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot read the file: {error}") from error
    except TypeError:
        raise BadInput("the file is open in text mode", hint='open it with mode "rb"') from None
    return bytes(data)


def _read_path(source: str | PathLike[str], most: int) -> tuple[bytes, str]:
    from pathlib import Path

    if "://" in str(source)[:12]:
        raise BadInput(f"{source} is a URL, and nothing is fetched", hint="download it first")
    try:
        path = Path(source).expanduser()
        size = path.stat().st_size if path.is_file() else None
        if size is not None and size <= most:
            return path.read_bytes(), path.name
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~ of nobody
        raise BadInput(f"cannot read {str(source)!r}: {error}") from error
    if size is None:
        raise BadInput(f"no file at {str(path)!r}", hint="give the path of a media file")
    raise BadInput(_too_large(path.name, size, most, "media"))


def _too_large(label: str, size: int, limit: int, modality: str) -> str:
    return f"{label} has {size:,} bytes, above the limit of {limit:,} for {modality}"
