"""The bytes of a source: all of them, or where they are kept."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from ..errors import BadInput
from .kinds import HEAD, KINDS, Kind, sniffed, unread
from .limits import MOST_IN_FILE, MOST_READ, check_size
from .modality import Modality
from .stored import Stored

__all__ = ["kind_of", "read_all", "read_path", "sound_start"]

TAG = 10
"""Bytes of the header of an ID3 tag."""


def kind_of(label: str, read_at: Callable[[int], bytes]) -> Kind:
    """
    Its type by its first bytes; `read_at` gives up to HEAD of them from a place on.

    Raises BadInput if it is empty or of no known type.
    """
    head = read_at(0)
    if not head:
        raise BadInput(f"{label} is empty", hint="give an image, a recording or a PDF")
    start = sound_start(head)
    if found := (start and sniffed(read_at(start))) or sniffed(head):
        return found
    names = ", ".join(sorted({kind.mime.split("/")[1] for kind in KINDS}))
    if name := unread(head):
        raise BadInput(
            f"{label} is {name}, which is not read", hint=f"convert it to a known type: {names}"
        )
    raise BadInput(f"{label} is of no known media type", hint=f"known types: {names}")


def sound_start(head: bytes) -> int:
    """Behind an ID3 tag, which tells its size in four times 7 bits; 0 if there is none."""
    if not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:TAG]:
        size = size << 7 | byte & 0x7F
    return TAG + size


def read_all(source: BinaryIO) -> bytes:
    """All there is, up to one byte above the limit: one read of a pipe gives a part."""
    most, data = max(MOST_READ.values()), bytearray()
    try:
        while len(data) <= most and (piece := source.read(most + 1 - len(data))):
            data += piece
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot read the file: {error}") from error
    except TypeError:
        raise BadInput("the file is open in text mode", hint='open it with mode "rb"') from None
    return bytes(data)


def read_path(source: str | PathLike[str]) -> tuple[Kind, bytes | Stored, str]:
    """The type, the content and the name of a file; of a recording, where it is."""
    if "://" in str(source)[:12]:
        raise BadInput(f"{source} is a URL, and nothing is fetched", hint="download it first")
    try:
        path = Path(source).expanduser()
        if path.is_file():
            return _read_file(path)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~ of nobody
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"cannot read {str(source)!r}: {error}") from error
    raise BadInput(f"no file at {str(path)!r}", hint="give the path of a media file")


def _read_file(path: Path) -> tuple[Kind, bytes | Stored, str]:
    stored = Stored.at(path)
    with stored.open() as file:

        def read_at(place: int) -> bytes:
            file.seek(place)
            return file.read(HEAD)

        kind = kind_of(path.name, read_at)
        check_size(path.name, stored.size, kind.modality, MOST_IN_FILE)
        if kind.modality is Modality.AUDIO:
            return kind, stored, path.name
        file.seek(0)
        return kind, file.read(stored.size), path.name
