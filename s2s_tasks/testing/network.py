"""A wall around the machine, for tests that claim that nothing leaves it."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import threading
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["NetworkRefused", "Wall", "no_network"]

P = ParamSpec("P")
T = TypeVar("T")

_FREE = {getattr(socket, name, None) for name in ("AF_UNIX", "AF_NETLINK")}
"""Families of sockets that never leave the machine."""


class NetworkRefused(RuntimeError):
    """
    Something tried to connect, send or resolve a name.

    Not an OSError: connection pools, retries and asyncio's choice among addresses catch
    those and go on. Not a BaseException either, which would tear down event loops and pools.
    What is caught all the same is raised again where the wall ends: see `no_network`.
    """


class Wall:
    """One `no_network` block: `attempts` are the refusals nobody has answered for yet."""

    def __init__(self, *, allow_loopback: bool) -> None:
        # On Windows asyncio's own pairs of sockets are connected over loopback.
        self.allow_loopback = allow_loopback or sys.platform == "win32"
        self.attempts: list[NetworkRefused] = []

    def check(self, call: str, host: object) -> None:
        """Refuse, unless it stays on the machine and that is allowed."""
        if not (self.allow_loopback and _loopback(host)):
            refusal = NetworkRefused(f"{call}({_shown(host)!r}) behind no_network()")
            self.attempts.append(refusal)
            raise refusal


@contextlib.contextmanager
def no_network(*, allow_loopback: bool = False) -> Iterator[Wall]:
    """
    Within the block, in all threads, whoever connects, sends or resolves gets NetworkRefused.

    An attempt that the code under test has swallowed is raised at the end of the block; to
    forgive it, clear the wall's `attempts`. `allow_loopback` lets 127.0.0.0/8, ::1 and
    localhost through, for servers of the test itself. Blocks may be nested, and the strictest
    holds. Unix sockets and pairs, which asyncio needs, work. Not seen are sockets that are
    not Python's: of uvloop, grpc or a child process.

    >>> import socket
    >>> with no_network():
    ...     socket.create_connection(("example.org", 443))
    Traceback (most recent call last):
    s2s_tasks.testing.network.NetworkRefused: getaddrinfo('example.org') behind no_network()
    """
    wall = Wall(allow_loopback=allow_loopback)
    _raise_up(wall)
    try:
        yield wall
    finally:
        _take_down(wall)
    if wall.attempts:
        raise wall.attempts[0]


_walls: list[Wall] = []
_lock = threading.Lock()
_undo: list[Callable[[], None]] = []


def _raise_up(wall: Wall) -> None:
    with _lock:
        if not _walls:
            _undo.extend(_guard_all())
        _walls.append(wall)


def _take_down(wall: Wall) -> None:
    with _lock:
        _walls.remove(wall)
        while _undo and not _walls:
            _undo.pop()()


def _check(call: str, host: object) -> None:
    for wall in [*_walls]:
        wall.check(call, host)


def _guard_all() -> Iterator[Callable[[], None]]:
    for name in ("connect", "connect_ex", "sendto", "sendmsg"):
        yield _replace(socket.socket, name, _sending)
    for name in (
        "getaddrinfo",
        "gethostbyname",
        "gethostbyname_ex",
        "gethostbyaddr",
        "getnameinfo",
    ):
        yield _replace(socket, name, _resolving)


def _replace(
    owner: object, name: str, guard: Callable[[Callable[..., T]], Callable[..., T]]
) -> Callable[[], None]:
    inherited = name not in vars(owner)
    original = getattr(owner, name)
    setattr(owner, name, guard(original))
    if inherited:
        return lambda: delattr(owner, name)
    return lambda: setattr(owner, name, original)


def _sending(original: Callable[..., T]) -> Callable[..., T]:
    def guarded(sock: socket.socket, *args: object) -> T:
        # The address stands last; sendmsg has none on a connected socket.
        address = args[-1] if args else None
        if sock.family not in _FREE and isinstance(address, tuple) and address:
            _check(original.__name__, address[0])
        return original(sock, *args)

    return guarded


def _resolving(original: Callable[..., T]) -> Callable[..., T]:
    def guarded(*args: object, **kwargs: object) -> T:
        host = args[0] if args else kwargs.get("host")
        _check(original.__name__, host[0] if isinstance(host, tuple) else host)
        return original(*args, **kwargs)

    return guarded


def _loopback(host: object) -> bool:
    name = _shown(host).lower().rstrip(".")
    if host is None or name in {"", "localhost"} or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _shown(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
