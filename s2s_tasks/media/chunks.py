"""
The chunks of a container: a name, a size and so many bytes, one after the other.

Only their headers are read, so a file of any length is gone through at once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["Chunk", "atoms", "chunks"]

MOST = 10_000
"""Chunks that are looked at: some ten in a recording, thousands in a fragmented film."""

HEADER = 8
WIDE = 1
"""The size of an atom that has its size behind its name."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`size` bytes from `start` on, as its header says: the file may have fewer."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        return self.start + self.size


def chunks(
    file: BinaryIO, place: int, header: str, *, pad: int = 1, own: int = 0
) -> Iterator[Chunk]:
    """
    Of RIFF, IFF, CAF and ASF from `place` on. `header` is how struct reads a name and a size;
    chunks are padded to so many bytes, and `own` of the bytes that a size counts are its header.
    """
    for _ in range(MOST):
        file.seek(place)
        head = file.read(struct.calcsize(header))
        if len(head) < struct.calcsize(header):
            return
        name, size = struct.unpack(header, head)
        yield (chunk := Chunk(name, place + len(head), size - own))
        place = chunk.end + -size % pad
        if place < chunk.start:  # a negative size
            return


def atoms(file: BinaryIO, length: int) -> Iterator[Chunk]:
    """Of MP4 and QuickTime, in a file of `length` bytes: ISO 14496-12, 4.2."""
    place = 0
    for _ in range(MOST):
        file.seek(place)
        head = file.read(16).ljust(16, b"\0")
        size, name, wide = struct.unpack(">I4sQ", head)
        size = wide if size == WIDE else size
        if size < HEADER:  # to the end, or broken
            return
        yield Chunk(name, place, size)
        place += size
        if place >= length:
            return
