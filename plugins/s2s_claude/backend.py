"""Claude as a backend: one model of the service, asked from threads and event loops alike."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import Backend, Misfit, as_error
from s2s_tasks.errors import Cancelled, OutOfTime
from s2s_tasks.exchange import Completion, Signal
from s2s_tasks.remote.patience import timeouts
from s2s_tasks.remote.prices import most

from .abilities import CARD, abilities_of
from .abreast import abreast, abreast_async
from .asking import Asking
from .card import NAME
from .counting import count_tokens, most_input
from .limits import of_media
from .lowering import most_output
from .models import learned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from decimal import Decimal

    from s2s_tasks.backend import Outcome
    from s2s_tasks.errors import BackendError
    from s2s_tasks.exchange import Request
    from s2s_tasks.remote.rates import Rates

    from .clients import Clients
    from .models import Model

__all__ = ["Claude"]

LOOK: Final = 5.0
"""Seconds for what only helps: a server that does not tell of its models is not waited for."""

COUNTED: Final = frozenset({"model", "system", "messages", "output_config"})


class Claude(Backend):
    """
    Opened by `opened`, with credentials that the SDK has found.

    An answer whose stream breaks is broken off, with what there was of it.
    """

    def __init__(self, model: Model, clients: Clients, rates: Rates | None = None) -> None:
        self.name, self.model = NAME, model.id
        self.capabilities = abilities_of(model)
        self._clients, self._asking = clients, Asking(model, clients, rates)

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        """Several requests are asked at once, on threads."""
        if len(requests) > 1:
            yield from abreast(self._outcome, requests, CARD.concurrency)
        else:
            for number, request in enumerate(requests):
                yield number, self._outcome(request)

    def _outcome(self, request: Request) -> Outcome:
        try:
            request.signal.check()
            if self._asking.lowered(request).is_streamed:
                return _end_of([*self.stream(request)])
            return self._asking.answer(request)
        except Exception as error:  # noqa: BLE001  # on a thread, nobody else would hear of it
            return _failed(error)

    def stream(self, request: Request) -> Iterator[str | Completion]:
        request.signal.check()
        opened = self._asking.opened(request)
        trouble = ""
        try:
            yield from opened.pieces()
        except (Cancelled, OutOfTime):
            raise
        except Exception as error:  # noqa: BLE001  # of the wire, of the SDK, of what is no event
            trouble = self._said(error)
        finally:
            opened.close()
        yield from opened.reading.end(trouble)

    async def acomplete(self, requests: Sequence[Request]) -> AsyncIterator[tuple[int, Outcome]]:
        """Several requests are asked at once, as tasks."""
        if len(requests) > 1:
            work = abreast_async(self._outcome_async, requests, CARD.concurrency)
            async with aclosing(work) as outcomes:
                async for outcome in outcomes:
                    yield outcome
        else:
            for number, request in enumerate(requests):
                yield number, await self._outcome_async(request)

    async def _outcome_async(self, request: Request) -> Outcome:
        try:
            request.signal.check()
            if self._asking.lowered(request).is_streamed:
                return _end_of([item async for item in self.astream(request)])
            return await self._asking.answer_async(request)
        except Exception as error:  # noqa: BLE001  # on a thread, nobody else would hear of it
            return _failed(error)

    async def astream(self, request: Request) -> AsyncIterator[str | Completion]:
        request.signal.check()
        opened = await self._asking.opened_async(request)
        trouble = ""
        try:
            async with aclosing(opened.pieces()) as pieces:
                async for piece in pieces:
                    yield piece
        except (Cancelled, OutOfTime):
            raise
        except Exception as error:  # noqa: BLE001  # as above
            trouble = self._said(error)
        finally:
            await opened.aclose()
        for item in opened.reading.end(trouble):
            yield item

    def _said(self, error: BaseException) -> str:
        return f"the stream broke: {self._asking.error_of(error)}"

    # --- what it can do, and what it costs -------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = self.capabilities.misfits(request, local_only=local_only)
        return found or tuple(of_media(request, self._asking.model))

    def count_tokens(self, text: str) -> int:
        return count_tokens(text)

    def exact_tokens(self, request: Request) -> int:
        """The tokens of a request's input, counted by the service; raises S2SError."""
        sent = self._asking.lowered(request).params
        kept = {name: one for name, one in sent.items() if name in COUNTED}
        timeout = timeouts(request.signal, request.signal.remaining())
        try:
            return self._asking.sender.counted(kept, timeout)
        except Exception as error:  # a library may raise anything
            raise self._asking.error_of(error) from error

    def price(self, request: Request) -> Decimal | None:
        model = self._asking.model
        return most(model.id, most_input(request, model), most_output(request, model))

    def warm(self) -> None:
        """Ask the service what the model can do; where it does not tell, the table stays."""
        timeout = timeouts(Signal(), LOOK, idle=LOOK)
        try:
            told = self._asking.sender.described(self.model, timeout)
        except Exception:  # noqa: BLE001  # it only helps: what is wrong, the first request will say
            return
        self._asking.model = learned(self._asking.model, told)
        self.capabilities = abilities_of(self._asking.model)

    def close(self) -> None:
        self._clients.close()


def _end_of(items: Sequence[str | Completion]) -> Completion:
    end = items[-1]
    assert isinstance(end, Completion)
    return end


def _failed(error: Exception) -> BackendError:
    return as_error(NAME, error)  # type: ignore[return-value]  # the engine room takes any S2SError
