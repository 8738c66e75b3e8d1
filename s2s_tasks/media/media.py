"""An image, a recording or a document, with what it is."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from os import PathLike
from typing import BinaryIO, TypeAlias, cast

from ..errors import BadInput
from .arrays import Array, written
from .kinds import HEAD
from .limits import MOST_READ, check_size
from .modality import Modality
from .reading import kind_of, read_all, read_path
from .stored import Stored

__all__ = ["Media", "MediaSource"]


@dataclass(frozen=True)
class Media:
    """
    An image, a recording or a document, with its MIME type.

    A recording that was given by its path stays on disk. Two are equal if they have the same
    bytes in memory, or are the same file on disk in the same state.
    """

    modality: Modality
    mime: str
    content: bytes | Stored = field(repr=False)
    name: str = ""

    @classmethod
    def open(cls, source: MediaSource) -> Media:
        """
        Read a path, bytes, a binary file object, a numpy array or a Pillow image.

        An array of floats is sound at 16 kHz, one of bytes a picture (see `arrays.written`).
        Raises BadInput for a missing, empty, unreadable or too large file, for a type that
        is not known, and for a URL.
        """
        if isinstance(source, Media):
            return source
        if isinstance(source, bytes | bytearray | memoryview):
            return cls.from_bytes(bytes(source))
        if isinstance(source, str | PathLike):
            kind, content, name = read_path(source)
            return cls(kind.modality, kind.mime, content, name)
        if (data := written(source)) is not None:
            return cls.from_bytes(data)
        if callable(getattr(source, "read", None)):
            file = cast(BinaryIO, source)
            return cls.from_bytes(read_all(file), name=str(getattr(file, "name", "")))
        raise BadInput(
            f"cannot read media from a {type(source).__name__}",
            hint="give a path, bytes, a file opened in binary mode, or a numpy array",
        )

    @classmethod
    def from_bytes(cls, data: bytes, *, name: str = "") -> Media:
        """Tell the type of `data` by its first bytes."""
        label = name or "the data"
        kind = kind_of(label, lambda place: data[place : place + HEAD])
        check_size(label, len(data), kind.modality, MOST_READ)
        return cls(kind.modality, kind.mime, data, name)

    @property
    def data(self) -> bytes:
        """
        All bytes, read now if they are on disk.

        Raises BadInput if there are too many to be held in memory, or the file was changed.
        """
        if isinstance(self.content, bytes):
            return self.content
        check_size(self.label, self.size, self.modality, MOST_READ)
        with self.file() as file:
            return file.read(self.size)

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size

    @property
    def label(self) -> str:
        """How messages name it."""
        return self.name or "the data"

    def file(self) -> BinaryIO:
        """The bytes as a file, to be closed by the caller. Raises BadInput as `data` does."""
        if isinstance(self.content, bytes):
            return io.BytesIO(self.content)
        return self.content.open()


MediaSource: TypeAlias = Media | bytes | str | PathLike[str] | BinaryIO | Array
