"""What a caller allows: where data may go, what it may cost, how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from .errors import BadSetting

__all__ = ["Policy", "Priority", "Timeout"]

Priority = Literal["quality", "cost", "latency", "privacy"]

LONGEST = 10_000_000
"""Seconds, some four months: more is a mistake, and breaks the timers of some systems."""

MOST_REPAIRS = 10


@dataclass(frozen=True)
class Timeout:
    """
    Limits in seconds; None waits for ever.

    `total` is for the whole call with all its rounds and repairs, `first` for the first
    piece of a streamed request, `idle` for the pause between two of its pieces.
    """

    total: float | None = None
    first: float | None = None
    idle: float | None = None

    def __post_init__(self) -> None:
        for name in ("total", "first", "idle"):
            seconds = getattr(self, name)
            number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
            if seconds is not None and not (number and 0 < seconds <= LONGEST):
                raise BadSetting(f"timeout {name}={seconds!r} is not a positive number of seconds")

    @classmethod
    def of(cls, timeout: Timeout | float | None) -> Timeout:
        """A bare number is the total."""
        return timeout if isinstance(timeout, Timeout) else cls(total=timeout)


def _dollars(given: object) -> Decimal:
    try:
        cost = Decimal(str(given))
    except InvalidOperation:
        cost = Decimal("NaN")
    if not (cost.is_finite() and cost >= 0):
        raise BadSetting(
            f"max_cost={given!r} is not a sum of dollars", hint='as in Decimal("0.50")'
        )
    return cost


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The walls and wishes of a call; a wall is never climbed, a wish may go unmet."""

    local_only: bool = False
    """A wall: no request leaves this machine, whatever backend is named."""

    max_cost: Decimal | None = None
    """A wall in US dollars over one call or one whole map; checked before every request."""

    prefer: tuple[str, ...] = ()
    """A wish: backends to choose first, if they can do the task."""

    priority: Priority | None = None
    """A wish: what counts most where several backends can do it."""

    fallback: tuple[str, ...] = ()
    """Backends to try in turn when the chosen one fails, refuses, is cut off or stays invalid."""

    repairs: int = 1
    """How often a backend is shown its bad answer and asked again."""

    on_unsupported: Literal["refuse", "drop"] = "refuse"
    """Whether an option that the backend cannot honour ends the call or is dropped (and recorded)."""

    def __post_init__(self) -> None:
        if not 0 <= self.repairs <= MOST_REPAIRS:
            raise BadSetting(f"repairs={self.repairs!r} is out of range: 0 to {MOST_REPAIRS}")
        if self.priority not in {None, *get_args(Priority)}:
            known = ", ".join(get_args(Priority))
            raise BadSetting(f"priority={self.priority!r} is unknown", hint=f"one of {known}")
        if self.max_cost is not None:
            object.__setattr__(self, "max_cost", _dollars(self.max_cost))
        for name in ("prefer", "fallback"):
            names = getattr(self, name)
            object.__setattr__(self, name, (names,) if isinstance(names, str) else tuple(names))
