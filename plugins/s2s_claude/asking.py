"""
How one request is asked: lowered, sent, tried again, and asked anew where its schema proves too complex.

The way for threads and the way for event loops differ in who waits, and in nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from s2s_tasks.exchange import Enforces
from s2s_tasks.remote.retrying import Retrying

from .card import NAME
from .counting import most_input
from .failures import explained
from .lowering import Lowered, lower, most_output
from .sending import AsyncOpened, Opened, Sender
from .statuses import TooComplex

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from s2s_tasks.errors import S2SError
    from s2s_tasks.exchange import Attempt, Completion, Request
    from s2s_tasks.remote.failure import Failure
    from s2s_tasks.remote.rates import Rates

    from .clients import Clients
    from .models import Model

__all__ = ["Asking"]

T = TypeVar("T")
Attempts = tuple["Attempt", ...]


class Asking:
    """Of one model. What it raises is typed, and has its failed attempts with it."""

    def __init__(self, model: Model, clients: Clients, rates: Rates | None) -> None:
        self.model = model
        self.retrying = Retrying(name=NAME, model=model.id, rates=rates)
        self.sender = Sender(clients, self.retrying.rates)
        self._clients = clients
        self._too_complex: set[str] = set()

    # --- for threads -----------------------------------------------------------------------

    def answer(self, request: Request) -> Completion:
        """The whole answer, in one piece."""
        return self._twice(request, lambda lowered, tried: self._answer(request, lowered, tried))

    def opened(self, request: Request) -> Opened:
        """The answer as a stream that has begun."""
        return self._twice(request, lambda lowered, tried: self._opened(request, lowered, tried))

    def _twice(self, request: Request, ask: Callable[[Lowered, Attempts], T]) -> T:
        first = self.lowered(request)
        try:
            return ask(first, ())
        except TooComplex as error:
            return ask(self._reworded(request, first, error), error.attempts)

    def _answer(self, request: Request, lowered: Lowered, tried: Attempts) -> Completion:
        made = self.retrying.call(
            request,
            lambda left: self.sender.answer(request, lowered, left),
            self.explained,
            tokens=self._most(request),
        )
        return replace(made, attempts=(*tried, *made.attempts))

    def _opened(self, request: Request, lowered: Lowered, tried: Attempts) -> Opened:
        opened, failed = self.retrying.opened(
            request,
            lambda left: self.sender.opened(request, lowered, left),
            self.explained,
            tokens=self._most(request),
        )
        opened.reading.attempts = (*tried, *failed)
        return opened

    # --- for event loops -------------------------------------------------------------------

    async def answer_async(self, request: Request) -> Completion:
        return await self._twice_async(
            request, lambda lowered, tried: self._answer_async(request, lowered, tried)
        )

    async def opened_async(self, request: Request) -> AsyncOpened:
        return await self._twice_async(
            request, lambda lowered, tried: self._opened_async(request, lowered, tried)
        )

    async def _twice_async(
        self, request: Request, ask: Callable[[Lowered, Attempts], Awaitable[T]]
    ) -> T:
        first = self.lowered(request)
        try:
            return await ask(first, ())
        except TooComplex as error:
            return await ask(self._reworded(request, first, error), error.attempts)

    async def _answer_async(
        self, request: Request, lowered: Lowered, tried: Attempts
    ) -> Completion:
        made = await self.retrying.acall(
            request,
            lambda left: self.sender.answer_async(request, lowered, left),
            self.explained,
            tokens=self._most(request),
        )
        return replace(made, attempts=(*tried, *made.attempts))

    async def _opened_async(
        self, request: Request, lowered: Lowered, tried: Attempts
    ) -> AsyncOpened:
        opened, failed = await self.retrying.aopened(
            request,
            lambda left: self.sender.opened_async(request, lowered, left),
            self.explained,
            tokens=self._most(request),
        )
        opened.reading.attempts = (*tried, *failed)
        return opened

    # --- what is sent, and what came of it -------------------------------------------------

    def lowered(self, request: Request) -> Lowered:
        """What is sent; raises BadInput for what cannot be."""
        known = request.schema is not None and request.schema.text in self._too_complex
        return lower(request, self.model, too_complex=known)

    def _reworded(self, request: Request, first: Lowered, error: TooComplex) -> Lowered:
        """With the schema in words, from now on; raises the error where it was so already."""
        if request.schema is None or first.enforced is Enforces.NOT:
            raise error
        self._too_complex.add(request.schema.text)
        return self.lowered(request)

    def explained(self, error: BaseException) -> Failure:
        """What it means, without secrets."""
        return explained(error, model=self.model.id, secrets=self._clients.secrets)

    def error_of(self, error: BaseException) -> S2SError:
        """The typed error that it means."""
        return self.explained(error).error

    def _most(self, request: Request) -> int:
        """Tokens that it may take from a limit per minute."""
        if not self.retrying.rates.counts_tokens:
            return 0
        return most_input(request, self.model) + most_output(request, self.model)
