"""
A backend turns requests into completions. One method is required; the rest follows from it.

Its card is a BackendSpec: all that can be known and shown before its library is loaded.
Lowering (Request to library call) and lifting (answer to Completion) are pure functions of
the plugin, tested apart from the call between them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from .capabilities import ANY_DECODING, Capabilities, Misfit, Place
from .errors import BackendError, S2SError
from .exchange import Completion, Enforces, Request, Speech, Spoken
from .gate import Gate
from .worker import on_thread_async

__all__ = [
    "ANY_DECODING",
    "Backend",
    "BackendSpec",
    "Capabilities",
    "Enforces",
    "Misfit",
    "Outcome",
    "Place",
    "Suggestion",
    "as_error",
]

Outcome: TypeAlias = Completion | BackendError


class Backend(ABC):
    """A model, ready to work. `name` and `model` are for the record."""

    name: str = ""
    model: str = ""
    capabilities: Capabilities

    @property
    def gate(self) -> Gate:
        """Keeps calls to `capabilities.concurrency` at once, whoever makes them."""
        gate: Gate | None = self.__dict__.get("_gate")
        if gate is None:  # setdefault: two threads must not make two
            gate = self.__dict__.setdefault("_gate", Gate(self.capabilities.concurrency))
        return gate

    @abstractmethod
    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        """
        Answer every request once, in any order, as (its position, the answer).

        A failed request is answered by its BackendError; one that is raised counts for all
        requests not answered yet. Call `request.signal.check()` before the first step of each
        request and between steps; closing the iterator must release what it holds.
        """

    def stream(self, request: Request) -> Iterator[str | Completion]:
        """Yield text as it settles, then the Completion of all of it; raise what went wrong."""
        for index, answer in self.complete([request]):
            if isinstance(answer, BackendError):
                raise answer
            if index != 0:
                raise BackendError(f"{self.name} answered request {index} of 1")
            if isinstance(answer.output, Speech):
                yield from Spoken.each_of(answer.output)
            elif answer.partial:
                yield answer.partial
            yield answer

    def acomplete(self, requests: Sequence[Request]) -> AsyncIterator[tuple[int, Outcome]]:
        """The async twin of `complete`; by default it runs on a thread of its own."""
        return on_thread_async(lambda: self.complete(requests))

    def astream(self, request: Request) -> AsyncIterator[str | Completion]:
        """The async twin of `stream`; by default it runs on a thread of its own."""
        return on_thread_async(lambda: self.stream(request))

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Why this request cannot be honoured by this very model; empty if it can."""
        return self.capabilities.misfits(request, local_only=local_only)

    def count_tokens(self, text: str) -> int:
        """
        Tokens of `text`, never too few. No I/O.

        By default one token for two bytes of UTF-8: byte-pair vocabularies average 3 to 4
        bytes a token on English prose and about 2 on code, digits and other scripts.
        """
        return -(-len(text.encode("utf-8", "surrogatepass")) // 2)

    def price(self, request: Request) -> Decimal | None:
        """The most this request can cost in US dollars; None if unknown."""
        del request
        return Decimal(0) if self.capabilities.place == Place.LOCAL else None

    def repairs(self, allowed: int) -> int:
        """How many of the `allowed` repairs are of use: none to a model that reads no words."""
        return allowed if self.capabilities.follows_words else 0

    def warm(self) -> None:
        """Load what the first request would wait for."""

    def close(self) -> None:
        """Give back what is held."""


@dataclass(frozen=True)
class Suggestion:
    """
    The model that a backend would take, None for the only one it has.

    `missing` says in a few words what would have to be fetched first, or nothing.
    """

    model: str | None
    missing: str = ""


def _always() -> str:
    return ""


def _as_wished(request: Request, model: str | None) -> Suggestion:
    del request
    return Suggestion(model)


@dataclass(frozen=True)
class BackendSpec:
    """
    A recipe for a backend.

    `open` takes the model's name or None for the backend's default, and is where the
    plugin's library is imported. `availability` says in a few words why the backend cannot
    be used now (no key, package missing, no weights), or nothing; it does no I/O beyond a
    look at the environment and the disk. `extra` is the install extra with its library.
    `suggest` turns what the caller asked for (None, "small", a name) into the model to open
    for a request; it may raise UnknownName, and does no more I/O than `availability`.
    """

    name: str
    capabilities: Capabilities
    open: Callable[[str | None], Backend] = field(compare=False)
    summary: str = ""
    extra: str = ""
    availability: Callable[[], str] = field(default=_always, compare=False)
    suggest: Callable[[Request, str | None], Suggestion] = field(default=_as_wished, compare=False)


def as_error(name: str, error: BaseException) -> S2SError:
    """What a backend raised, as a typed error; a foreign exception becomes its cause."""
    if isinstance(error, S2SError):
        return error
    wrapped = BackendError(f"{name} failed: {type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped
