"""Server-sent events out of the bytes of a stream, however they are cut into pieces."""

from __future__ import annotations

from typing import Final

from .troubles import BadReply

__all__ = ["Events"]

MOST: Final = 16_000_000
"""Bytes of one event: far more than a token, far less than memory."""


class Events:
    """
    The `data` of whole events, as bytes: a character may be cut in two anywhere.

    An event counts once its blank line has come; what is left at the end never does.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def push(self, piece: bytes) -> list[bytes]:
        """The events that this piece completes. Raises BadReply for one without end."""
        *lines, self._rest = self._lines(piece)
        found: list[bytes] = []
        for line in map(_bare, lines):
            if line.startswith(b"data:"):
                self._keep(line[6:] if line[5:6] == b" " else line[5:])
            elif not line and self._data:
                found.append(b"\n".join(self._data))
                self._data, self._size = [], 0
        if self._size + len(self._rest) > MOST:
            raise BadReply(f"an event of more than {MOST:,} bytes")
        return found

    def _keep(self, data: bytes) -> None:
        self._data.append(data)
        self._size += len(data)

    def _lines(self, piece: bytes) -> list[bytes]:
        """Whole lines, and the rest: a carriage return at its end may be half of a line's end."""
        whole = self._rest + piece
        if b"\r" not in whole:
            return whole.split(b"\n")
        held = whole.endswith(b"\r")
        ended = whole.replace(b"\r\n", b"\n")[: -1 if held else None].replace(b"\r", b"\n")
        *lines, rest = ended.split(b"\n")
        return [*lines, rest + b"\r" if held else rest]


def _bare(line: bytes) -> bytes:
    """Without the byte order mark that a stream may begin with."""
    return line.removeprefix(b"\xef\xbb\xbf")
