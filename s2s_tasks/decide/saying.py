"""The reasons in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from .advice import Confidence
from .architecture import Architecture
from .candidate import Candidate
from .needs import Needs
from .ranking import Ranking
from .situation import NAMED_PRICE, Situation, haiku
from .walls import api_dollars
from .weights import ASPECTS

__all__ = ["because", "confidence", "evidence_of", "less", "speed_of"]

MOST_FINDINGS: Final = 2
CLOSE, CLEAR = 0.03, 0.08
"""Of the sum of marks, between the best and the next."""
FACTS: Final = (
    "volume_per_day", "documents", "labelled_pairs", "input_tokens", "latency_ms",
    "first_piece_ms", "budget_per_day", "local_only", "offline", "to", "languages", "domain",
    "quotable", "deterministic", "classes", "priority",
)  # fmt: skip
ENOUGH: Final = 2
"""Facts beside the task, from which on an answer is more than a rule of thumb."""


def because(case: Situation, found: Ranking, row: Architecture) -> tuple[str, ...]:
    """What speaks for the best: a wall that leaves it alone, what is known of it, what it costs."""
    best = found.fit[0]
    alone = ["no other kind of model can do it as asked"] if len(found.fit) == 1 else []
    known = [*best.findings[:MOST_FINDINGS]] or [row.summary]
    doubts = [f"but {doubt}" for doubt in best.doubts]
    return (*alone, *known, *doubts, *_money(case, best))


def _money(case: Situation, best: Candidate) -> Iterator[str]:
    dollars, daily = best.expected.dollars_per_day, case.load.daily
    if dollars is None or daily is None:
        return
    number = f"{daily:,.0f} items a day"
    api = api_dollars(case)
    if best.expected.machines is None:
        yield f"${dollars:,.2f} a day for {number}"
    elif api is not None:
        yield f"${dollars:,.2f} a day for {number}, where an API asks ${api:,.2f}"


def less(one: Candidate, best: Candidate) -> str:
    """In which aspects it is weaker, and by the marks how much."""
    weaker = [
        f"{aspect} {getattr(one, aspect):.2f} against {getattr(best, aspect):.2f}"
        for aspect in ASPECTS
        if round(getattr(one, aspect), 2) < round(getattr(best, aspect), 2)
    ]
    marks = f"{one.total:.2f} against {best.total:.2f} in all"
    known = f"; {one.doubts[0]}" if one.doubts else ""
    return f"{marks}: {', '.join(weaker) or 'as good, and named later'}{known}"


def confidence(needs: Needs, found: Ranking) -> Confidence:
    """Low where little is known or two are close; high only on what was measured."""
    best, *others = found.fit
    margin = best.total - others[0].total if others else 1.0
    known = sum(bool(getattr(needs, fact)) for fact in FACTS)
    if best.quality < 0.5 or margin < CLOSE or (others and known < ENOUGH):  # noqa: PLR2004
        return "low"
    return "high" if margin >= CLEAR and best.expected.measured else "medium"


def evidence_of(
    case: Situation, row: Architecture, best: Candidate, now: datetime | None
) -> tuple[str, ...]:
    """What the figures rest on, and how old that is."""
    return tuple(
        filter(
            None,
            (
                speed_of(best, now),
                _quality(row, best),
                _prices(case),
                _volume(case),
                _machine(case),
            ),
        )
    )


def speed_of(best: Candidate, now: datetime | None) -> str:
    """What the speed is known by."""
    known = best.expected.evidence
    if known is None:
        return "speed: nothing is known"
    if known.measured_at is None:
        return "speed: not measured on this machine, a prior (s2s measure replaces it)"
    age = f", {(now - known.measured_at).days} days ago" if now else ""
    who = " ".join(filter(None, (known.backend, known.model)))
    return f"speed: {who}, measured here on {known.measured_at:%Y-%m-%d}{age}"


def _quality(row: Architecture, best: Candidate) -> str:
    scores = best.expected.evidence.scores if best.expected.evidence else ()
    if scores:
        told = ", ".join(f"{s.metric} {s.value:.2f} on {s.examples:,} examples" for s in scores)
        return f"quality: {told} of yours"
    return f"quality: not measured on your texts, a prior from {row.source}"


def _prices(case: Situation) -> str:
    if case.load.daily is None:
        return "cost: not weighed, for the number of items is not known"
    paid = case.world.of(next((row.name for row in case.world.rows if row.remote), "")).model
    named = NAMED_PRICE if case.world.prices is haiku else f"the price of {paid}"
    return f"cost: {named}; a machine at ${case.needs.machine_per_day:,.2f} a day"


def _volume(case: Situation) -> str:
    return (
        f"volume: not told, taken as {case.load.daily:,.0f} items a day"
        if case.load.assumed
        else ""
    )


def _machine(case: Situation) -> str:
    known = str(case.needs.hardware)
    return f"machine: {known or 'any, with an accelerator where that is of use'}"
