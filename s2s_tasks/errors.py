"""
Everything that can go wrong, sorted by whose turn it is to act.

S2SError
├── UsageError              yours: the call cannot be done as asked; nothing was sent
│   ├── UnknownName         no task, backend, language or setting of that name
│   ├── BadSetting          a setting of a task or a decoding is out of its range
│   ├── BadInput            the input cannot be read: it is empty, of a wrong kind or too large
│   │   └── TooLong         it does not fit the model, and this task cannot split it
│   ├── Unsupported         no backend, or not that one, can honour this call
│   ├── SchemaRejected      the schema itself is not one we can promise to keep
│   ├── MissingExtra        a library is not installed; the hint is the command that installs it
│   └── OverBudget          the next request could cost more than the policy allows
├── PluginError             the plugin author's: broken, or two claim one name
├── BackendError            the backend's: it failed while working (.retryable)
│   ├── NotConfigured       it lacks a key, a server or weights
│   ├── ForkedAfterLoad     the process was forked after the model was loaded
│   ├── OutcomeUnknown      the request was sent, and no answer came: it may have been billed
│   └── OutOfTime           it did not answer within the timeout (.limit says which)
├── Cancelled               yours: the work was stopped on request
├── Incomplete              the model began to answer and did not end
│   ├── CutOff              its output stopped at a limit of length
│   ├── Refused             it would not answer
│   └── BrokenOff           the stream broke
└── InvalidOutput           the model's: it answered, but not what the task asks

Whatever was spent before an error is not lost: `error.result` is the Result so far, with
its attempts, usage, cost and raw answer. A hint, where there is one, says the way out.
"""

from __future__ import annotations

from decimal import Decimal
from reprlib import Repr
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .exchange import Attempt, Completion, Result

__all__ = [
    "BackendError",
    "BadInput",
    "BadSetting",
    "BrokenOff",
    "Cancelled",
    "CutOff",
    "ForkedAfterLoad",
    "Incomplete",
    "InvalidOutput",
    "MissingExtra",
    "NotConfigured",
    "OutOfTime",
    "OutcomeUnknown",
    "OverBudget",
    "PluginError",
    "Refused",
    "S2SError",
    "SchemaRejected",
    "TooLong",
    "UnknownName",
    "Unsupported",
    "UsageError",
]


class S2SError(Exception):
    """Base of every error this package raises on purpose."""

    result: Result[Any] | None = None
    """What was tried and spent before the error; set when a call or an item of a map fails."""

    attempts: tuple[Attempt, ...] = ()
    """Failed attempts that a backend made on the way, before the one that ended in this."""

    maybe_billed: bool = False
    """The last attempt was sent, and it is not known whether it has to be paid for."""

    cost: Decimal | None = None
    """What the last attempt cost in US dollars: 0 where nothing was sent or done, None if unknown."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
        if hint:
            self.add_note(hint)

    def __reduce__(self) -> tuple[object, ...]:
        # Subclasses take required keywords, which the default (args only) would forget. The
        # state comes last, since it may hold a result that holds this error.
        return _rebuilt, (type(self), self.args), self.__dict__

    def fresh(self) -> Self:
        """A copy to raise for one item: what happens to it there does not touch this one."""
        twin = _rebuilt(type(self), self.args)
        twin.__dict__.update(self.__dict__ | {"result": None})
        twin.__cause__ = self.__cause__
        return twin.with_traceback(self.__traceback__)


E = TypeVar("E", bound="S2SError")


def _rebuilt(kind: type[E], args: tuple[object, ...]) -> E:
    error = kind.__new__(kind, *args)
    error.args = args
    return error


_short = Repr()
_short.maxstring = _short.maxother = 120


class UsageError(S2SError):
    """The call cannot be done as asked; nothing was sent."""

    cost = Decimal(0)


class UnknownName(UsageError):
    """Nothing of that name; the hint offers the nearest."""

    @classmethod
    def among(cls, kind: str, name: str, known: Iterable[str]) -> UnknownName:
        """The error for a name that none of the known has, with the nearest as the hint."""
        import difflib

        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names) or 'none'}"
        return cls(f"no {kind} called {name!r}", hint=hint)


class BadSetting(UsageError, ValueError):
    """A setting is out of its range."""


class BadInput(UsageError, ValueError):
    """The input cannot be read."""


class TooLong(BadInput):
    """The input does not fit the model's context and the task cannot split it."""


class Unsupported(UsageError):
    """The backend cannot honour this call; `reasons` has one sentence for each obstacle."""

    def __init__(self, message: str, *, reasons: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reasons = reasons


class SchemaRejected(UsageError):
    """The schema breaks `limit` at `path` with `value`."""

    def __init__(self, path: str, limit: str, value: object, *, hint: str = "") -> None:
        found = _short.repr(value)
        super().__init__(f"schema rejected at {path}: {limit}, found {found}", hint=hint)
        self.path, self.limit, self.value = path, limit, value


class MissingExtra(UsageError):
    """A backend's library is not installed."""


class OverBudget(UsageError):
    """The next request could cost more than Policy(max_cost=...) leaves."""


class PluginError(S2SError):
    """A plugin is broken; `plugin` names it."""

    def __init__(self, message: str, *, plugin: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin


class BackendError(S2SError):
    """
    The backend failed while working; the library's own error is its `__cause__`.

    `retryable` says that the same request may succeed later, `backend` is the name of the one
    that failed last.
    """

    backend: str = ""

    def __init__(self, message: str, *, retryable: bool = False, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class NotConfigured(BackendError):
    """The backend lacks a key, a server or weights."""


class ForkedAfterLoad(BackendError):
    """The process is a fork of the one that loaded the model, whose threads are not here."""


class OutcomeUnknown(BackendError):
    """The request was sent, and no answer came: it may have been done, and billed."""

    maybe_billed = True


class OutOfTime(BackendError):
    """No answer in time; `limit` is "total", "first" (piece) or "idle" (between pieces)."""

    def __init__(self, message: str, *, limit: str, hint: str = "") -> None:
        super().__init__(message, retryable=True, hint=hint)
        self.limit = limit


class Cancelled(S2SError):
    """The work was stopped on request."""


class Incomplete(S2SError):
    """The output is not whole; `completion.partial` has the text as far as it got."""

    def __init__(self, message: str, *, completion: Completion, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.completion = completion


class CutOff(Incomplete):
    """The output stopped at a limit of length."""


class Refused(Incomplete):
    """The model would not answer."""


class BrokenOff(Incomplete):
    """The stream broke before the model had finished."""


class InvalidOutput(S2SError):
    """The model answered, but not what the task asks. The message is shown to it on repair."""

    completion: Completion | None = None
    """The answer that breaks the rule, where it is known."""
