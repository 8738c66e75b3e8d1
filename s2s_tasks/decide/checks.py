"""Whether needs make sense, before anything is concluded from them."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Literal, get_args

from ..errors import BadSetting
from ..policy import Priority

if TYPE_CHECKING:
    from .needs import Needs

__all__ = ["Output", "check"]

Output = Literal["free", "schema", "label", "vector"]

ABOVE_NOTHING = (
    "input_tokens", "output_tokens", "longest", "volume_per_day", "documents", "days",
    "sessions", "latency_ms", "first_piece_ms", "classes",
)  # fmt: skip
WORDS = ("task", "to", "domain")
NOT_NEGATIVE = ("labelled_pairs", "budget_per_day", "machine_per_day")


def check(needs: Needs) -> None:
    """Raise BadSetting with the name, the value and what would do."""
    for name in ABOVE_NOTHING:
        _number(name, getattr(needs, name), above=True)
    for name in NOT_NEGATIVE:
        _number(name, getattr(needs, name), above=False)
    for name in WORDS:
        if not isinstance(getattr(needs, name), str):
            raise BadSetting(f"{name}={getattr(needs, name)!r} is no text")
    _one_of("output", needs.output, get_args(Output))
    _one_of("priority", needs.priority, get_args(Priority))


def _number(name: str, value: object, *, above: bool) -> None:
    if value is None:
        return
    try:
        fits = 0 < value < inf if above else 0 <= value < inf  # type: ignore[operator]
    except (TypeError, ArithmeticError):
        fits = False
    if not fits or isinstance(value, bool):
        least = "above 0" if above else "from 0 on"
        raise BadSetting(f"{name}={value!r} is not a number {least}")


def _one_of(name: str, value: str | None, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        raise BadSetting(f"{name}={value!r} is none of {', '.join(known)}")
