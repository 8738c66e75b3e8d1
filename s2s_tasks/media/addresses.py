"""Where a host is, if that is a place on the public internet."""

from __future__ import annotations

import socket
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from time import monotonic
from typing import TypeAlias

from ..errors import BadInput

__all__ = ["is_public", "public_address"]

Address: TypeAlias = IPv4Address | IPv6Address

NAT64 = IPv6Network("64:ff9b::/96")
"""IPv4 addresses written as IPv6 ones: RFC 6052."""


def public_address(host: str, port: int, deadline: float, *, loopback: bool = False) -> str:
    """
    The first address of a host. Raises BadInput if one of them is not public, OSError if there
    is none, TimeoutError at the deadline. `loopback`: this machine counts as public.
    """
    found = [ip_address(text) for text in _resolved(host, port, deadline)]
    for address in found:
        if not (is_public(address) or (loopback and address.is_loopback)):
            raise BadInput(
                f"{host} is at {address}, which is not on the public internet",
                hint="read a file of your own network yourself, and give its bytes",
            )
    return str(found[0])


def is_public(address: Address) -> bool:
    """Neither private, of this machine, of this link, for many at once, nor one of these in disguise."""
    if isinstance(address, IPv6Address) and (inner := _disguised(address)) is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def _disguised(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one ends up at."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.sixtofour if address.ipv4_mapped is None else address.ipv4_mapped


def _resolved(host: str, port: int, deadline: float) -> list[str]:
    """The system's resolver has no time limit of its own."""
    answer: Future[list[str]] = Future()

    def ask() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.set_result([str(place[0]) for *_, place in told])
        except Exception as error:  # noqa: BLE001  # it is raised where it is waited for
            answer.set_exception(error)

    Thread(target=ask, daemon=True).start()
    return answer.result(max(0.0, deadline - monotonic()))
