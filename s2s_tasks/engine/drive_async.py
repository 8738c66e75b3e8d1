"""The driver for an event loop: the same board, answered by coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from ..errors import S2SError
from ..exchange import Completion, Result
from .answers import answers_async
from .board import Board, Ticket
from .drive import END

__all__ = ["ask_all_async", "drive_async", "finish_async"]

In = TypeVar("In")
Out = TypeVar("Out")


async def finish_async(board: Board[In, Out], value: In) -> Result[Out]:
    """Run one value to its end."""
    [result] = [result async for result in drive_async(board, [value])]
    return result


async def drive_async(
    board: Board[In, Out], values: Iterable[In] | AsyncIterable[In]
) -> AsyncGenerator[Result[Out]]:
    """The async twin of `drive`; takes async iterables as well."""
    traffic = _Traffic(board, values)
    try:
        while not board.done:
            traffic.fill()
            before = board.returned
            for result in board.ready():
                yield result
            room = board.returned > before  # for more input, or to see its end
            if traffic.busy and not room and not board.done:
                await traffic.hear()
    finally:
        board.abort()
        await traffic.close()
    if traffic.error is not None:
        raise traffic.error


async def ask_all_async(board: Board[Any, Any]) -> None:
    """The async twin of `ask_all`."""
    traffic = _Traffic(board, ())
    try:
        while True:
            traffic.ask_hidden()
            if not traffic.busy or board.shown or not board.asked:
                return
            await traffic.hear()
    finally:
        await traffic.close()


@dataclass(eq=False, slots=True)
class _Call:
    """One `acomplete` under way; read from the events, it has come to its end."""

    tickets: list[Ticket]
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _Came:
    """What an async iterable gave: a value, END, or its error."""

    value: Any = END
    error: BaseException | None = None


_Event: TypeAlias = tuple[Ticket, Completion | S2SError] | _Call | _Came


class _Traffic:
    """
    The calls under way, and the value being waited for.

    All that happens is an event on one queue, so that an answer is never read after the end
    of its call, and waiting for a value keeps no answer waiting.
    """

    def __init__(self, board: Board[Any, Any], values: Iterable[Any] | AsyncIterable[Any]) -> None:
        self._board = board
        self._backend = board.job.backend
        self._values = values.__aiter__() if isinstance(values, AsyncIterable) else iter(values)
        self._events: asyncio.Queue[_Event] = asyncio.Queue()
        self._calls: set[_Call] = set()
        self._coming: asyncio.Task[None] | None = None
        self.error: BaseException | None = None

    @property
    def busy(self) -> bool:
        return bool(self._calls) or self._coming is not None

    @property
    def _free(self) -> bool:
        return len(self._calls) < self._backend.capabilities.concurrency

    def ask_hidden(self) -> None:
        """Ask what waits, up to a request that is shown."""
        batch = self._backend.capabilities.batch
        while self._free and not self._board.shown and (tickets := self._board.take(batch)):
            self._ask(tickets)

    def fill(self) -> None:
        """Ask what the board has, as places are free."""
        batch = self._backend.capabilities.batch
        self._feed(batch)  # also when nothing is free: the end of the input must be seen
        while self._free and (tickets := self._board.take(batch)):
            self._ask(tickets)
            self._feed(batch)

    def _feed(self, most: int) -> None:
        while self._board.hungry(most) and self._coming is None:
            if isinstance(self._values, AsyncIterator):
                self._coming = asyncio.create_task(self._pull(self._values))
                return
            try:
                self._came(_Came(next(self._values, END)))
            except Exception as error:  # noqa: BLE001  # raised once nothing can be lost by it
                self._came(_Came(error=error))

    async def _pull(self, values: AsyncIterator[Any]) -> None:
        try:
            self._events.put_nowait(_Came(await anext(values, END)))
        except BaseException as error:  # noqa: BLE001  # raised once nothing can be lost by it
            self._events.put_nowait(_Came(error=error))

    def _came(self, came: _Came) -> None:
        self._coming, self.error = None, came.error
        if came.value is END:
            self._board.end_input()
        else:
            self._board.add(came.value)

    def _ask(self, tickets: list[Ticket]) -> None:
        call = _Call(tickets)
        self._calls.add(call)
        call.task = asyncio.create_task(self._run(call))

    async def _run(self, call: _Call) -> None:
        requests = [ticket.request for ticket in call.tickets]
        try:
            async for n, answer in answers_async(self._backend, requests):
                self._events.put_nowait((call.tickets[n], answer))
        finally:
            self._events.put_nowait(call)

    async def hear(self) -> None:
        """Wait for the next event or deadline."""
        try:
            event = await asyncio.wait_for(self._events.get(), self._board.patience())
        except TimeoutError:
            self._board.expire()
            self._leave_behind()
            return
        match event:
            case _Came():
                self._came(event)
            case _Call():
                self._board.forsake(event.tickets)
                self._calls.discard(event)
            case (ticket, answer):
                self._board.answer(ticket, answer)

    def _leave_behind(self) -> None:
        late = {call for call in self._calls if all(ticket.closed for ticket in call.tickets)}
        self._calls -= late
        for call in late:
            if call.task is not None:
                call.task.cancel()

    async def close(self) -> None:
        """Cancel what is still under way."""
        tasks = [self._coming, *(call.task for call in self._calls)]
        left = [task for task in tasks if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
