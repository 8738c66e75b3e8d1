"""The header of a WAV, which is the one that lies most: what it says, and whether it can be."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import BadInput
from .chunks import Chunk, chunks
from .limits import check_form

__all__ = ["Wave"]

PLAIN = frozenset({1, 3, 6, 7, 0xFFFE})
"""Codes of formats with so many bytes a sample: integers, floats, A-law, mu-law, and the one
that says more further on."""

STREAMED = frozenset({0, 0x7FFF_F000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF})
"""Sizes that programs write which do not know yet how much will come, as into a pipe: FFmpeg
the last, SoX the second, arecord the one before the last."""

FORM = "HHIIHH"


@dataclass(frozen=True, slots=True)
class Wave:
    """`present` of `told` bytes of samples are there; `rate` are a second, 0 if unknown."""

    told: int
    present: int
    rate: int

    @classmethod
    def of(cls, label: str, file: BinaryIO, length: int) -> Wave:
        """Raises BadInput for a header that is cut, or says what cannot be."""
        file.seek(0)
        order = ">" if file.read(4) == b"RIFX" else "<"
        found: dict[bytes, Chunk] = {}
        for chunk in chunks(file, 12, f"{order}4sI", pad=2):
            found.setdefault(chunk.name, chunk)
            if chunk.name == b"data":
                break
        if not {b"fmt ", b"data"} <= found.keys():
            raise BadInput(f"{label} has no samples in it", hint="it was cut, or never written to")
        rate = _rate(label, _read(file, found[b"fmt "], order + FORM))
        data = found[b"data"]
        told, present = data.size, max(0, length - data.start)
        if b"ds64" in found and told == max(STREAMED):
            told = _read(file, found[b"ds64"], order + "QQQ")[1]
        elif told in STREAMED and told != present:
            told = present
        return cls(told, min(told, present), rate)

    @property
    def seconds(self) -> float | None:
        return self.present / self.rate if self.rate else None


def _read(file: BinaryIO, chunk: Chunk, form: str) -> tuple[int, ...]:
    file.seek(chunk.start)
    return struct.unpack(form, file.read(struct.calcsize(form)).ljust(struct.calcsize(form), b"\0"))


def _rate(label: str, form: tuple[int, ...]) -> int:
    """Bytes a second; 0 if it is compressed, when the header can say anything."""
    code, channels, rate, _, block, bits = form
    check_form(label, channels, rate)
    if code not in PLAIN:
        return 0
    if block != channels * -(-bits // 8):
        raise BadInput(
            f"{label} has blocks of {block} bytes, and {channels} channels of {bits} bits",
            hint="its header is broken: write it anew",
        )
    return rate * block
