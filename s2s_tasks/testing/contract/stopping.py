"""Claims about a request's signal: work that nobody waits for any more ends soon."""

# a claim is its name
from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from unittest import SkipTest

from ...backend import Backend, Outcome
from ...errors import Cancelled, OutOfTime
from ...exchange import Completion, Request, Signal
from .subject import Subject, answers, attempt, drained, within

if TYPE_CHECKING:
    from ...errors import S2SError

__all__ = ["Stopping"]

T = TypeVar("T")
Ask: TypeAlias = Callable[[Backend, Request], Outcome]


class Stopping(Subject):
    """The signal is looked at before the work and, where there is much of it, during it."""

    def test_an_aborted_request_is_not_answered(self) -> None:
        self._refused_by_signal(_completed, _aborted(), Cancelled)

    def test_an_aborted_request_is_not_streamed(self) -> None:
        self._refused_by_signal(_streamed, _aborted(), Cancelled)

    def test_a_request_past_its_deadline_is_out_of_time(self) -> None:
        self._refused_by_signal(_completed, Signal(deadline=time.monotonic() - 1), OutOfTime)

    def test_an_abort_ends_complete_in_time(self) -> None:
        self._stopped_halfway(_completed)

    def test_an_abort_ends_a_stream_in_time(self) -> None:
        self._stopped_halfway(_streamed)

    def _refused_by_signal(self, ask: Ask, signal: Signal, kind: type[S2SError]) -> None:
        with self.opened() as backend:
            request = replace(self.example_requests()[0], signal=signal)
            outcome = within(self.patience, lambda: attempt(lambda: ask(backend, request)))
        assert isinstance(outcome, kind), f"not {kind.__name__}, but {outcome!r:.200}"

    def _stopped_halfway(self, ask: Ask) -> None:
        request = self.long_request() or self.example_requests()[-1]
        with self.opened() as backend:
            began = time.monotonic()
            whole = within(self.patience, lambda: ask(backend, request))
            took = time.monotonic() - began
            if took < 4 * self.cancel_within:
                raise SkipTest(f"done in {took:.3f} s, too soon to be stopped: see long_request")
            stop = _Stop(after=took / 4)
            stopped = replace(request, signal=stop.signal)
            outcome = within(self.patience, lambda: stop.during(lambda: ask(backend, stopped)))
        assert stop.waited <= self.cancel_within, f"ran on for {stop.waited:.3f} s after the abort"
        if isinstance(outcome, Completion) and outcome.whole:
            assert self.same(outcome, whole), f"stopped, it gave as whole {outcome!r:.200}"


class _Stop:
    """An abort during the work; `waited` is how long the work then went on."""

    def __init__(self, after: float) -> None:
        self.signal = Signal()
        self.waited = 0.0
        self._timer = threading.Timer(after, self._abort)

    def during(self, work: Callable[[], T]) -> T | S2SError:
        self._timer.start()
        try:
            return attempt(work)
        finally:
            self._timer.cancel()
            if self.signal.aborted:
                self.waited = time.monotonic() - self._when

    def _abort(self) -> None:
        self._when = time.monotonic()
        self.signal.abort()


def _completed(backend: Backend, request: Request) -> Outcome:
    return answers(backend, [request])[0]


def _streamed(backend: Backend, request: Request) -> Outcome:
    return drained(backend.stream(request))[1]


def _aborted() -> Signal:
    signal = Signal()
    signal.abort()
    return signal
