"""The types that are known, each by the first bytes of its files."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import is_adts, is_mpeg
from .modality import Modality

__all__ = ["HEAD", "KINDS", "Kind", "sniffed", "unread"]

HEAD = 4096
"""Bytes of a file that are looked at: two frames of any MP3 fit in."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`opener` is what the library that opens it calls it: FFmpeg's demuxer, Pillow's format."""

    modality: Modality
    mime: str
    opener: str = ""


def _image(opener: str) -> Kind:
    return Kind(Modality.IMAGE, f"image/{opener.lower()}", opener)


def _audio(name: str, opener: str) -> Kind:
    return Kind(Modality.AUDIO, f"audio/{name}", opener)


MP3, AAC = _audio("mpeg", "mp3"), _audio("aac", "aac")
MATROSKA, WEBM = _audio("matroska", "matroska"), _audio("webm", "matroska")
WAV, AIFF, GIF = _audio("wav", "wav"), _audio("aiff", "aiff"), _image("GIF")

_MAGIC: tuple[tuple[bytes, bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", b"", _image("PNG")),
    (b"\xff\xd8\xff", b"", _image("JPEG")),
    (b"GIF87a", b"", GIF),
    (b"GIF89a", b"", GIF),
    (b"RIFF", b"WEBP", _image("WEBP")),
    (b"RIFF", b"WAVE", WAV),
    (b"RIFX", b"WAVE", WAV),
    (b"RF64", b"WAVE", WAV),
    (b"BW64", b"WAVE", WAV),
    (b"FORM", b"AIFF", AIFF),
    (b"FORM", b"AIFC", AIFF),
    (b"fLaC", b"", _audio("flac", "flac")),
    (b"OggS", b"", _audio("ogg", "ogg")),
    (b"#!AMR", b"", _audio("amr", "amr")),
    (b"caff", b"", _audio("x-caf", "caf")),
    (b".snd", b"", _audio("basic", "au")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", b"", _audio("x-ms-wma", "asf")),
    (b"%PDF-", b"", Kind(Modality.DOCUMENT, "application/pdf")),
)
"""The first bytes, and those at 8 where there must be some."""

MP4 = _audio("mp4", "mov")

KINDS = tuple(
    dict.fromkeys([*(kind for *_, kind in _MAGIC), MP3, AAC, MP4, WEBM, MATROSKA]),
)

_UNREAD: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypheix", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftypavis", "an AVIF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"8BPS", "a Photoshop picture"),
    (0, b"MThd", "a MIDI file"),
    (8, b"AVI ", "an AVI video"),
    (0, b"#EXTM3U", "a playlist"),
    (0, b"PK\x03\x04", "a ZIP archive or an office document"),
)


def sniffed(head: bytes) -> Kind | None:
    """By the first HEAD bytes, of which there may be fewer; those after an ID3 tag."""
    if unread(head):
        return None
    for first, eighth, kind in _MAGIC:
        if head.startswith(first) and head[8:].startswith(eighth):
            return kind
    if head.startswith(b"ftyp", 4):
        return MP4
    if head.startswith(b"\x1aE\xdf\xa3"):
        return WEBM if b"webm" in head[:64] else MATROSKA
    if is_adts(head):
        return AAC
    return MP3 if is_mpeg(head) or head.startswith(b"ID3") else None


def unread(head: bytes) -> str:
    """What it is, if it is known and not read."""
    return next((name for at, magic, name in _UNREAD if head.startswith(magic, at)), "")
