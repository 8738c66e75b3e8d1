"""Frames of MPEG sound that stand in a file as they are, without a container."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["adts_length", "is_adts", "is_mpeg", "mpeg_length"]

KBITS = {
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (0, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second by version (3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5) and layer (1 is III,
2 is II), as a header writes them: ISO 11172-3, 2.4.2.3, and ISO 13818-3, 2.4.2.3."""

HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
SAMPLES = {(3, 1): 1152, (3, 2): 1152, (2, 1): 576, (2, 2): 1152, (0, 1): 576}

SYNC = 0x7FF
"""The first 11 bits of a frame."""

ADTS_SYNC, ADTS_MASK = 0xFFF0, 0xFFF6
"""The first 16 bits of a frame, but for its version and whether it has a checksum."""

ADTS_HEADER, ADTS_RATES = 7, 13


def is_mpeg(head: bytes) -> bool:
    """A frame of MP3 or MP2, and another one behind it if the head goes that far."""
    return _repeats(head, mpeg_length)


def is_adts(head: bytes) -> bool:
    """A frame of AAC with an ADTS header, and another one behind it."""
    return _repeats(head, adts_length)


def _repeats(head: bytes, length_of: Callable[[bytes], int]) -> bool:
    length = length_of(head)
    behind = head[length : length + ADTS_HEADER]
    return length > 0 and (len(behind) < ADTS_HEADER or length_of(behind) > 0)


def mpeg_length(head: bytes) -> int:
    """Of the frame in bytes, header included; 0 if there is none or it has no fixed bit rate."""
    bits = int.from_bytes(head[:4].ljust(4, b"\0"), "big")
    form = bits >> 19 & 3, bits >> 17 & 3
    rate, speed, padding = bits >> 12 & 15, bits >> 10 & 3, bits >> 9 & 1
    if bits >> 21 != SYNC or form not in KBITS or not 0 < rate <= len(KBITS[form]):
        return 0
    if speed >= len(HERTZ[form[0]]):
        return 0
    bytes_a_second = KBITS[form][rate - 1] * 125
    return SAMPLES[form] * bytes_a_second // HERTZ[form[0]][speed] + padding


def adts_length(head: bytes) -> int:
    """Of the frame in bytes, header included; 0 if there is none."""
    if len(head) < ADTS_HEADER:
        return 0
    bits = int.from_bytes(head[:ADTS_HEADER], "big")
    if bits >> 40 & ADTS_MASK != ADTS_SYNC or bits >> 34 & 15 >= ADTS_RATES:
        return 0
    length = bits >> 13 & 0x1FFF
    return length if length > ADTS_HEADER else 0
