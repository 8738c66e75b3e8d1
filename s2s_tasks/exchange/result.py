"""What remains of a call: the value or the error, what it cost, and why it went so."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from ..decoding import Decoding
from ..errors import S2SError
from .completion import Attempt, Finish, Usage
from .enforces import Enforces
from .span import Coverage, Span

__all__ = ["Completed", "Decision", "Reason", "Result"]

Out = TypeVar("Out", covariant=True)


@dataclass(frozen=True)
class Reason:
    """One line of a decision: whom it is about, and what speaks for or against it."""

    subject: str
    text: str


@dataclass(frozen=True)
class Decision:
    """
    Who does a task and why, who was rejected and why.

    `backend` is empty if nobody can; then `rejected` says why, and `next_step` what to do.
    """

    backend: str
    architecture: str = ""
    model: str | None = None
    decoding: Decoding | None = None
    because: tuple[str, ...] = ()
    rejected: tuple[Reason, ...] = ()
    runner_up: str = ""
    break_even: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    next_step: str = ""

    def __str__(self) -> str:
        head = f"{self.backend or 'no backend'}: {'; '.join(self.because)}"
        return "\n".join([head, *(f"not {no.subject}: {no.text}" for no in self.rejected)])


@dataclass(frozen=True)
class Result(Generic[Out]):
    """
    What came of one value. Like a finished Future: `.value` raises what went wrong.

    `cost` is in US dollars, None if any attempt's is unknown. `seconds` is wall time.
    `index` is the position in the input of a map. `warnings` say what is not as asked.
    `enforced`: how the last answer was kept to its schema or form; None if it had none.
    """

    output: Out | None = None
    error: S2SError | None = None
    backend: str = ""
    model: str = ""
    finish: Finish = Finish.STOP
    usage: Usage = Usage()
    cost: Decimal | None = None
    seconds: float = 0.0
    coverage: Coverage = Coverage()
    citations: tuple[Span, ...] = ()
    alternatives: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    enforced: Enforces | None = None
    decision: Decision | None = None
    index: int = 0
    raw: object = field(default=None, repr=False)

    @property
    def value(self) -> Out:
        if self.error is not None:
            raise self.error
        return self.output  # type: ignore[return-value]  # set whenever there is no error

    @property
    def ok(self) -> bool:
        return self.error is None

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Completed:
    """What observers are told: a call of `task`, or an item of a map, has come to its end."""

    task: str
    result: Result[object]
