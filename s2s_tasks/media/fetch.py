"""
Media from the web, only where somebody asks for it, and only from hosts that they name.

A server is a stranger: it is called once, at an address that is public; it may not send
elsewhere, take its time, or send more than is wanted.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

from ..errors import BadInput
from .addresses import public_address
from .limits import MEGABYTE
from .line import Line
from .media import Media

__all__ = ["fetched"]

OK = 200
REDIRECTS = range(300, 400)
PORTS = {"https": 443, "http": 80}
PIECE = 65_536


def fetched(
    url: str,
    *,
    hosts: Collection[str],
    most_bytes: int = 20 * MEGABYTE,
    seconds: float = 10.0,
    trust: ssl.SSLContext | None = None,
    unsafe_loopback: bool = False,
) -> Media:
    """
    The image, recording or document at an https URL, its type told by its bytes.

    `hosts` are the names that may be asked, with a port if it is not the usual one
    ("example.org:8443"). `seconds` is for all of it, finding the address included. `trust` says
    whose certificates are believed: the system's, if it is None. `unsafe_loopback` is for tests:
    it allows http, and servers on this machine.

    Raises BadInput for any other host, for an address that is not public, a redirect, any
    status but 200, a certificate of somebody else, a body that is cut or too large, and when
    time is up.
    """
    place = _Place.of(url, hosts, ("https", "http") if unsafe_loopback else ("https",))
    deadline = monotonic() + seconds
    with _failing(place.host, seconds):
        address = public_address(place.host, place.port, deadline, loopback=unsafe_loopback)
        line = _line(place, address, trust, deadline)
        with line.socket:
            data = _body(place, _answer(place, line), most_bytes)
    return Media.from_bytes(data, name=place.name)


@dataclass(frozen=True, slots=True)
class _Place:
    scheme: str
    host: str
    port: int
    target: str
    name: str

    @classmethod
    def of(cls, url: str, hosts: Collection[str], schemes: Collection[str]) -> _Place:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme)
        except ValueError as error:
            raise BadInput(f"{url!r} is no URL: {error}") from error
        if parts.scheme not in schemes or not host or not port:
            raise BadInput(f"{url!r} is not fetched", hint="give a URL that begins with https://")
        if parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
            raise BadInput(f"{url!r} is not fetched", hint="give it without a password, and quoted")
        allowed = {name.lower().rstrip(".") for name in hosts}
        usual = port == PORTS[parts.scheme]
        if f"{host}:{port}" not in allowed and not (usual and host in allowed):
            raise BadInput(
                f"{host}:{port} is not among the hosts that may be asked",
                hint=f"allowed: {', '.join(sorted(allowed)) or 'none'}",
            )
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port, target, parts.path.rsplit("/", 1)[-1] or host)


@contextmanager
def _failing(host: str, seconds: float) -> Iterator[None]:
    """Whatever goes wrong on the way is BadInput."""
    try:
        yield
    except BadInput:
        raise
    except TimeoutError as error:
        raise BadInput(f"{host} has not sent all of it within {seconds:g} seconds") from error
    except (OSError, ValueError, HTTPException) as error:  # ValueError: no name of a host
        raise BadInput(f"cannot fetch from {host}: {error!r}") from error


def _line(place: _Place, address: str, trust: ssl.SSLContext | None, deadline: float) -> Line:
    """To the address that was looked at, and not to what its name means a moment later."""
    left = deadline - monotonic()
    called = socket.create_connection((address, place.port), timeout=max(left, 0.001))
    line = Line(called, deadline)
    if place.scheme == "http":
        return line
    try:
        called.settimeout(line.left())
        context = trust or ssl.create_default_context()
        # Without its end, an answer over TLS was cut: that is no end of a file.
        line.socket = context.wrap_socket(
            called, server_hostname=place.host, suppress_ragged_eofs=False
        )
    except BaseException:
        called.close()
        raise
    return line


def _answer(place: _Place, line: Line) -> HTTPResponse:
    connection = HTTPConnection(place.host, place.port)
    connection.sock = cast(socket.socket, line)
    connection.request("GET", place.target, headers={"Connection": "close"})
    return connection.getresponse()


def _body(place: _Place, answer: HTTPResponse, most: int) -> bytes:
    if answer.status in REDIRECTS:
        where = answer.getheader("Location", "elsewhere")
        raise BadInput(f"{place.host} sends on to {where[:200]}", hint="give that URL itself")
    if answer.status != OK:
        raise BadInput(f"{place.host} answers {answer.status} {answer.reason[:200]}")
    data = bytearray()
    announced = answer.length or 0
    while max(announced, len(data)) <= most and (
        piece := answer.read(min(PIECE, most + 1 - len(data)))
    ):
        data += piece
    if max(announced, len(data)) > most:
        raise BadInput(f"{place.name} has more than {most:,} bytes", hint="see most_bytes")
    if answer.length:
        raise BadInput(f"{place.name} is cut: {answer.length:,} bytes of it did not come")
    return bytes(data)
