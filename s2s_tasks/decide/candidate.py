"""One way to do it, weighed: what it would take, what it is worth, or why it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, log10
from typing import Final

from ..exchange import Usage
from .architecture import Architecture
from .evidence import Evidence
from .models import gigabytes_of
from .predict import Seconds, predict
from .situation import Known, Situation
from .weights import ASPECTS, Weights

__all__ = ["Candidate", "Expected", "expected", "lateness", "weighed"]

DAY: Final = 86_400
CHEAPER: Final = 4
"""Powers of ten of dollars a day over which the mark for cost falls from 1 to 0."""
UNKNOWN: Final = 0.5
"""Quality of a kind of model that no row says anything of."""
BATCH: Final = 32


@dataclass(frozen=True)
class Expected:
    """
    Seconds for one item alone; machines that are busy all day, None where none is or the number
    of items is not known; US dollars a day, None if unknown.
    """

    seconds: Seconds | None = None
    machines: float | None = None
    dollars_per_day: float | None = None
    evidence: Evidence | None = None

    @property
    def measured(self) -> bool:
        return self.evidence is not None and self.evidence.measured


@dataclass(frozen=True)
class Candidate:
    """
    `name` is that of an architecture or a backend. Marks are 0 to 1. `rejected`: the wall it
    stands behind; nothing if it can do it. `findings`: what is known of it under these needs, `doubts`: what speaks against
    it, the weightiest first.
    """

    name: str
    quality: float = 0.0
    cost: float = 0.0
    latency: float = 0.0
    privacy: float = 0.0
    total: float = 0.0
    expected: Expected = Expected()
    findings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    rejected: str = ""

    @property
    def marks(self) -> tuple[float, ...]:
        return tuple(getattr(self, aspect) for aspect in ASPECTS)

    @property
    def order(self) -> tuple[float, str]:
        """The best first; the name settles a tie."""
        return -round(self.total, 9), self.name


def expected(case: Situation, row: Architecture, known: Known) -> Expected:
    """By evidence where there is some, else by the prior of the row."""
    load, dollars, machines = case.load, None, None
    evidence, gain = known.evidence, 1.0
    if evidence is None and row.speed is not None:
        prior, gain = case.prior(row.speed)
        evidence = _within_bandwidth(case, row, known, prior)
    tokens = load.input_tokens, load.output_tokens
    seconds = None if evidence is None else predict(evidence, *tokens)
    if load.daily is not None and row.remote:
        price = case.world.prices(known.model, Usage(load.input_tokens, load.output_tokens))
        dollars = None if price is None else float(price) * load.daily
    elif load.daily is not None and evidence is not None and seconds is not None:
        machines = load.daily * _each(evidence, load.input_tokens, load.output_tokens, gain) / DAY
        dollars = ceil(machines) * float(case.needs.machine_per_day)
    return Expected(seconds, machines, dollars, evidence)


def _within_bandwidth(
    case: Situation, row: Architecture, known: Known, prior: Evidence
) -> Evidence:
    """No faster than the memory: each token of an output takes all weights through it."""
    has = case.needs.hardware
    weights = gigabytes_of(known.model) or row.gigabytes
    if has.has_gpu is not False or not has.bandwidth_gbs or not weights or not row.writes:
        return prior
    most = has.bandwidth_gbs / weights
    return replace(prior, output_tokens_per_second=min(most, prior.output_tokens_per_second))


def _each(evidence: Evidence, input_tokens: int, output_tokens: int, gain: float) -> float:
    """Seconds for an item where many are done together."""
    batch = min(BATCH, max((row.batch for row in evidence.timings), default=1))
    return predict(evidence, input_tokens, output_tokens, batch).total / batch / gain


def weighed(
    case: Situation, row: Architecture, what: Expected, weights: Weights, name: str = ""
) -> Candidate:
    """With its marks in all aspects, and their sum by weight."""
    needs = case.as_task
    holds = [finding for finding in row.findings if finding.holds(needs)]
    prior = row.prior(needs.task)
    quality = (UNKNOWN if prior is None else prior) + sum(finding.by for finding in holds)
    marks = (
        min(1.0, max(0.0, quality)),
        _cost(what.dollars_per_day),
        _latency(case, what.seconds),
        0.0 if row.remote else 1.0,
    )
    holds.sort(key=lambda finding: -abs(finding.by))
    said = tuple(str(finding) for finding in holds if finding.by >= 0)
    doubts = tuple(str(finding) for finding in holds if finding.by < 0)
    return Candidate(name or row.name, *marks, _sum(weights, marks), what, said, doubts)


def _sum(weights: Weights, marks: Sequence[float]) -> float:
    return sum(share * mark for share, mark in zip(weights.shares, marks, strict=True))


def _cost(dollars: float | None) -> float:
    """1 up to a dollar a day, 0 from ten thousand on; 1 for all where nobody knows."""
    return 1.0 if dollars is None else min(1.0, max(0.0, 1 - log10(max(1.0, dollars)) / CHEAPER))


def _latency(case: Situation, seconds: Seconds | None) -> float:
    return min(1.0, 1 / max(1.0, lateness(case, seconds)))


def lateness(case: Situation, seconds: Seconds | None) -> float:
    """How many times what was asked it would take; 0 if nothing was asked."""
    if seconds is None:
        return 0.0
    asked = (
        (case.needs.latency_ms, seconds.total),
        (case.needs.first_piece_ms, seconds.first_piece),
    )
    return max((took * 1000 / most for most, took in asked if most and most < inf), default=0.0)
