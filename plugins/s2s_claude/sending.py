"""
One request on the wire and what comes back of it, for threads and, twice as short, for event loops.

The SDK makes the request; the body of the answer is read here, as bytes or as events, since its
own reading lets broken answers through as whole ones.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anthropic

from s2s_tasks.remote.patience import timeouts

from .lifting import lift, parsed
from .reading import Reading, hurried

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping

    import httpx2

    from s2s_tasks.exchange import Completion, Request
    from s2s_tasks.remote.rates import Rates

    from .clients import Clients
    from .lowering import Lowered

__all__ = ["AsyncOpened", "Opened", "Sender"]


@dataclass
class Opened:
    """A stream whose message has begun."""

    reading: Reading
    events: Iterator[Any]
    timeout: httpx2.Timeout
    stack: ExitStack

    def pieces(self) -> Iterator[str]:
        """The text as it comes; raises what breaks the stream."""
        if self.reading.first:
            yield self.reading.first
        for event in self.events:
            if text := self.reading.take(event.data):
                yield text
            if self.reading.ended:
                self._rest()
                return

    def _rest(self) -> None:
        hurried(self.timeout)
        with suppress(Exception):  # whatever it is, the message is whole
            for _ in self.events:
                pass

    def close(self) -> None:
        self.stack.close()


@dataclass
class AsyncOpened:
    """The async twin of Opened."""

    reading: Reading
    events: AsyncIterator[Any]
    timeout: httpx2.Timeout
    stack: AsyncExitStack

    async def pieces(self) -> AsyncGenerator[str]:
        if self.reading.first:
            yield self.reading.first
        async for event in self.events:
            if text := self.reading.take(event.data):
                yield text
            if self.reading.ended:
                await self._rest()
                return

    async def _rest(self) -> None:
        hurried(self.timeout)
        with suppress(Exception):  # as above
            async for _ in self.events:
                pass

    async def aclose(self) -> None:
        await self.stack.aclose()


class Sender:
    """Sends once; what goes wrong is raised as it is."""

    def __init__(self, clients: Clients, rates: Rates) -> None:
        self._clients, self._rates = clients, rates

    def answer(self, request: Request, lowered: Lowered, left: float | None) -> Completion:
        """The whole answer in one piece."""
        messages = self._clients.shared.messages.with_streaming_response
        timeout = timeouts(request.signal, left)
        with messages.create(**lowered.params, timeout=timeout) as response:
            self._rates.learn(response.headers)
            return lift(parsed(response.read()), request, lowered)

    async def answer_async(
        self, request: Request, lowered: Lowered, left: float | None
    ) -> Completion:
        client = await self._clients.of_loop()
        messages = client.messages.with_streaming_response
        timeout = timeouts(request.signal, left)
        async with messages.create(**lowered.params, timeout=timeout) as response:
            self._rates.learn(response.headers)
            return lift(parsed(await response.read()), request, lowered)

    def opened(self, request: Request, lowered: Lowered, left: float | None) -> Opened:
        """A stream, read up to the beginning of its message."""
        messages = self._clients.shared.messages.with_streaming_response
        timeout, reading = timeouts(request.signal, left), Reading(request, lowered)
        with ExitStack() as stack:
            making = messages.create(**lowered.params, stream=True, timeout=timeout)
            response = stack.enter_context(making)
            self._rates.learn(response.headers)
            events = anthropic.Stream.raw_events(response.http_response)
            for event in events:
                reading.first += reading.take(event.data)
                if reading.begun:
                    break
            reading.need_begun()
            return Opened(reading, events, timeout, stack.pop_all())

    async def opened_async(
        self, request: Request, lowered: Lowered, left: float | None
    ) -> AsyncOpened:
        client = await self._clients.of_loop()
        messages = client.messages.with_streaming_response
        timeout, reading = timeouts(request.signal, left), Reading(request, lowered)
        async with AsyncExitStack() as stack:
            making = messages.create(**lowered.params, stream=True, timeout=timeout)
            response = await stack.enter_async_context(making)
            self._rates.learn(response.headers)
            events = anthropic.AsyncStream.raw_events(response.http_response)
            async for event in events:
                reading.first += reading.take(event.data)
                if reading.begun:
                    break
            reading.need_begun()
            return AsyncOpened(reading, events, timeout, stack.pop_all())

    def described(self, model: str, timeout: httpx2.Timeout) -> Mapping[str, object]:
        """What the service says of a model."""
        models = self._clients.shared.models.with_streaming_response
        with models.retrieve(model, timeout=timeout) as response:
            return parsed(response.read())

    def counted(self, params: Mapping[str, Any], timeout: httpx2.Timeout) -> int:
        """The tokens of a request's input, by the service."""
        messages = self._clients.shared.messages
        return messages.count_tokens(**params, timeout=timeout).input_tokens
