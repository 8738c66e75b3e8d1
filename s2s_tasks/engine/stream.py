"""A stream: the pieces of one call as they settle, then its result."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from typing import Any, Final, Generic, Self, TypeAlias, TypeVar

from ..backend import as_error
from ..errors import BackendError, OutOfTime, S2SError
from ..exchange import Completion, Finish, Piece, Result
from ..policy import Timeout
from ..worker import on_thread
from .answers import defect, signed
from .board import GRACE, Board, Ticket
from .drive import ask_all
from .show import Show

__all__ = ["Stream"]

Out = TypeVar("Out")


NO_LIMIT: Final = Timeout()

Start: TypeAlias = Callable[[], tuple[Board[Any, Out], Any]]
"""Makes the board of one call, and the value it is about."""


class Stream(Generic[Out]):
    """
    Iterate it, with `for` or `async for`, for the pieces; then read `.result`.

    The pieces of the last attempt, joined, are the text of the value; where that is data,
    `.value` of a piece is the data so far, which is checked at the end only. An error is
    raised from the iteration. Leaving the loop early and dropping or closing the stream
    stops the work.
    """

    def __init__(self, make: Start[Out]) -> None:
        self._make = make
        self._pieces: Generator[Piece] | None = None
        self._apieces: AsyncGenerator[Piece] | None = None
        self._results: list[Result[Out]] = []

    @property
    def result(self) -> Result[Out]:
        """The result; reads the rest of a stream that is iterated synchronously."""
        if not self._results and self._apieces is None:
            for _ in self:
                pass
        if not self._results:
            raise RuntimeError("the stream has no result before it is read to its end")
        return self._results[0]

    def __iter__(self) -> Iterator[Piece]:
        if self._pieces is None:
            self._pieces = _run(self._make, self._results)
        return self._pieces

    def __aiter__(self) -> AsyncIterator[Piece]:
        if self._apieces is None:
            self._apieces = _run_async(self._make, self._results)
        return self._apieces

    def close(self) -> None:
        """Stop the work."""
        if self._pieces is not None:
            self._pieces.close()

    async def aclose(self) -> None:
        """Stop the work."""
        if self._apieces is not None:
            await self._apieces.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


# The work is done by generators that do not hold the Stream, so that dropping it ends them.


def _run(make: Start[Out], results: list[Result[Out]]) -> Generator[Piece]:
    board, value = make()
    show = Show(board.job.task.draft)
    try:
        board.add(value)
        board.end_input()
        while board.waiting:
            if not board.shown:
                ask_all(board)
            for ticket in board.take(1) if board.shown else ():
                yield from _streamed(board, ticket, show)
        yield from _end(board, show, results)
    finally:
        board.abort()


async def _run_async(make: Start[Out], results: list[Result[Out]]) -> AsyncGenerator[Piece]:
    from .drive_async import ask_all_async

    board, value = make()
    show = Show(board.job.task.draft)
    try:
        board.add(value)
        board.end_input()
        while board.waiting:
            if not board.shown:
                await ask_all_async(board)
            for ticket in board.take(1) if board.shown else ():
                async with aclosing(_streamed_async(board, ticket, show)) as pieces:
                    async for piece in pieces:
                        yield piece
        for piece in _end(board, show, results):
            yield piece
    finally:
        board.abort()


def _end(board: Board[Any, Out], show: Show, results: list[Result[Out]]) -> Iterator[Piece]:
    results += board.ready()
    value = results[0].value
    text = value if board.last_shown is None else board.last_shown
    if isinstance(text, str):
        yield from show.rest(text)


def _streamed(board: Board[Any, Any], ticket: Ticket, show: Show) -> Iterator[Piece]:
    hearing = _Hearing(board, ticket)
    try:
        yield from show.begin(ticket.request)
        with closing(hearing.items()) as items:
            for item in items:
                if text := hearing.text_of(item):
                    yield from show.more(text)
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # a backend may raise anything
        hearing.failed(error)
    board.answer(ticket, hearing.answer())


async def _streamed_async(
    board: Board[Any, Any], ticket: Ticket, show: Show
) -> AsyncGenerator[Piece]:
    from asyncio import CancelledError

    hearing = _Hearing(board, ticket)
    try:
        for piece in show.begin(ticket.request):
            yield piece
        async with aclosing(hearing.items_async()) as items:
            async for item in items:
                for piece in show.more(text) if (text := hearing.text_of(item)) else ():
                    yield piece
    except (GeneratorExit, KeyboardInterrupt, CancelledError):
        raise
    except BaseException as error:  # noqa: BLE001  # a backend may raise anything
        hearing.failed(error)
    board.answer(ticket, hearing.answer())


class _Hearing:
    """Listens to one streamed request: what came, what the end was, and how long to wait."""

    def __init__(self, board: Board[Any, Any], ticket: Ticket) -> None:
        self._backend, self._timeout = board.job.backend, board.job.timeout
        self._request = ticket.request
        self._partial = ""
        self._end: Completion | S2SError | None = None
        self._heard = False
        self._began = time.monotonic()
        self._limit = "total"

    def items(self) -> Generator[str | Completion]:
        """The backend's stream; on a thread of its own only if there is a limit to keep."""
        if self._timeout == NO_LIMIT:
            yield from self._stream()
            return
        try:
            yield from on_thread(self._stream, self._patience)
        except TimeoutError:
            raise self._too_late(self._limit) from None

    def _stream(self) -> Iterator[str | Completion]:
        stream = iter(self._backend.stream(self._request))
        return self._backend.gate.steps(stream, self._request.signal.check)

    async def items_async(self) -> AsyncGenerator[str | Completion]:
        import asyncio

        stream = aiter(self._backend.astream(self._request))
        steps = self._backend.gate.steps_async(stream, self._request.signal.check)
        async with aclosing(steps):
            while True:
                try:
                    async with asyncio.timeout(self._patience()):
                        item = await anext(steps, None)
                except TimeoutError:
                    raise self._too_late(self._limit) from None
                if item is None:
                    return
                yield item

    def text_of(self, item: object) -> str:
        """The text of a piece; remembers a Completion as the end. Raises if it is neither."""
        self._heard = True
        if self._request.signal.remaining() == 0:
            raise self._too_late("total")
        if self._end is not None or not isinstance(item, str | Completion):
            raise BackendError(
                f"{self._backend.name} broke its contract: it streamed {item!r:.200}",
                hint="stream() yields text, then one Completion as the last item",
            )
        if isinstance(item, Completion):
            self._end = defect(item, self._backend) or item
            return ""
        self._partial += item
        return item

    def failed(self, error: BaseException) -> None:
        self._request.signal.abort()
        self._end = as_error(self._backend.name, error)

    def answer(self) -> Completion | S2SError:
        """The end that was heard; a stream that has text but no end broke off."""
        silence = BackendError(f"{self._backend.name} gave no answer", retryable=True)
        partial = Completion(self._partial, Finish.BROKEN) if self._partial else silence
        end = self._end or partial
        return signed(end, self._backend) if isinstance(end, Completion) else end

    def _patience(self) -> float | None:
        """How long to wait from now on, which begins when the reader asks for more."""
        limits = dict(self._limits())
        self._limit = min(limits, key=limits.__getitem__, default="total")
        return limits.get(self._limit)

    def _limits(self) -> Iterator[tuple[str, float]]:
        if (total := self._request.signal.remaining()) is not None:
            yield "total", total + GRACE
        if not self._heard and self._timeout.first is not None:
            yield "first", max(0.0, self._began + self._timeout.first - time.monotonic())
        if self._heard and self._timeout.idle is not None:
            yield "idle", self._timeout.idle

    def _too_late(self, limit: str) -> OutOfTime:
        what = {"total": "no answer", "first": "no first piece", "idle": "no further piece"}[limit]
        seconds = getattr(self._timeout, limit)
        return OutOfTime(f"{what} from {self._backend.name} within {seconds} s", limit=limit)
