"""What Pillow does not look at before it decodes: the size of a WebP, the scans of a JPEG."""

from __future__ import annotations

import re

__all__ = ["jpeg_scans", "webp_size"]

JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""In coded data, 0xFF is followed by 0 or is a restart."""

SOS, EOI = b"\xda", b"\xd9"


def webp_size(data: bytes) -> tuple[int, int]:
    """
    Width and height; (0, 0) if the header has none. Its decoder takes 8 bytes a pixel as soon
    as it is opened. RFC 9649, sections 2.5 to 2.7.
    """
    kind, body = data[12:16], data[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        return 1 + _little(body[4:7]), 1 + _little(body[7:10])
    if kind == b"VP8L":
        bits = _little(body[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF
    return 0, 0


def jpeg_scans(data: bytes) -> int:
    """
    How often the picture is gone over: a progressive one some 10 times, and each time costs
    as much, however short the scan is.
    """
    scans, place = 0, 2
    while (found := JPEG_MARKER.search(data, place)) and found[1] != EOI:
        scans += found[1] == SOS
        place = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
