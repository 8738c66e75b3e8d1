"""
The SDK's clients: one for threads, one for each running event loop, none of which retries.

An async client belongs to its loop. It is closed with it: event loops close the async generators
that they have begun when they end, and one of those holds the client.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import warnings
import weakref
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import anthropic
import httpx2

from s2s_tasks.errors import NotConfigured
from s2s_tasks.remote.wire import guarded

from . import credentials
from .failures import ADDRESS, KEY, cleansed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from ssl import SSLContext

__all__ = ["Clients"]

LOGGERS: Final = ("anthropic", "httpx2", "httpcore2")
"""They write prompts, addresses and headers to the program's log, if it listens to all there is."""


class Clients:
    """Raises NotConfigured where no credentials can be found, or none that can be sent."""

    def __init__(self, api_key: str | None = None, base_url: str | None = None) -> None:
        if api_key is None and not credentials.found():  # known without the SDK
            raise NotConfigured("there is no key for Claude", hint=KEY)
        self._api_key, self._base_url = api_key, base_url
        self._lock = threading.Lock()
        self._of_loops: dict[asyncio.AbstractEventLoop, _Held] = {}
        _hush()
        self._pid, self._shared = os.getpid(), self._made()
        self.secrets = tuple(_secrets(self._shared))
        _check(self._shared)

    def __repr__(self) -> str:
        return "Clients()"

    @property
    def shared(self) -> anthropic.Anthropic:
        """For all threads; anew in a fork, which must not read from the connections of its parent."""
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._shared = os.getpid(), self._made()
                self._of_loops.clear()
            return self._shared

    async def of_loop(self) -> anthropic.AsyncAnthropic:
        """For the running event loop."""
        loop = asyncio.get_running_loop()
        with self._lock:
            for gone in [one for one in self._of_loops if one.is_closed()]:
                del self._of_loops[gone]
            held = self._of_loops.get(loop)
            if held is None:
                held = self._of_loops[loop] = _Held(self._made_async())
        await held.begin()
        return held.client

    def close(self) -> None:
        """The async clients are closed by their loops."""
        self._shared.close()

    def _made(self) -> anthropic.Anthropic:
        try:
            client = anthropic.Anthropic(
                api_key=self._api_key,
                base_url=self._base_url,
                max_retries=0,
                http_client=guarded(anthropic.DefaultHttpxClient(verify=_trusted())),
            )
        except httpx2.InvalidURL:  # says what it could not read, and a password may be in it
            raise NotConfigured("the base URL cannot be read", hint=ADDRESS) from None
        except (anthropic.AnthropicError, ValueError, TypeError) as error:
            cleansed(error, [self._api_key] if self._api_key else [])
            raise NotConfigured(f"no client can be made: {error}", hint=KEY) from error
        weakref.finalize(self, client.close)
        return client

    def _made_async(self) -> anthropic.AsyncAnthropic:
        return anthropic.AsyncAnthropic(
            api_key=self._api_key,
            base_url=self._base_url,
            max_retries=0,
            http_client=guarded(anthropic.DefaultAsyncHttpxClient(verify=_trusted())),
        )


@lru_cache
def _trusted() -> SSLContext:
    """Whom to trust, read once: it takes longer than all else that a client needs."""
    return httpx2.create_ssl_context()


class _Held:
    """An async client, and the generator at whose end it is closed."""

    def __init__(self, client: anthropic.AsyncAnthropic) -> None:
        self.client = client
        self._keeper: AsyncGenerator[None] | None = None

    async def begin(self) -> None:
        if self._keeper is None:
            self._keeper = self._keep()
            await anext(self._keeper)

    async def _keep(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            await self.client.close()


def _check(client: anthropic.Anthropic) -> None:
    key = client.api_key or client.auth_token
    if key is None and client.credentials is None and not credentials.in_headers():
        raise NotConfigured("there is no key for Claude", hint=KEY)
    if key is not None and not (key.isascii() and key.isprintable() and " " not in key):
        raise NotConfigured("the key has characters that no header can carry", hint=KEY)


def _secrets(client: anthropic.Anthropic) -> list[str]:
    """All that must not be said, as far as it is known here."""
    address = client.base_url
    query = [value for _, value in address.params.multi_items()]
    lines = os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n")
    headers = [line.partition(":")[2].strip() for line in lines]
    bare = [value.removeprefix("Bearer ") for value in headers]
    known = [client.api_key, client.auth_token, address.password, *query, *headers, *bare]
    return [secret for secret in known if secret]


def _hush() -> None:
    """Keep the libraries below from logging what is private, unless somebody has set their levels."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
    # When a model is to be retired, the answer says itself.
    warnings.filterwarnings("ignore", "The model '.*' is deprecated", DeprecationWarning)
