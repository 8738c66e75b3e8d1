"""
The connections of an HTTP client, watched: each read ends by the deadline, or when nobody waits.

A timeout between bytes is kept alive for ever by a server that sends one now and then. So the
streams below the client are wrapped, where all bytes pass: before the headers, in the body, in
a long line, whatever a library above makes of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from ssl import SSLContext
from typing import Any, TypeVar

import httpcore2
import httpx2

from .bounds import bounded, bounded_async
from .patience import Patience

__all__ = ["guarded"]

Client = TypeVar("Client", httpx2.Client, httpx2.AsyncClient)

PIECE = 1 << 16
"""Bytes written between two looks at the signal."""


def guarded(client: Client) -> Client:
    """
    The client itself: watched, its answers bounded, never redirected, never sent what is packed.

    The timeout of each of its requests is to be `timeouts(...)`.
    """
    waits = isinstance(client, httpx2.Client)
    client.follow_redirects = False
    client.headers["accept-encoding"] = "identity"
    client.event_hooks["response"].append(bounded if waits else bounded_async)
    for pool in _pools(client):
        pool._network_backend = (Network if waits else AsyncNetwork)(pool._network_backend)  # noqa: SLF001  # as below
    return client


def _pools(client: httpx2.Client | httpx2.AsyncClient) -> Iterator[Any]:
    """Those of its own connections and of its proxies'; there is no public way in."""
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001  # as said
        if (pool := getattr(transport, "_pool", None)) is not None:
            yield pool


class Network(httpcore2.NetworkBackend):
    """Makes connections that are watched."""

    def __init__(self, inner: httpcore2.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        return Watched(self._inner.connect_tcp(*args, **kwargs))

    def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore2.NetworkStream:
        return Watched(self._inner.connect_unix_socket(*args, **kwargs))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class Watched(httpcore2.NetworkStream):
    """A connection whose timeouts may be a Patience."""

    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not isinstance(timeout, Patience):
            return self._inner.read(max_bytes, timeout)
        for seconds in timeout.steps():
            try:
                return self._inner.read(max_bytes, seconds)
            except httpcore2.ReadTimeout:
                continue
        raise httpcore2.ReadTimeout(f"no byte within {timeout:g} s")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not isinstance(timeout, Patience):
            self._inner.write(buffer, timeout)
            return
        for start in range(0, len(buffer), PIECE):
            timeout.check()
            self._inner.write(buffer[start : start + PIECE], timeout.at_most())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return Watched(self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class AsyncNetwork(httpcore2.AsyncNetworkBackend):
    """The async twin of Network."""

    def __init__(self, inner: httpcore2.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore2.AsyncNetworkStream:
        return AsyncWatched(await self._inner.connect_tcp(*args, **kwargs))

    async def connect_unix_socket(self, *args: Any, **kwargs: Any) -> httpcore2.AsyncNetworkStream:
        return AsyncWatched(await self._inner.connect_unix_socket(*args, **kwargs))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class AsyncWatched(httpcore2.AsyncNetworkStream):
    """The async twin of Watched."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's
        if not isinstance(timeout, Patience):
            return await self._inner.read(max_bytes, timeout)
        for seconds in timeout.steps():
            try:
                return await self._inner.read(max_bytes, seconds)
            except httpcore2.ReadTimeout:
                continue
        raise httpcore2.ReadTimeout(f"no byte within {timeout:g} s")

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # as above
        if not isinstance(timeout, Patience):
            await self._inner.write(buffer, timeout)
            return
        for start in range(0, len(buffer), PIECE):
            timeout.check()
            await self._inner.write(buffer[start : start + PIECE], timeout.at_most())

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # as above
    ) -> httpcore2.AsyncNetworkStream:
        return AsyncWatched(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
