"""The results of a map, as they come."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, Generic, Self, TypeVar

from ..errors import S2SError
from ..exchange import Finish, Result
from ..task import Task
from .board import Board, task_failed
from .drive import END, drive
from .job import Job

__all__ = ["Results"]

Out = TypeVar("Out")

WINDOW = 4
"""Items held at once, per request that the backend can have in work: enough that one slow
item does not starve the others while results are handed back in order."""


class Results(Generic[Out]):
    """
    Iterate with `for` or `async for`: lazy, in order, in memory bounded by a window.

    A failed item is a result with an `.error`. What the input iterable raises is raised
    after the results that were begun before it. Leaving the loop stops the work.
    """

    def __init__(
        self,
        task: Task[Any, Out],
        values: Iterable[Any] | AsyncIterable[Any],
        job: Callable[[Any], Job[Any, Out]],
    ) -> None:
        self._task, self._values, self._job = task, values, job
        self._ordered = True
        self._running: Iterator[Result[Out]] | None = None

    def as_completed(self) -> Self:
        """Hand results back as they are done; `result.index` is the position in the input."""
        self._ordered = False
        return self

    def __iter__(self) -> Iterator[Result[Out]]:
        if self._running is None:
            self._running = self._run()
        return self._running

    def __next__(self) -> Result[Out]:
        return next(iter(self))

    def __aiter__(self) -> AsyncIterator[Result[Out]]:
        return self._arun()

    def _run(self) -> Iterator[Result[Out]]:
        if isinstance(self._values, AsyncIterable):
            raise TypeError("the values are an async iterable: read the results with `async for`")
        values = iter(self._values)
        for index, value in enumerate(values):
            prepared = self._prepared(value)
            if not isinstance(prepared, _Defect):
                yield from drive(self._board(prepared, index), chain([prepared], values))
                return
            yield _bad(prepared.error, index)

    async def _arun(self) -> AsyncIterator[Result[Out]]:
        from .drive_async import drive_async

        values: Iterator[Any] | AsyncIterator[Any] = (
            aiter(self._values) if isinstance(self._values, AsyncIterable) else iter(self._values)
        )
        index = 0
        while (value := await _next(values)) is not END:
            prepared = self._prepared(value)
            if not isinstance(prepared, _Defect):
                board = self._board(prepared, index)
                async with aclosing(drive_async(board, _chained(prepared, values))) as results:
                    async for result in results:
                        yield result
                return
            yield _bad(prepared.error, index)
            index += 1

    def _prepared(self, value: Any) -> Any:
        """The value as a backend can be chosen by, or why no request can be made of it."""
        try:
            prepared = self._task.prepare(value)
            self._task.request(prepared)
        except S2SError as error:
            return _Defect(error)
        except Exception as error:  # noqa: BLE001  # a task may be a plugin's
            return _Defect(task_failed(self._task.name, error))
        return prepared

    def _board(self, value: Any, index: int) -> Board[Any, Out]:
        job = self._job(value)
        capabilities = job.backend.capabilities
        window = WINDOW * capabilities.concurrency * capabilities.batch
        return Board(job, window=window, ordered=self._ordered, first=index)


@dataclass(frozen=True)
class _Defect:
    error: S2SError


def _bad(error: S2SError, index: int) -> Result[Any]:
    result: Result[Any] = Result(error=error, finish=Finish.ERROR, cost=Decimal(0), index=index)
    error.result = result
    return result


async def _next(values: Iterator[Any] | AsyncIterator[Any]) -> Any:
    if isinstance(values, AsyncIterator):
        return await anext(values, END)
    return next(values, END)


def _chained(
    value: Any, values: Iterator[Any] | AsyncIterator[Any]
) -> Iterator[Any] | AsyncIterator[Any]:
    return _achained(value, values) if isinstance(values, AsyncIterator) else chain([value], values)


async def _achained(value: Any, values: AsyncIterator[Any]) -> AsyncIterator[Any]:
    yield value
    async for later in values:
        yield later
