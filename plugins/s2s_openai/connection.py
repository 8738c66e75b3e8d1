"""The HTTP of it: one client for each event loop, which ends with the loop."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from s2s_tasks.remote.patience import timeouts

from .troubles import Refusal

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, AsyncIterator

    import httpx2

    from s2s_tasks.exchange import Signal

    from .address import Address

__all__ = ["Connection", "Form", "Reply", "tls"]

OK: Final = 200
POOL: Final = 256
"""Connections: more than any backend has calls at once."""


@dataclass(frozen=True)
class Form:
    """A multipart form: its fields and the one file."""

    fields: dict[str, str | list[str]]
    file: tuple[str, bytes, str]


@dataclass(frozen=True)
class Reply:
    """A whole answer with a status of 200."""

    headers: httpx2.Headers
    body: bytes


class Connection:
    """To one server. What comes back with another status than 200 is raised as a Refusal."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._clients: WeakKeyDictionary[
            asyncio.AbstractEventLoop, tuple[httpx2.AsyncClient, AsyncGenerator[None]]
        ] = WeakKeyDictionary()

    async def send(
        self, path: str, payload: dict[str, Any] | Form, signal: Signal, left: float | None
    ) -> Reply:
        async with self.opened(path, payload, signal, left) as response:
            return Reply(response.headers, await response.aread())

    @asynccontextmanager
    async def opened(
        self, path: str, payload: dict[str, Any] | Form, signal: Signal, left: float | None
    ) -> AsyncIterator[httpx2.Response]:
        """The response as its headers are there."""
        client = await self._client()
        url, timeout = f"{self._address.url}{path}", timeouts(signal, left)
        async with client.stream("POST", url, timeout=timeout, **_content(payload)) as response:
            if response.status_code != OK:
                raise Refusal(response.status_code, response.headers, await response.aread())
            yield response

    async def close(self) -> None:
        """The client of the running loop; the others end with theirs."""
        _, keeper = self._clients.pop(asyncio.get_running_loop(), (None, None))
        if keeper is not None:
            await keeper.aclose()

    async def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            client = _made(self._address)
            keeper = _kept(client)
            self._clients[loop] = client, keeper
            await anext(keeper)
        return self._clients[loop][0]


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """The certificates to trust: reading them takes longer than most requests."""
    import httpx2

    return httpx2.create_ssl_context()


def _made(address: Address) -> httpx2.AsyncClient:
    import httpx2

    from s2s_tasks.remote.wire import guarded

    return guarded(
        httpx2.AsyncClient(
            headers=address.key.headers,
            # A proxy would take what is meant for this machine off it.
            trust_env=not address.loopback,
            verify=tls(),
            limits=httpx2.Limits(max_connections=POOL, max_keepalive_connections=POOL),
        )
    )


async def _kept(client: httpx2.AsyncClient) -> AsyncGenerator[None]:
    """Closes the client as the loop ends its async generators."""
    try:
        yield
    finally:
        await client.aclose()


def _content(payload: dict[str, Any] | Form) -> dict[str, Any]:
    if isinstance(payload, Form):
        return {"data": payload.fields, "files": {"file": payload.file}}
    return {"content": _encoded(payload), "headers": {"Content-Type": "application/json"}}


def _encoded(payload: dict[str, Any]) -> bytes:
    """JSON in UTF-8, where half a character becomes a replacement character."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
