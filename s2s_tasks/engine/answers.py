"""
What a backend hands over, held to its contract: each request is answered exactly once.

Whatever else a backend does (raise, exit, answer twice or not at all) becomes a typed error
of the requests it concerns.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from ..backend import Backend, as_error
from ..errors import BackendError, S2SError
from ..exchange import Completion, Finish, Request, Scores, Speech, Usage, Vector

__all__ = ["Answered", "answers", "answers_async", "defect", "signed"]

OUTPUTS = (str, Scores, Vector, Speech)

Answered: TypeAlias = "tuple[int, Completion | S2SError]"


def answers(backend: Backend, requests: Sequence[Request]) -> Iterator[Answered]:
    """`backend.complete`, held to its contract and behind its gate."""
    tally = _Tally(backend, len(requests))
    try:
        items = iter(backend.complete(requests))
        for item in backend.gate.steps(items, requests[0].signal.check):
            yield tally.checked(item)
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # a backend may raise anything
        yield from tally.left(as_error(backend.name, error))
    else:
        yield from tally.left(tally.silence())


async def answers_async(backend: Backend, requests: Sequence[Request]) -> AsyncIterator[Answered]:
    """`backend.acomplete`, held to its contract and behind its gate."""
    import asyncio

    tally = _Tally(backend, len(requests))
    try:
        items = aiter(backend.acomplete(requests))
        async with aclosing(backend.gate.steps_async(items, requests[0].signal.check)) as steps:
            async for item in steps:
                yield tally.checked(item)
    except (GeneratorExit, KeyboardInterrupt, asyncio.CancelledError):
        raise
    except BaseException as error:  # noqa: BLE001  # a backend may raise anything
        trouble = as_error(backend.name, error)
    else:
        trouble = tally.silence()
    for left in tally.left(trouble):
        yield left


class _Tally:
    """Which requests are not answered yet."""

    def __init__(self, backend: Backend, count: int) -> None:
        self._backend = backend
        self._open = set(range(count))

    def checked(self, item: object) -> Answered:
        match item:
            case (int(index), Completion() as completion) if index in self._open:
                self._open.remove(index)
                return index, defect(completion, self._backend) or signed(completion, self._backend)
            case (int(index), S2SError() as error) if index in self._open:
                self._open.remove(index)
                return index, error
        raise BackendError(
            f"{self._backend.name} broke its contract: it answered {item!r:.200}",
            hint="complete() yields (index of the request, Completion or BackendError), once each",
        )

    def silence(self) -> BackendError:
        return BackendError(f"{self._backend.name} gave no answer", retryable=True)

    def left(self, error: S2SError) -> Iterator[Answered]:
        for index in sorted(self._open):
            yield index, error


def defect(completion: Completion, backend: Backend) -> BackendError | None:
    """The error of a completion with parts of wrong types: what is counted must be countable."""
    cost: object = completion.cost  # a backend need not keep to the types
    price = cost is None or (isinstance(cost, Decimal) and cost.is_finite() and cost >= 0)
    parts = {
        "output": isinstance(completion.output, OUTPUTS),
        "finish": isinstance(completion.finish, Finish),
        "usage": isinstance(completion.usage, Usage),
        "cost": price,
    }
    for name, right in parts.items():
        if not right:
            return BackendError(
                f"{backend.name} broke its contract: {name}={getattr(completion, name)!r:.100}",
                hint="a Completion has an Output, a Finish, a Usage and a Decimal cost or None",
            )
    return None


def signed(completion: Completion, backend: Backend) -> Completion:
    """The completion with the backend's name and model, where it does not carry others."""
    if completion.backend and completion.model:
        return completion
    return replace(
        completion,
        backend=completion.backend or backend.name,
        model=completion.model or backend.model,
    )
