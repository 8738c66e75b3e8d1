"""Claims about a request's signal: work that nobody waits for any more ends soon."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from unittest import SkipTest

from ...backend import Backend, Outcome
from ...errors import Cancelled, OutOfTime, S2SError
from ...exchange import Completion, Request, Signal
from .subject import Subject, answers, attempt, drained, within

__all__ = ["Stopping"]

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
            within(self.patience, lambda: ask(backend, request))
            took = time.monotonic() - began
            if took < 4 * self.cancel_within:
                raise SkipTest(f"done in {took:.3f} s, too soon to be stopped: see long_request")
            outcome, waited = self._aborted_after(took / 4, lambda asked: ask(backend, asked))
        assert waited <= self.cancel_within, f"ran on for {waited:.3f} s after the abort"
        whole = isinstance(outcome, Completion) and outcome.whole
        assert not whole, f"stopped halfway, it gave as a whole answer {outcome!r:.200}"

    def _aborted_after(
        self, seconds: float, ask: Callable[[Request], Outcome]
    ) -> tuple[Outcome | S2SError, float]:
        """What came of the long request, and how long after its abort."""
        signal, when = Signal(), [0.0]
        request = replace(self.long_request() or self.example_requests()[-1], signal=signal)

        def abort() -> None:
            when[0] = time.monotonic()
            signal.abort()

        timer = threading.Timer(seconds, abort)
        timer.start()
        try:
            outcome = within(self.patience, lambda: attempt(lambda: ask(request)))
            return outcome, time.monotonic() - (when[0] or time.monotonic())
        finally:
            timer.cancel()


def _completed(backend: Backend, request: Request) -> Outcome:
    return answers(backend, [request])[0]


def _streamed(backend: Backend, request: Request) -> Outcome:
    return drained(backend.stream(request))[1]


def _aborted() -> Signal:
    signal = Signal()
    signal.abort()
    return signal
