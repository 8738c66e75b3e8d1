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
from enum import StrEnum
from typing import TypeAlias

from .decoding import Beam, Decoding, Greedy, Sample
from .errors import BackendError, BadSetting, S2SError
from .exchange import Completion, Enforces, Modality, Request, Speech, Spoken
from .form import Choice
from .gate import Gate
from .language import nearest_languages
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

ANY_DECODING: frozenset[type[Decoding]] = frozenset({Greedy, Beam, Sample})
LANGUAGE_PARAMS = ("language", "source", "to")


class Place(StrEnum):
    """Where the input goes."""

    LOCAL = "local"
    REMOTE = "remote"


@dataclass(frozen=True)
class Misfit:
    """Why a backend cannot honour a request, which `option` it is about, what to do instead."""

    option: str
    reason: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{self.reason} ({self.instead})" if self.instead else self.reason


@dataclass(frozen=True)
class Capabilities:
    """
    What a backend can do, known without loading it.

    `architecture` names a row of the decision helper. `tasks`: None for a model that takes
    any task. `params`: settings that it honours, None if it takes them all (in words, say).
    `follows_words`: it reads instructions, so it can be told a schema in words and
    asked to repair an answer. `reads_words`: system and instruction are part of its input,
    whether it follows them or not. `writes_json`: it answers with JSON of its own where a schema
    is asked for, which is checked and cannot be held to it. `languages`: BCP-47 primary codes, None for any. `context`:
    tokens of input, None for no limit. `window`: given for translators that
    were trained on sentences and lose what follows one: the most tokens of a sentence. `concurrency`: calls at once,
    over all clients of the program; `batch`: requests worth giving to one call.
    """

    architecture: str
    place: Place = Place.LOCAL
    accepts: frozenset[Modality] = frozenset({Modality.TEXT})
    tasks: frozenset[str] | None = None
    params: frozenset[str] | None = None
    follows_words: bool = False
    reads_words: bool = True
    writes_json: bool = False
    enforces: Enforces = Enforces.NOT
    strategies: frozenset[type[Decoding]] = frozenset({Greedy})
    streams: bool = False
    languages: frozenset[str] | None = None
    context: int | None = None
    window: int | None = None
    concurrency: int = 1
    batch: int = 1

    def __post_init__(self) -> None:
        for name in ("concurrency", "batch", "context", "window"):
            number = getattr(self, name)
            if number is not None and (not isinstance(number, int) or number < 1):
                raise BadSetting(f"{name}={number!r} of a backend is not a whole number above 0")

    def told(self, request: Request) -> str:
        """What of a request stands in its input beside the text."""
        if self.reads_words:
            return request.system + request.words
        return " ".join(request.params.values())  # a question, the names of languages

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Why this request cannot be honoured; empty if it can."""
        checks = (
            self._place(local_only=local_only),
            self._task(request),
            self._modalities(request),
            self._strategy(request),
            self._schema(request),
            self._form(request),
            *self._params(request),
            *self._languages(request),
        )
        return tuple(misfit for misfit in checks if misfit)

    def _place(self, *, local_only: bool) -> Misfit | None:
        if local_only and self.place == Place.REMOTE:
            return Misfit("policy", "sends data off this machine", "Policy(local_only=False)")
        return None

    def _task(self, request: Request) -> Misfit | None:
        if self.tasks is not None and request.task not in self.tasks:
            return Misfit("task", f"does not {request.task}", f"it does {_list(self.tasks)}")
        return None

    def _modalities(self, request: Request) -> Misfit | None:
        missing = request.modalities - self.accepts
        if not missing:
            return None
        instead = f"it reads {_list(self.accepts)}"
        if missing == {Modality.DOCUMENT} and Modality.IMAGE in self.accepts:
            instead = "give its pages as pictures, or its text, or ask a remote model"
        return Misfit("input", f"cannot read {_list(missing)}", instead)

    def _strategy(self, request: Request) -> Misfit | None:
        if request.decoding is None or type(request.decoding) in self.strategies:
            return None
        names = _list({kind.__name__ for kind in self.strategies}) or "no decoding option"
        asked = type(request.decoding).__name__
        return Misfit("decoding", f"does not decode by {asked}", f"it takes {names}")

    def _schema(self, request: Request) -> Misfit | None:
        told = self.follows_words or self.writes_json
        if request.schema is None or told or self.enforces is not Enforces.NOT:
            return None
        return Misfit("schema", "cannot be held to a schema, nor told one in words")

    def _form(self, request: Request) -> Misfit | None:
        if self.enforces is Enforces.BY_MASK or isinstance(request.form, Choice | None):
            return None  # whether it is one of some texts, can be seen
        kind = type(request.form).__name__
        return Misfit(kind.lower(), f"cannot be held to a {kind}", "take one that masks tokens")

    def _params(self, request: Request) -> Iterator[Misfit]:
        if self.params is None or self._task(request):
            return  # another task's settings say nothing
        for name in request.params:
            if name not in self.params:
                yield Misfit(name, f"has no setting {name!r}", f"it has {_list(self.params)}")

    def _languages(self, request: Request) -> Iterator[Misfit]:
        for param in LANGUAGE_PARAMS:
            code = request.params.get(param, "").split("-")[0]
            if code and self.languages is not None and code not in self.languages:
                yield Misfit(
                    param,
                    f"does not know the language {code!r}",
                    f"it knows {', '.join(nearest_languages(code, self.languages))}",
                )


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


def _list(names: frozenset[str] | frozenset[Modality] | set[str]) -> str:
    return ", ".join(sorted(names))
