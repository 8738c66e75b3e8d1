"""One value on its way: its flow, the round it waits for, and all that was spent on it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from ..errors import InvalidOutput, PluginError, S2SError
from ..exchange import (
    Attempt,
    Completion,
    Coverage,
    Enforces,
    Finish,
    Remark,
    Request,
    Result,
    Shown,
    Signal,
    Span,
    Usage,
)
from ..task import Flow
from .job import Job

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(slots=True)
class _Record:
    """One request that was answered, by a completion or an error."""

    request: Request
    answer: Completion | S2SError
    seconds: float
    problem: str = ""


@dataclass(slots=True, eq=False)
class Item(Generic[In, Out]):
    """The state of one value; `index` is its position in the input, `extent` its length."""

    job: Job[In, Out]
    index: int
    flow: Flow[Out]
    extent: int
    signal: Signal
    started: float = field(default_factory=time.monotonic)
    answers: list[Completion | None] = field(default_factory=list)
    missing: int = 0
    failure: S2SError | None = None
    records: list[_Record] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    shown: str | None = None

    def hear(self, said: Remark | Shown) -> None:
        """Keep what the flow says beside its requests."""
        if isinstance(said, Shown):
            self.shown = said.text
        elif said.text not in self.warnings:
            self.warnings.append(said.text)

    def begin(self, round_: object) -> list[Request]:
        """Open a round: the requests as they may be sent. Raises what refuses them."""
        round_ = self._sound(round_)
        self.shown = None
        self.answers, self.missing, self.failure = [None] * len(round_), len(round_), None
        admitted = []
        for request in round_:
            self._blame(request)
            allowed, warnings = self.job.admit(request, self.signal)
            self.warnings += [warning for warning in warnings if warning not in self.warnings]
            admitted.append(allowed)
        return admitted

    def _sound(self, round_: object) -> list[Request]:
        if isinstance(round_, list | tuple):
            requests = [request for request in round_ if isinstance(request, Request)]
            if len(requests) == len(round_):
                return requests
        name = self.job.task.name
        raise PluginError(
            f"the flow of the task {name!r} yielded {round_!r:.100}, not a list of requests",
            plugin=name,
        )

    def _blame(self, request: Request) -> None:
        # A repair says what was wrong with the answer before it.
        if request.earlier is not None:
            self._mark(request.earlier.answer, request.earlier.complaint)

    def _mark(self, partial: str, problem: str) -> None:
        for record in reversed(self.records):
            answer = record.answer
            if isinstance(answer, Completion) and not record.problem and answer.partial == partial:
                record.problem = problem
                return

    def note(
        self, slot: int, request: Request, answer: Completion | S2SError, asked: float
    ) -> None:
        """Keep the answer of one request of the round."""
        self.records.append(_Record(request, answer, time.monotonic() - asked))
        self.missing -= 1
        if isinstance(answer, Completion):
            self.answers[slot] = answer
        elif self.failure is None:
            self.failure = answer

    def succeeded(self, output: Out) -> Result[Out]:
        return self._result(output, None)

    def failed(self, error: S2SError) -> Result[Out]:
        """The error's `result` says what was tried and spent before it."""
        if error.result is not None:
            error = error.fresh()
        if isinstance(error, InvalidOutput) and error.completion is not None:
            self._mark(error.completion.partial, str(error))
        # Its frames hold the whole input alive, for as long as somebody keeps the result.
        error.__traceback__ = None
        result: Result[Out] = self._result(None, error)
        error.result = result
        return result

    def _result(self, output: Out | None, error: S2SError | None) -> Result[Out]:
        attempts = tuple(attempt for record in self.records for attempt in self._attempts(record))
        last = self._last()
        return Result(
            output=output,
            error=error,
            backend=(last and last.backend) or self.job.backend.name,
            model=(last and last.model) or self.job.backend.model,
            finish=Finish.of(error),
            usage=sum((attempt.usage for attempt in attempts), Usage()),
            cost=_total([attempt.cost for attempt in attempts]),
            seconds=time.monotonic() - self.started,
            coverage=self._coverage(succeeded=error is None),
            citations=last.citations if last else (),
            alternatives=last.alternatives if last else (),
            warnings=(*self.warnings, *self._said()),
            attempts=attempts,
            enforced=self._enforced(),
            decision=self.job.decision,
            index=self.index,
            raw=_raw(last),
        )

    def _attempts(self, record: _Record) -> tuple[Attempt, ...]:
        answer, seconds = record.answer, record.seconds
        if isinstance(answer, Completion):
            own = Attempt(
                backend=answer.backend,
                model=answer.model,
                finish=Finish.INVALID if record.problem else answer.finish,
                usage=answer.usage,
                cost=answer.cost,
                seconds=seconds,
                problem=record.problem,
                partial=answer.partial if record.problem or not answer.whole else "",
            )
            return (*answer.attempts, own)
        backend = self.job.backend
        spent = self.job.price(record.request)
        own = Attempt(
            backend=getattr(answer, "backend", "") or backend.name,
            model=backend.model,
            finish=Finish.of(answer),
            # What a failed request cost is known where nothing costs anything, or nothing was sent.
            cost=spent if spent == 0 else answer.cost,
            seconds=seconds,
            problem=str(answer),
            maybe_billed=answer.maybe_billed,
        )
        return (*answer.attempts, own)

    def _enforced(self) -> Enforces | None:
        """Of the last answer to a request that had a schema or form."""
        for record in reversed(self.records):
            request, answer = record.request, record.answer
            if isinstance(answer, Completion) and (request.schema or request.form):
                return answer.enforced
        return None

    def _last(self) -> Completion | None:
        completions = (r.answer for r in reversed(self.records) if isinstance(r.answer, Completion))
        return next(completions, None)

    def _coverage(self, *, succeeded: bool) -> Coverage:
        whole = (Span(0, self.extent),)
        if succeeded and not self.records:  # nothing had to be asked, as of a text without words
            return Coverage.of(whole, self.extent)
        spans: list[Span] = []
        for record in self.records:
            if isinstance(record.answer, Completion) and record.answer.whole:
                reads = record.request.reads
                spans += whole if reads is None else reads
        return Coverage.of(tuple(spans), self.extent)

    def _said(self) -> list[str]:
        said: dict[str, None] = {}
        for record in self.records:
            if isinstance(record.answer, Completion):
                said.update(dict.fromkeys(record.answer.warnings))
        return list(said)


def _total(costs: list[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _raw(last: Completion | None) -> object:
    if last is None:
        return None
    return last.output if last.raw is None else last.raw
