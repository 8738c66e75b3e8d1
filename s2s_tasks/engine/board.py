"""
Flows side by side, without I/O: values come in, tickets go out, answers come back.

Memory is bounded by the window (items begun and not yet handed back), never by the input.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar

from ..errors import BackendError, PluginError, S2SError
from ..exchange import Completed, Completion, Remark, Request, Result, Shown, Signal
from ..task import Budget, Flow, Task
from .item import Item
from .job import Job

In = TypeVar("In")
Out = TypeVar("Out")

GRACE = 0.2
"""Seconds after a deadline in which a backend may say itself that it stopped, and what it spent."""


def guarded_flow(job: Job[In, Out], value: In, budget: Budget) -> Flow[Out]:
    """The task's flow; a defect in the task itself is an error of this item only."""
    task = job.task
    try:
        prepared = task.prepare(value)
        job.check(task.request(prepared))  # the flow may ask for parts first, and for this at last
        return (yield from task.flow(prepared, budget))
    except (S2SError, GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise task_failed(task.name, error) from error


def extent_of(task: Task[In, Out], value: In) -> int:
    """The length of the input, by the task's word; 0 if it has a defect there."""
    try:
        return task.extent(value)
    except Exception:  # noqa: BLE001  # the flow will meet the value too, and say what is wrong
        return 0


def task_failed(name: str, error: BaseException) -> PluginError:
    """The error that names a task with a defect."""
    return PluginError(f"the task {name!r} failed: {type(error).__name__}: {error}", plugin=name)


def _next_round(item: Item[Any, Any], news: Sequence[Completion] | S2SError | None) -> object:
    """What the flow asks next; what it says before that is heard."""
    said: object = (
        item.flow.throw(news.fresh()) if isinstance(news, S2SError) else item.flow.send(news)  # type: ignore[arg-type]  # None starts it
    )
    while isinstance(said, Remark | Shown):
        item.hear(said)
        said = item.flow.send(())
    return said


@dataclass(slots=True, eq=False)
class Ticket:
    """One request to ask; `reserved` is what it may cost at most."""

    item: Item[Any, Any] = field(repr=False)
    slot: int
    request: Request
    asked: float = 0.0
    reserved: Decimal = Decimal(0)
    closed: bool = False


class Board(Generic[In, Out]):
    """
    Advances any number of flows of one job.

    `window` bounds the items held at once. In order, a finished item waits for those before
    it; else it is handed back as soon as it is done. `first` is the index of the first item.
    """

    def __init__(
        self,
        job: Job[In, Out],
        *,
        window: int = 1,
        ordered: bool = True,
        streamed: bool = False,
        first: int = 0,
    ) -> None:
        self.job = job
        self._window, self._ordered = window, ordered
        self._budget = job.budget(one_by_one=streamed)
        self._waiting: deque[Ticket] = deque()
        self._asked: set[Ticket] = set()
        self._open: set[Item[In, Out]] = set()
        self._finished: dict[int, Result[Out]] = {}
        self._added = self.returned = first
        self.last_shown: str | None = None
        self._committed = Decimal(0)
        self._input_ended = False

    # --- values in -------------------------------------------------------------------------

    def hungry(self, most: int) -> bool:
        """Whether another value is needed to fill a call of `most` requests."""
        held = self._added - self.returned
        return not self._input_ended and len(self._waiting) < most and held < self._window

    def add(self, value: In) -> None:
        """Begin the flow of another value."""
        index, self._added = self._added, self._added + 1
        timeout = self.job.timeout.total
        signal = Signal(None if timeout is None else time.monotonic() + timeout)
        task = self.job.task
        flow = guarded_flow(self.job, value, self._budget)
        item = Item(self.job, index, flow, extent_of(task, value), signal)
        self._open.add(item)
        self._advance(item, None)

    def end_input(self) -> None:
        """No more values will be added."""
        self._input_ended = True

    # --- requests out, answers back --------------------------------------------------------

    def take(self, most: int) -> list[Ticket]:
        """Up to `most` requests to ask now."""
        tickets: list[Ticket] = []
        while self._waiting and len(tickets) < most:
            ticket = self._waiting.popleft()
            if self._afford(ticket):
                tickets.append(ticket)
        return tickets

    def _afford(self, ticket: Ticket) -> bool:
        ticket.asked = time.monotonic()
        self._asked.add(ticket)
        try:
            ticket.item.signal.check()
            ticket.reserved = self.job.check_cost(ticket.request, self._committed)
        except S2SError as error:
            self._refuse(ticket, error)
            return False
        self._committed += ticket.reserved
        return True

    def _refuse(self, ticket: Ticket, error: S2SError) -> None:
        # Nothing was sent, so no attempt is recorded.
        self._asked.discard(ticket)
        ticket.closed = True
        item = ticket.item
        item.missing -= 1
        item.failure = item.failure or error
        self._drop_waiting(item)
        if not item.missing:
            self._advance(item, error)

    def answer(self, ticket: Ticket, answer: Completion | S2SError) -> None:
        """Bring back what became of a ticket; an answer after it was closed is ignored."""
        if ticket.closed:
            return
        ticket.closed = True
        self._asked.discard(ticket)
        item = ticket.item
        cost = answer.cost if isinstance(answer, Completion) else None
        self._committed += (ticket.reserved if cost is None else cost) - ticket.reserved
        item.note(ticket.slot, ticket.request, answer, ticket.asked)
        if item.failure is not None:
            self._drop_waiting(item)
        if not item.missing:
            self._advance(item, item.failure or [a for a in item.answers if a is not None])

    def _drop_waiting(self, item: Item[In, Out]) -> None:
        kept = [ticket for ticket in self._waiting if ticket.item is not item]
        item.missing -= len(self._waiting) - len(kept)
        self._waiting = deque(kept)

    def _advance(self, item: Item[In, Out], news: Sequence[Completion] | S2SError | None) -> None:
        """Send a flow its round's completions, or throw it what went wrong with them."""
        try:
            while True:
                round_ = _next_round(item, news)
                try:
                    requests = item.begin(round_)
                    break
                except S2SError as refusal:
                    news = refusal
        except StopIteration as end:
            self._finish(item, item.succeeded(end.value))
        except S2SError as error:
            self._finish(item, item.failed(error))
        else:
            self._waiting.extend(Ticket(item, n, request) for n, request in enumerate(requests))
            if not requests:
                self._advance(item, [])

    def _finish(self, item: Item[In, Out], result: Result[Out]) -> None:
        self._open.discard(item)
        self.last_shown = item.shown
        self._finished[item.index] = result
        self.job.completed(Completed(self.job.task.name, result))

    # --- deadlines -------------------------------------------------------------------------

    def patience(self) -> float | None:
        """Seconds until the first ticket that is out must be given up; None if there is none."""
        left = [t.item.signal.remaining() for t in self._asked]
        return min((seconds + GRACE for seconds in left if seconds is not None), default=None)

    def expire(self) -> None:
        """Close the tickets whose deadline has passed, and tell their backends to stop."""
        for ticket in [ticket for ticket in self._asked if ticket.item.signal.overdue(GRACE)]:
            try:
                ticket.item.signal.check()
            except S2SError as error:
                self.answer(ticket, error)
            ticket.item.signal.abort()

    def abort(self) -> None:
        """Tell every backend that works for this board to stop."""
        for item in self._open:
            item.signal.abort()
            item.flow.close()

    # --- results back ----------------------------------------------------------------------

    def ready(self) -> Iterator[Result[Out]]:
        """Results that may be handed back now; each is forgotten as it is."""
        while self._finished:
            index = self.returned if self._ordered else next(iter(self._finished))
            if index not in self._finished:
                return
            self.returned += 1
            yield self._finished.pop(index)

    @property
    def waiting(self) -> bool:
        return bool(self._waiting)

    @property
    def asked(self) -> bool:
        """Whether any request is out."""
        return bool(self._asked)

    @property
    def shown(self) -> bool:
        """Whether all that waits is one request whose answer is a part of the value."""
        alone = len(self._waiting) == 1 and not self._asked
        return alone and self._waiting[0].request.lead is not None

    def forsake(self, tickets: list[Ticket]) -> None:
        """The call of these tickets has come to its end: what it left open failed."""
        for ticket in tickets:
            self.answer(ticket, BackendError(f"{self.job.backend.name} gave no answer"))

    @property
    def done(self) -> bool:
        """All values were added, answered and handed back."""
        return self._input_ended and self._added == self.returned
