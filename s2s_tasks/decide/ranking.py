"""Everybody who could do it, the best first, and those who cannot with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .candidate import Candidate, expected, weighed
from .situation import Situation
from .walls import shut, too_much
from .weights import ASPECTS, Weights

__all__ = ["Ranking", "front", "ranked", "weights_of"]


@dataclass(frozen=True)
class Ranking:
    """`fit`: the best first. `out`: behind a wall."""

    fit: Sequence[Candidate]
    out: Sequence[Candidate]

    @property
    def best(self) -> Candidate | None:
        return self.fit[0] if self.fit else None


def weights_of(case: Situation) -> Weights:
    """The caller's, with what is to come first ahead."""
    return case.needs.weights.first(case.needs.priority)


def ranked(case: Situation) -> Ranking:
    """Over the kinds of models. Each is judged by itself: none moves by another's being there."""
    fit, out = [], []
    weights = weights_of(case)
    for row in case.world.rows:
        if why := shut(case, row):
            out.append(Candidate(row.name, rejected=why))
            continue
        what = expected(case, row, case.world.of(row.name))
        candidate = weighed(case, row, what, weights)
        if why := too_much(case, row, what):
            out.append(replace(candidate, rejected=why))
        else:
            fit.append(candidate)
    return Ranking(sorted(fit, key=lambda one: one.order), out)


def front(fit: Sequence[Candidate]) -> tuple[str, ...]:
    """Those that no other equals or beats in everything: which of them is best is a matter of weights."""
    return tuple(one.name for one in fit if not any(_beats(other, one) for other in fit))


def _beats(one: Candidate, other: Candidate) -> bool:
    return one.marks != other.marks and all(
        getattr(one, aspect) >= getattr(other, aspect) for aspect in ASPECTS
    )
