"""
The one layer that asks again, with the deadline over everything.

A backend sends once and explains what failed. Here is decided whether to send again, and when:
by the server's word or a growing pause, within the rates, never more often than `attempts`, and
only while the call can still end in time. What was tried stays on the answer, or on the error.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from ..exchange import Attempt, Completion, Request
from .course import Course, Habits
from .failure import Failure
from .rates import Rates
from .reserve import Reserve

__all__ = ["Retrying"]

T = TypeVar("T")


class Retrying:
    """
    One for each backend: its calls share their rates, and a reserve of retries.

    `attempts` at most; `cap` is the longest pause in seconds that a server may ask for.
    """

    def __init__(
        self,
        *,
        name: str,
        model: str,
        attempts: int = 3,
        cap: float = 60.0,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        asleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.rates = rates or Rates(clock=clock)
        self._sleep, self._asleep = sleep, asleep
        reserve = Reserve(clock)
        self._habits = Habits(name, model, attempts, cap, self.rates, reserve, clock, chance)

    def call(
        self,
        request: Request,
        send: Callable[[float | None], Completion],
        explain: Callable[[Exception], Failure],
        *,
        tokens: int = 0,
    ) -> Completion:
        """
        What `send` makes of the request; it is given the seconds left, None for no limit.

        `tokens` are the most that the request may take from a limit of tokens per minute. An
        S2SError that `send` raises is final; any other exception is explained.
        """
        completion, tried = self.opened(request, send, explain, tokens=tokens)
        return self._ended(completion, tried, tokens)

    async def acall(
        self,
        request: Request,
        send: Callable[[float | None], Awaitable[Completion]],
        explain: Callable[[Exception], Failure],
        *,
        tokens: int = 0,
    ) -> Completion:
        """The async twin of `call`, which also ends an attempt that outlasts the deadline."""
        completion, tried = await self.aopened(request, send, explain, tokens=tokens)
        return self._ended(completion, tried, tokens)

    def opened(
        self,
        request: Request,
        open: Callable[[float | None], T],  # noqa: A002  # the word for it
        explain: Callable[[Exception], Failure],
        *,
        tokens: int = 0,
    ) -> tuple[T, tuple[Attempt, ...]]:
        """What `open` gives, and the attempts that failed before: of a stream, only its opening."""
        course = Course(self._habits, request.signal, tokens)
        while True:
            with closing(course.pauses()) as pauses:
                for seconds in pauses:
                    self._sleep(seconds)
            try:
                return course.done(open(course.left()))
            except Exception as error:  # noqa: BLE001  # a library may raise anything
                course.failed(error, explain)

    async def aopened(
        self,
        request: Request,
        open: Callable[[float | None], Awaitable[T]],  # noqa: A002  # as above
        explain: Callable[[Exception], Failure],
        *,
        tokens: int = 0,
    ) -> tuple[T, tuple[Attempt, ...]]:
        """The async twin of `opened`."""
        course = Course(self._habits, request.signal, tokens)
        while True:
            with closing(course.pauses()) as pauses:
                for seconds in pauses:
                    await self._asleep(seconds)
            try:
                left = course.left()
                async with asyncio.timeout(left):
                    return course.done(await open(left))
            except Exception as error:  # noqa: BLE001  # as above
                course.failed(error, explain)

    def _ended(self, completion: Completion, tried: tuple[Attempt, ...], tokens: int) -> Completion:
        used = completion.usage.input_tokens + completion.usage.output_tokens
        if used and tokens:
            self.rates.give_back(0, tokens - used)
        return replace(completion, attempts=(*tried, *completion.attempts))
