"""
When the answer would be another: the ranking is asked again along each line.

Volume, length of the input, labelled pairs, the price of the API, and whether data may leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from math import floor, inf, log10, sqrt
from typing import Final

from ..exchange import Usage
from .ranking import ranked
from .situation import Situation
from .walls import api_dollars

__all__ = ["flips"]


STEPS: Final = 3
"""Halvings between two marks: they tell the point to a fifth or so."""


@dataclass(frozen=True)
class _Line:
    """What is varied: how it stands now, at which marks it is tried, and how it is said."""

    now: Callable[[Situation], float | None]
    at: Callable[[Situation, float], Situation]
    marks: Sequence[float]
    above: str
    below: str
    counted: bool = False
    """Whether it is told to the last one."""


Mark = tuple[float, str]
"""A place on a line, and who wins there."""


def flips(case: Situation, winner: str) -> tuple[str, ...]:
    """Sentences, the plain price point first."""
    lines = [sentence for line in LINES for sentence in _along(case, winner, line)]
    return (*_even(case), *lines, *_walls(case, winner))


def _even(case: Situation) -> Iterator[str]:
    """The volume at which an API costs as much as a machine, whatever either is worth."""
    dollars = api_dollars(case.but(volume_per_day=1.0))
    if dollars:
        machine = case.needs.machine_per_day
        even = _rounded(float(machine) / dollars)
        yield f"an API costs as much as one machine (${machine:,.2f} a day) at {even:,} items a day"


def _walls(case: Situation, winner: str) -> Iterator[str]:
    near = case.needs.local_only or case.needs.offline
    other = _winner(case.but(local_only=not near, offline=False))
    if other not in {winner, ""} and not case.needs.policy.local_only:
        yield f"if data {'might' if near else 'could not'} leave this machine: {other}"


def _along(case: Situation, winner: str, line: _Line) -> Iterator[str]:
    tried = [(mark, _winner(line.at(case, mark))) for mark in line.marks]
    now = line.now(case)
    if now is None:
        now = inf if tried[-1][1] == winner else 0.0
    above = [(now, winner), *((mark, who) for mark, who in tried if mark > now)]
    below = [*((mark, who) for mark, who in tried if mark < now), (now, winner)]
    for low, high in pairwise(above):
        if high[1] != winner:
            at = _turn(case, line, low, high)
            yield f"{line.above.format(at)}: {high[1] or 'nobody'}"
            break
    for low, high in reversed([*pairwise(below)]):
        if low[1] != winner and high[0] < inf:
            at = _turn(case, line, low, high)
            yield f"{line.below.format(at)}: {low[1] or 'nobody'}"
            break


def _turn(case: Situation, line: _Line, low: Mark, high: Mark) -> int | float:
    """Where it turns from the one to the other."""
    least, most = low[0], high[0]
    if line.counted:
        return _first_of(case, line, low, round(most))
    if least <= 0:
        return _rounded(most)
    for _ in range(STEPS):
        middle = sqrt(least * most)
        if _winner(line.at(case, middle)) == low[1]:
            least = middle
        else:
            most = middle
    return _rounded(sqrt(least * most))


def _first_of(case: Situation, line: _Line, low: Mark, most: int) -> int:
    """The least number at which the other wins; often the mark itself."""
    least = round(low[0])
    if _winner(line.at(case, most - 1)) == low[1]:
        return most
    while most - least > 1:
        middle = (least + most) // 2
        if _winner(line.at(case, middle)) == low[1]:
            least = middle
        else:
            most = middle
    return most


def _winner(case: Situation) -> str:
    best = ranked(case).best
    return best.name if best else ""


def _rounded(number: float) -> int | float:
    """To two digits."""
    if number <= 0:
        return 0
    shown = round(number, 1 - floor(log10(number)))
    return int(shown) if shown >= 10 else shown  # noqa: PLR2004  # a factor keeps its fraction


def _dearer(case: Situation, factor: float) -> Situation:
    plain = case.world.prices

    def prices(model: str, usage: Usage) -> Decimal | None:
        price = plain(model, usage)
        return None if price is None else price * Decimal(factor)

    return replace(case, world=replace(case.world, prices=prices))


LINES: Final = (
    _Line(
        lambda case: case.load.daily,
        lambda case, mark: case.but(volume_per_day=mark),
        (1, 100, 10_000, 100_000, 1_000_000, 10_000_000),
        "from about {:,} items a day on",
        "below about {:,} items a day",
    ),
    _Line(
        lambda case: float(case.load.longest),
        lambda case, mark: case.but(input_tokens=round(mark), longest=None),
        (1_000, 16_000, 100_000),
        "from about {:,} tokens an item on",
        "below about {:,} tokens an item",
    ),
    _Line(
        lambda case: case.needs.labelled_pairs,
        lambda case, mark: case.but(labelled_pairs=round(mark)),
        (20, 100, 1_000, 5_000),
        "from {:,} labelled pairs on",
        "below {:,} labelled pairs",
        counted=True,
    ),
    _Line(
        lambda _: 1.0,
        _dearer,
        (0.1, 5, 20),
        "if the API cost {:,} times as much",
        "if the API cost {:.0%} of what it does",
    ),
)  # fmt: skip
