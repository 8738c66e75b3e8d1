"""
The driver that waits: it has a backend answer a board's tickets, here or on lanes.

Without a deadline and where one call at a time is all a backend takes, everything happens in
the caller's thread. Else calls run on lanes, daemon threads of their own, so that a backend
that hangs past its deadline can be left behind.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

from ..backend import Backend
from ..errors import S2SError
from ..exchange import Completion, Result
from .answers import answers
from .board import Board, Ticket

__all__ = ["ask_all", "drive", "finish"]

In = TypeVar("In")
Out = TypeVar("Out")

END: Final = object()


def finish(board: Board[In, Out], value: In) -> Result[Out]:
    """Run one value to its end."""
    [result] = drive(board, [value])
    return result


def drive(board: Board[In, Out], values: Iterable[In]) -> Iterator[Result[Out]]:
    """
    Results of `values`, handed back as the board allows.

    What the iterable itself raises is raised once all results begun are handed back.
    """
    source = _Source(values)
    capabilities = board.job.backend.capabilities
    alone = capabilities.concurrency == 1 and board.job.timeout.total is None
    try:
        yield from _here(board, source) if alone else _on_lanes(board, source)
    finally:
        board.abort()
    if source.error is not None:
        raise source.error


class _Source:
    """Feeds a board from an iterable; an exception of the iterable ends the input."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._values = iter(values)
        self.error: Exception | None = None

    def feed(self, board: Board[Any, Any], most: int) -> None:
        while board.hungry(most):
            try:
                value = next(self._values, END)
            except Exception as error:  # noqa: BLE001  # raised once nothing can be lost by it
                self.error, value = error, END
            if value is END:
                board.end_input()
                return
            board.add(value)


def _here(board: Board[In, Out], source: _Source) -> Iterator[Result[Out]]:
    backend = board.job.backend
    batch = backend.capabilities.batch
    while not board.done:
        source.feed(board, batch)
        if tickets := board.take(batch):
            for n, answer in answers(backend, [ticket.request for ticket in tickets]):
                board.answer(tickets[n], answer)
                yield from board.ready()
        yield from board.ready()


LOOK: Final = 0.25
"""Seconds after which a wait is begun anew: a Ctrl-C just before it would not end it."""


class _Lane:
    """A daemon thread that has a backend answer one batch of tickets after another."""

    def __init__(self, backend: Backend, events: queue.SimpleQueue[_Event]) -> None:
        self._backend, self._events = backend, events
        self._inbox: queue.SimpleQueue[list[Ticket] | None] = queue.SimpleQueue()
        self.tickets: list[Ticket] = []
        threading.Thread(target=self._run, name="s2s-lane", daemon=True).start()

    def ask(self, tickets: list[Ticket]) -> None:
        self.tickets = tickets
        self._inbox.put(tickets)

    def close(self) -> None:
        self._inbox.put(None)

    @property
    def abandoned(self) -> bool:
        """Nobody waits for its answers any more."""
        return all(ticket.closed for ticket in self.tickets)

    def _run(self) -> None:
        while (tickets := self._inbox.get()) is not None:
            with suppress(BaseException):  # the board is told that the call has ended
                for n, answer in answers(self._backend, [t.request for t in tickets]):
                    self._events.put((self, tickets[n], answer))
            self._events.put((self, None, None))


_Event = tuple[_Lane, Ticket | None, Completion | S2SError | None]


class _Lanes:
    """As many lanes as the backend takes calls at once, opened as they are needed."""

    def __init__(self, backend: Backend) -> None:
        self.events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._backend = backend
        self._idle: list[_Lane] = []
        self._busy: set[_Lane] = set()

    @property
    def free(self) -> bool:
        return len(self._busy) < self._backend.capabilities.concurrency

    @property
    def busy(self) -> bool:
        return bool(self._busy)

    def ask(self, tickets: list[Ticket]) -> None:
        lane = self._idle.pop() if self._idle else _Lane(self._backend, self.events)
        self._busy.add(lane)
        lane.ask(tickets)

    def rest(self, lane: _Lane) -> None:
        """The lane has come to the end of its batch."""
        if lane in self._busy:
            self._busy.remove(lane)
            self._idle.append(lane)

    def leave_behind(self) -> None:
        """Give up the lanes that nobody waits for; they end when their backend lets them."""
        for lane in [lane for lane in self._busy if lane.abandoned]:
            self._busy.remove(lane)
            lane.close()

    def close(self) -> None:
        for lane in (*self._idle, *self._busy):
            lane.close()


def _on_lanes(board: Board[In, Out], source: _Source) -> Iterator[Result[Out]]:
    lanes = _Lanes(board.job.backend)
    batch = board.job.backend.capabilities.batch
    try:
        while not board.done:
            _fill(board, source, lanes, batch)
            before = board.returned
            yield from board.ready()
            room = board.returned > before  # for more input, or to see its end
            if lanes.busy and not room and not board.done:
                _hear(board, lanes)
    finally:
        lanes.close()


def ask_all(board: Board[In, Out]) -> None:
    """Have all that waits answered, up to a request that is shown, as the backend allows."""
    lanes = _Lanes(board.job.backend)
    batch = board.job.backend.capabilities.batch
    try:
        while True:
            while lanes.free and not board.shown and (tickets := board.take(batch)):
                lanes.ask(tickets)
            if not lanes.busy or board.shown or not board.asked:
                return
            _hear(board, lanes)
    finally:
        lanes.close()


def _fill(board: Board[In, Out], source: _Source, lanes: _Lanes, batch: int) -> None:
    source.feed(board, batch)  # also when no lane is free: the end of the input must be seen
    while lanes.free and (tickets := board.take(batch)):
        lanes.ask(tickets)
        source.feed(board, batch)


def _hear(board: Board[In, Out], lanes: _Lanes) -> None:
    try:
        patience = board.patience()
        lane, ticket, answer = lanes.events.get(
            timeout=LOOK if patience is None else min(LOOK, patience)
        )
    except queue.Empty:
        board.expire()
        lanes.leave_behind()
        return
    if ticket is None or answer is None:
        board.forsake(lane.tickets)
        lanes.rest(lane)
    else:
        board.answer(ticket, answer)
