"""One call on its way: what was tried, and whether and when to try again."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from ..errors import OutOfTime, S2SError
from ..exchange import Attempt, Finish, Signal
from .failure import Billed, Failure
from .patience import LOOK
from .pauses import backoff
from .rates import Rates, too_slow
from .reserve import Reserve

__all__ = ["Course", "Habits"]

T = TypeVar("T")

SHORTEST = 0.05
"""Seconds: an attempt with less left cannot end in time."""

EARLY = 0.01
"""Seconds by which the timer of an event loop may be early."""

SPREAD = 0.25
"""Seconds over which those who were asked to wait come back."""


@dataclass(frozen=True)
class Habits:
    """What all calls of one backend have in common."""

    name: str
    model: str
    attempts: int
    cap: float
    rates: Rates
    reserve: Reserve
    clock: Callable[[], float]
    chance: Callable[[], float]


@dataclass
class Course:
    """The state of one call."""

    habits: Habits
    signal: Signal
    tokens: int
    tried: list[Attempt] = field(default_factory=list)
    pause: float = 0.0
    began: float = 0.0

    def left(self) -> float | None:
        """Seconds until the deadline, None for no limit. Raises OutOfTime if they are over."""
        left = self._left()
        if left <= 0:
            raise self._with_tried(_late())
        return None if left == math.inf else left

    def _left(self) -> float:
        deadline = self.signal.deadline
        return math.inf if deadline is None else deadline - self.habits.clock()

    def pauses(self) -> Generator[float]:
        """What to sleep before the next attempt, in steps between which the signal is heard."""
        yield from self._steps(self.pause)
        while True:
            yield from self._steps(self._in_time(self._held()))
            yield from self._queued()
            if not self.habits.rates.held():
                break
            self._give_back()  # all were asked to wait while this one did
        self.began = self.habits.clock()

    def _steps(self, seconds: float) -> Iterator[float]:
        until = self.habits.clock() + seconds
        self._check()
        while (seconds := until - self.habits.clock()) > 0:
            yield min(seconds, LOOK)
            self._check()

    def _check(self) -> None:
        try:
            self.signal.check()
        except S2SError as error:
            raise self._with_tried(error) from None
        self.left()

    def _held(self) -> float:
        """Seconds for which the server lets nobody through, and some to come back one by one."""
        held = self.habits.rates.held()
        return held + SPREAD * self.habits.chance() if held else 0.0

    def _queued(self) -> Iterator[float]:
        """Wait for the turn that the rates give."""
        turn = self.habits.rates.reserve(self.tokens)
        try:
            yield from self._steps(self._in_time(turn))
        except BaseException:
            self._give_back()
            raise

    def _in_time(self, seconds: float) -> float:
        if seconds > (left := self._left()) - SHORTEST:
            raise self._with_tried(too_slow(seconds, left))
        return seconds

    def _give_back(self) -> None:
        self.habits.rates.give_back(1, self.tokens)

    def done(self, answer: T) -> tuple[T, tuple[Attempt, ...]]:
        """The answer, and what was tried before it."""
        self.habits.reserve.succeeded()
        return answer, tuple(self.tried)

    def failed(self, error: Exception, explain: Callable[[Exception], Failure]) -> None:
        """Set the pause before the next attempt, or raise what the call came to."""
        failure = self._explained(error, explain)
        if failure.after is not None:
            self.habits.rates.hold(min(failure.after, self.habits.cap))
        if failure.billed is Billed.NO:
            self.habits.rates.give_back(0, self.tokens)
        pause = self._pause(failure)
        if pause is None:
            if failure.error is _typed(error):
                failure.error.attempts = tuple(self.tried)
                raise failure.error  # which has a cause of its own, or none
            raise self._with_tried(failure.error, failure.billed) from error
        self.pause = pause
        self.tried.append(self._attempt(failure))

    def _explained(self, error: Exception, explain: Callable[[Exception], Failure]) -> Failure:
        ours, over = _typed(error), self._left() < EARLY
        if ours is not None:
            return Failure(ours, billed=Billed.MAYBE if ours.maybe_billed else Billed.NO)
        if over and isinstance(error, TimeoutError):
            return Failure(_late(), billed=Billed.MAYBE)
        failure = explain(error)
        if over and (failure.retry or failure.billed is Billed.MAYBE):
            return replace(failure, error=_late(), retry=False)
        return failure

    def _pause(self, failure: Failure) -> float | None:
        """Seconds before another attempt; None if there is to be none."""
        more = self.habits.attempts - len(self.tried) - 1
        if not failure.retry or more < 1:
            return None
        pause = self._asked(failure.after, more) if failure.after else self._own()
        return None if pause is None or pause > self._left() - SHORTEST else pause

    def _asked(self, after: float, more: int) -> float | None:
        """As the server asks, unless the attempts that are left cannot outlast it."""
        cap = self.habits.cap
        return None if after > cap * more else min(after, cap) + SPREAD * self.habits.chance()

    def _own(self) -> float | None:
        if not self.habits.reserve.draw():
            return None
        return backoff(len(self.tried) + 1, self.habits.chance())

    def _attempt(self, failure: Failure) -> Attempt:
        return Attempt(
            self.habits.name,
            self.habits.model,
            Finish.of(failure.error),
            cost=_cost(failure.billed),
            seconds=self.habits.clock() - self.began,
            problem=str(failure.error),
            maybe_billed=failure.billed is Billed.MAYBE,
        )

    def _with_tried(self, error: S2SError, billed: Billed = Billed.NO) -> S2SError:
        """The error of an attempt that failed, or was not begun."""
        error.attempts = tuple(self.tried)
        error.maybe_billed, error.cost = billed is Billed.MAYBE, _cost(billed)
        return error


def _cost(billed: Billed) -> Decimal | None:
    return Decimal(0) if billed is Billed.NO else None


def _late() -> OutOfTime:
    return OutOfTime("no answer within the timeout", limit="total")


def _typed(error: BaseException | None) -> S2SError | None:
    """What was raised on purpose, also where a library has wrapped it into an error of its own."""
    while error is not None and not isinstance(error, S2SError):
        error = error.__cause__
    return error
