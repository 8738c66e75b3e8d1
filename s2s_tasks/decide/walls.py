"""
What cannot be climbed, before anything is ranked: one function, one wall.

Each says in a few words why a kind of model is out of the question, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ..exchange import Usage
from ..language import primary
from .architecture import Architecture
from .candidate import Expected, expected, lateness
from .models import none_allowed
from .situation import HAIKU, Situation
from .tongues import name_of

__all__ = ["api_dollars", "shut", "too_much"]

Wall = Callable[[Situation, Architecture], str]
Limit = Callable[[Situation, Architecture, Expected], str]

TOO_LATE: Final = 2.0
"""Times what was asked: a prediction is no measurement, so up to here it only counts against it."""
ROOM: Final = 1.2
"""Times the weights that a model takes at run time, at least."""


def shut(case: Situation, row: Architecture) -> str:
    """The first wall that needs no prediction; nothing if it stands behind none."""
    return next(filter(None, (one(case, row) for one in KINDS)), "")


def too_much(case: Situation, row: Architecture, what: Expected) -> str:
    """The first limit that what it would take is beyond; nothing if it is within all."""
    return next(filter(None, (one(case, row, what) for one in LIMITS)), "")


def api_dollars(case: Situation) -> float | None:
    """What it would cost a day to ask an API for each item; None if none can do it, or it is unknown."""
    able = (row for row in case.world.rows if row.remote and not shut(case, row))
    row = next(able, None)
    return expected(case, row, case.world.of(row.name)).dollars_per_day if row else None


def _task(case: Situation, row: Architecture) -> str:
    if row.prior(case.as_task.task) is None:
        task = case.as_task.task
        return f"is not for the task {task}" if task else "does not follow instructions"
    return ""


def _input(case: Situation, row: Architecture) -> str:
    if missing := case.reads - row.reads:
        return f"cannot read {_and(missing)}"
    if row.only_with and not case.reads & row.only_with:
        return f"is for {_and(row.only_with)}; none goes in"
    return ""


def _output(case: Situation, row: Architecture) -> str:
    if case.output in row.outputs or (case.needs.quotable and not row.writes):
        return ""
    return f"does not give a {case.output}" if case.output != "free" else "writes no free text"


def _place(case: Situation, row: Architecture) -> str:
    if row.remote and case.needs.offline:
        return "needs a network, and there is none"
    if row.remote and case.needs.local_only:
        return "sends data off this machine"
    return ""


def _here(case: Situation, row: Architecture) -> str:
    ready = case.world.ready
    if case.needs.offline and ready is not None and row.name not in ready:
        return "is not here, and without a network it cannot be fetched"
    return ""


def _quotable(case: Situation, row: Architecture) -> str:
    return "writes in its own words" if case.needs.quotable and row.writes else ""


def _same(case: Situation, row: Architecture) -> str:
    if case.needs.deterministic and not row.repeats:
        return "may answer differently each time: it has neither seed nor temperature"
    return ""


def _pairs(case: Situation, row: Architecture) -> str:
    at_hand = case.needs.labelled_pairs
    if not row.pairs or (at_hand or 0) >= row.pairs:
        return ""
    if at_hand is not None:
        return f"begins at about {row.pairs:,} labelled pairs; there are {at_hand:,}"
    if case.needs.local_only or case.needs.offline or not _pays(case):
        return f"needs {row.pairs:,} labelled pairs or more, and none are stated"
    return ""


def _pays(case: Situation) -> bool:
    """Whether asking an API for each item would cost more than a machine does."""
    item = Usage(case.load.input_tokens, case.load.output_tokens)
    price = case.world.prices(HAIKU, item) or 0
    return float(price) * (case.load.daily or 0) >= float(case.needs.machine_per_day)


def _window(case: Situation, row: Architecture) -> str:
    longest = case.load.longest
    if row.window is not None and longest > row.window:
        return f"reads at most {row.window:,} tokens at once; the longest input has {longest:,}"
    return ""


def _languages(case: Situation, row: Architecture) -> str:
    known = row.languages.get(case.as_task.task)
    for language in case.needs.languages if known is not None else ():
        if known is not None and primary(language) not in known:
            return f"none is known that can {case.as_task.task} in {name_of(language)}"
    return ""


def _memory(case: Situation, row: Architecture) -> str:
    room, least = case.needs.hardware.room_gb, row.gigabytes * ROOM
    if room is not None and not row.remote and least > room:
        return f"needs {least:.1f} GB, and {room:g} GB are free"
    return ""


def _late(case: Situation, _: Architecture, what: Expected) -> str:
    if what.seconds is not None and lateness(case, what.seconds) > TOO_LATE:
        kind = "measured" if what.measured else "not measured"
        return f"takes about {what.seconds.total:.1f} s for an item ({kind}): too late"
    return ""


def _capacity(case: Situation, row: Architecture, what: Expected) -> str:
    known = case.needs.hardware.has_gpu is not None
    if known and not row.remote and what.machines is not None and what.machines > 1:
        return f"would keep {what.machines:.1f} machines like this one busy"
    return ""


def _budget(case: Situation, row: Architecture, what: Expected) -> str:
    most, dollars = case.needs.budget_per_day, what.dollars_per_day
    if most is None or dollars is None:
        return ""
    beyond = dollars if row.remote else dollars - float(case.needs.machine_per_day)
    return f"costs ${dollars:,.2f} a day; the budget is ${most:,.2f}" if beyond > most else ""


def _licence(case: Situation, row: Architecture) -> str:
    return none_allowed(case, row.name)


def _and(kinds: Sequence[str] | frozenset[str]) -> str:
    return " and ".join(sorted(kinds))


KINDS: Final[Sequence[Wall]] = (
    _task, _input, _output, _place, _here, _quotable, _same, _pairs, _window, _languages, _memory, _licence,
)  # fmt: skip
LIMITS: Final[Sequence[Limit]] = (_late, _capacity, _budget)
