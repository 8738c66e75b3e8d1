"""Several requests at once, on threads or as async tasks; left early, the others are stopped."""

from __future__ import annotations

import asyncio
import queue
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from s2s_tasks.exchange import Signal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence

    from s2s_tasks.backend import Outcome
    from s2s_tasks.exchange import Request

__all__ = ["abreast", "abreast_async"]


class _Tied(Signal):
    """Stops when another does, and by itself."""

    __slots__ = ("_other",)

    def __init__(self, other: Signal) -> None:
        super().__init__(other.deadline)
        self._other = other

    @property
    def aborted(self) -> bool:
        return super().aborted or self._other.aborted

    def check(self) -> None:
        self._other.check()
        super().check()


def abreast(
    work: Callable[[Request], Outcome], requests: Sequence[Request], most: int
) -> Iterator[tuple[int, Outcome]]:
    """The outcomes as they come, of at most so many requests at once. `work` does not raise."""
    tied = [_Tied(request.signal) for request in requests]
    waiting = iter([*enumerate(requests)])
    lock, done = threading.Lock(), queue.SimpleQueue[tuple[int, "Outcome"]]()

    def run() -> None:
        while True:
            with lock:
                number, request = next(waiting, (None, None))
            if number is None or request is None:
                return
            done.put((number, work(replace(request, signal=tied[number]))))

    for _ in range(min(most, len(requests))):
        threading.Thread(target=run, name="s2s-claude", daemon=True).start()
    try:
        for _ in requests:
            yield done.get()
    finally:
        for signal in tied:
            signal.abort()


async def abreast_async(
    work: Callable[[Request], Awaitable[Outcome]], requests: Sequence[Request], most: int
) -> AsyncGenerator[tuple[int, Outcome]]:
    """The async twin of `abreast`."""
    places = asyncio.Semaphore(most)

    async def run(number: int, request: Request) -> tuple[int, Outcome]:
        async with places:
            return number, await work(request)

    tasks = [asyncio.create_task(run(number, one)) for number, one in enumerate(requests)]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        for left in tasks:
            left.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
