"""A server as a backend: what it can do, and requests on their way there and back."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import Backend, Place
from s2s_tasks.errors import Cancelled, OutOfTime, S2SError
from s2s_tasks.exchange import Completion, Usage
from s2s_tasks.remote.failure import Billed
from s2s_tasks.remote.prices import most, price_of
from s2s_tasks.remote.retrying import Retrying

from .ability import abilities, beyond
from .asked import Asked, shaped
from .card import NAME
from .chat import chat
from .connection import Connection
from .draft import Draft
from .embedding import embedding, vectors
from .failing import Explainer
from .lifting import lifted
from .portal import drawn, waited
from .speech import endpoint, speech, transcription
from .stream import texts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Iterator, Sequence

    import httpx2

    from s2s_tasks.backend import Misfit, Outcome
    from s2s_tasks.exchange import Attempt, Request
    from s2s_tasks.remote.rates import Rates

    from .address import Address
    from .facts import Facts
    from .profile import Profile

__all__ = ["Server"]

CHAT: Final = "/chat/completions"
OVERHEAD: Final = 64
"""Tokens that a chat template may put around a short conversation."""


class Server(Backend):
    """One model of a server of one kind."""

    name = NAME

    def __init__(
        self,
        address: Address,
        profile: Profile,
        facts: Facts,
        *,
        rates: Rates | None = None,
        attempts: int = 3,
    ) -> None:
        self.model, self.profile = facts.model, profile
        self.capabilities = abilities(address, profile, facts)
        self._facts = facts
        self._free = self.capabilities.place is Place.LOCAL
        self._connection = Connection(address)
        self._explain = Explainer(address, facts.model, free=self._free)
        self._retrying = Retrying(name=NAME, model=facts.model, rates=rates, attempts=attempts)

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        return drawn(lambda: self.acomplete(requests))

    def stream(self, request: Request) -> Iterator[str | Completion]:
        return drawn(lambda: self.astream(request))

    async def acomplete(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[int, Outcome]]:
        """All at once, each handed over as it comes; texts to embed go together."""
        together = {n: one for n, one in enumerate(requests) if one.task == "embed"}
        jobs = [self._one(n, one) for n, one in enumerate(requests) if n not in together]
        if together:
            jobs.append(self._vectors(together))
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            for answered in asyncio.as_completed(tasks):
                for number, outcome in (await answered).items():
                    yield number, outcome
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def astream(self, request: Request) -> AsyncGenerator[str | Completion]:
        if request.task in {"embed", "transcribe"}:
            async for piece in super().astream(request):
                yield piece
            return
        asked = self._asked(request, stream=True)
        (asked, (stack, response)), tried = await self._retrying.aopened(
            request,
            lambda left: shaped(asked, partial(self._opened, left)),
            self._explain,
            tokens=self._tokens(request),
        )
        async with stack:
            draft, broke = Draft(), ""
            try:
                async for text in texts(response, draft):
                    yield text
            except Exception as error:  # noqa: BLE001  # whatever happens to a stream
                broke = self._broken(error, draft, tried)
        yield replace(self._signed(lifted(asked, draft, broke)), attempts=tried)

    async def _one(self, number: int, request: Request) -> dict[int, Outcome]:
        send = self._transcript if request.task == "transcribe" else self._reply
        return {number: await _caught(self._called(request, partial(send, request)))}

    async def _called(self, request: Request, send: Any) -> Completion:
        request.signal.check()
        tokens = self._tokens(request)
        return await self._retrying.acall(request, send, self._explain, tokens=tokens)

    async def _reply(self, request: Request, left: float | None) -> Completion:
        async def send(asked: Asked) -> bytes:
            return await self._sent(CHAT, {**asked.payload}, request, left)

        asked, body = await shaped(self._asked(request), send)
        draft = Draft()
        draft.reply(body)
        return self._signed(lifted(asked, draft))

    async def _transcript(self, request: Request, left: float | None) -> Completion:
        form = transcription(request, self.model)
        return self._signed(speech(await self._sent(endpoint(request), form, request, left)))

    async def _vectors(self, requests: dict[int, Request]) -> dict[int, Outcome]:
        found: list[Completion] = []

        async def send(left: float | None) -> Completion:
            payload = embedding([*requests.values()], self.model)
            body = await self._sent("/embeddings", payload, first, left)
            found[:] = map(self._signed, vectors(body, len(requests)))
            return found[0]

        first = next(iter(requests.values()))
        outcome = await _caught(self._called(first, send))
        if not isinstance(outcome, Completion):
            return {number: outcome.fresh() for number in requests}
        return dict(zip(requests, [outcome, *found[1:]], strict=True))

    # --- on the way ------------------------------------------------------------------------

    async def _sent(self, path: str, payload: Any, request: Request, left: float | None) -> bytes:
        reply = await self._connection.send(path, payload, request.signal, left)
        self._retrying.rates.learn(reply.headers)
        return reply.body

    async def _opened(
        self, left: float | None, asked: Asked
    ) -> tuple[AsyncExitStack, httpx2.Response]:
        async with AsyncExitStack() as stack:
            sent = self._connection.opened(CHAT, {**asked.payload}, asked.request.signal, left)
            response = await stack.enter_async_context(sent)
            self._retrying.rates.learn(response.headers)
            return stack.pop_all(), response

    def _broken(self, error: Exception, draft: Draft, tried: tuple[Attempt, ...]) -> str:
        """How the stream broke off; raises the error where there is nothing to keep."""
        if draft.choices and not isinstance(error, Cancelled | OutOfTime):
            return self._explain.broke(error)
        failure = self._explain(error)
        failure.error.attempts = (*tried, *failure.error.attempts)
        failure.error.maybe_billed |= failure.billed is Billed.MAYBE
        raise failure.error from error

    def _asked(self, request: Request, *, stream: bool = False) -> Asked:
        request.signal.check()
        payload = chat(request, self.profile, self.model, stream=stream)
        return Asked(request, payload, self.profile)

    def _signed(self, completion: Completion) -> Completion:
        usage = completion.usage
        cost = Decimal(0) if self._free else None
        if not self._free and usage != Usage():
            cost = price_of(self.model, usage)
        return replace(completion, model=completion.model or self.model, cost=cost)

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = super().misfits(request, local_only=local_only)
        return tuple(beyond(request, found, self.profile, self._facts))

    def price(self, request: Request) -> Decimal | None:
        if self._free:
            return Decimal(0)
        limit = request.output_limit
        if limit is None or request.media:
            return None
        results = getattr(request.decoding, "results", 1)
        return most(self.model, self._input(request), limit * results)

    def _input(self, request: Request) -> int:
        earlier = request.earlier
        again = earlier.answer + earlier.complaint if earlier else ""
        told = request.system + request.words + request.text + again
        return self.count_tokens(told) + OVERHEAD

    def _tokens(self, request: Request) -> int:
        """What it takes of a limit of tokens per minute, where there is one."""
        if not self._retrying.rates.counts_tokens:
            return 0
        return self._input(request) + (request.output_limit or 0)

    def close(self) -> None:
        waited(self._connection.close())


async def _caught(work: Awaitable[Completion]) -> Outcome:
    try:
        return await work
    except S2SError as error:
        return error  # type: ignore[return-value]  # the engine room takes any S2SError of a request
