"""
One task of a client, to be called, streamed, awaited, mapped or explained.

A verb takes the settings of its task and the options of the run, both from the task's own
constructor, so a misspelt setting is seen by the type checker and `Result[Invoice]` follows
from `schema=Invoice`.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from .engine import Results, Stream
from .exchange import Decision, Result
from .task import Task

if TYPE_CHECKING:
    from inspect import Signature

    from .client import Tasks

__all__ = ["Verb"]

In = TypeVar("In")
Out = TypeVar("Out")
P = ParamSpec("P")


class Verb(Generic[In, P, Out]):  # noqa: D101  # its __doc__ is a property
    def __init__(self, task: Callable[P, Task[In, Out]], client: Tasks | None = None) -> None:
        self.task = task
        self._bound = client

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # help() asks each verb for its own
        from .describe import described

        return described(self.task)[0]

    @property
    def __signature__(self) -> Signature:
        from .describe import described

        return described(self.task)[1]

    def __get__(self, client: Tasks | None, owner: type[Tasks]) -> Verb[In, P, Out]:
        return self if client is None else Verb(self.task, client)

    @property
    def _client(self) -> Tasks:
        if self._bound is None:
            raise TypeError("call verbs on a client, as in Tasks().summarize(text)")
        return self._bound

    def __call__(self, value: In, /, *args: P.args, **kwargs: P.kwargs) -> Result[Out]:
        """Do it now. Raises what went wrong, with what was spent as `error.result`."""
        return self._client.run(self.task(*args, **kwargs), value)

    async def aio(self, value: In, /, *args: P.args, **kwargs: P.kwargs) -> Result[Out]:
        """Do it without blocking the event loop."""
        return await self._client.arun(self.task(*args, **kwargs), value)

    def stream(self, value: In, /, *args: P.args, **kwargs: P.kwargs) -> Stream[Out]:
        """Text as it settles, with `for` or `async for`; the stream's `.result` afterwards."""
        return self._client.stream(self.task(*args, **kwargs), value)

    def map(
        self, values: Iterable[In] | AsyncIterable[In], /, *args: P.args, **kwargs: P.kwargs
    ) -> Results[Out]:
        """Do it for many, lazily and in bounded memory; a bad item is a result with an error."""
        return self._client.map(self.task(*args, **kwargs), values)

    def explain(self, value: In, /, *args: P.args, **kwargs: P.kwargs) -> Decision:
        """Who would do it and why. Nothing is run."""
        return self._client.explain(self.task(*args, **kwargs), value)

    def __repr__(self) -> str:
        return f"<verb {getattr(self.task, 'name', self.task)}>"
