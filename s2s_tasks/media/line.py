"""A connection that is over at a deadline, however slowly the other side sends."""

from __future__ import annotations

import io
import socket
from dataclasses import dataclass
from time import monotonic

__all__ = ["Line"]


@dataclass
class Line:
    """
    As much of a socket as http.client asks for. Raises TimeoutError at the deadline. The socket
    is closed by whoever opened it.
    """

    socket: socket.socket
    deadline: float

    def left(self) -> float:
        """Seconds."""
        if (left := self.deadline - monotonic()) <= 0:
            raise TimeoutError("time is up")
        return left

    def sendall(self, data: bytes) -> None:
        self.socket.settimeout(self.left())
        self.socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        assert mode == "rb"
        return io.BufferedReader(_Received(self))

    def close(self) -> None:
        """Not yet: http.client does it as soon as it has the headers, and goes on reading."""


class _Received(io.RawIOBase):
    def __init__(self, line: Line) -> None:
        self.line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.line.socket.settimeout(self.line.left())
        return self.line.socket.recv_into(buffer)
