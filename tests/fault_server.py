"""
A server on loopback that answers with whatever bytes it is told to, by a raw socket.

A request asks for its fault by name: `[[name]]` or `[[name#run]]` somewhere in its body. So one
server has all of them, for any number of clients at once, and counts how often each was asked.
"""

import contextlib
import re
import socket
import struct
import threading
from collections import Counter

__all__ = ["FaultServer", "Line"]

STREAMING = re.compile(rb'"stream": *true')
ASKED = re.compile(rb"\[\[([^\]#]+)(#[^\]]*)?\]\]")


class Line:
    """
    One connection, after its request was read.

    `again`: how often the same was asked before. `streaming`: a stream was asked for.
    """

    def __init__(self, connection, closed, again=0, streaming=False):
        self._connection, self._closed = connection, closed
        self.again, self.streaming = again, streaming

    def raw(self, data):
        self._connection.sendall(data)

    def head(self, status, *headers, kind="application/json"):
        lines = [f"HTTP/1.1 {status} X", f"content-type: {kind}", *headers]
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n")

    def reply(self, status, body, *headers, kind="application/json", length=None):
        """A whole answer; `length` may lie about the body."""
        length = len(body) if length is None else length
        self.head(status, f"content-length: {length}", "connection: close", *headers, kind=kind)
        self.raw(body)

    def open(self, *headers, chunked=False):
        """Begin an event stream, which ends with the connection, or is chunked."""
        framing = "transfer-encoding: chunked" if chunked else "connection: close"
        self.head(200, framing, *headers, kind="text/event-stream")

    def chunk(self, data):
        self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    def reset(self):
        """Close by RST, as a crash or a firewall does."""
        linger = struct.pack("ii", 1, 0)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._connection.close()

    def pause(self, seconds):
        """Raises ConnectionError once the server is closed."""
        if self._closed.wait(seconds):
            raise ConnectionError("the server is closed")

    def drip(self, data, pause=0.03):
        """Byte for byte, for as long as somebody listens."""
        for byte in data:
            self.raw(bytes([byte]))
            self.pause(pause)


class FaultServer:
    """Serves while its `with` block lasts; `faults` are functions of a Line, by name."""

    def __init__(self, faults, get=b"{}"):
        self.faults, self.get = faults, get
        self.asked = Counter()
        self._closed, self._lock = threading.Event(), threading.Lock()

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._closed.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self):
        while not self._closed.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.settimeout(20)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with contextlib.suppress(OSError), connection:
            method, body = _read(connection)
            found = ASKED.search(body)
            if method == b"GET" or found is None:
                Line(connection, self._closed).reply(200, self.get)
                return
            with self._lock:
                again = self.asked[found[0]]
                self.asked[found[0]] += 1
            streaming = STREAMING.search(body) is not None
            self.faults[found[1].decode()](Line(connection, self._closed, again, streaming))


def _read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(connection)
    head, body = data.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += _receive(connection)
    return head.split(b" ", 1)[0], body


def _receive(connection):
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client left")
    return data
