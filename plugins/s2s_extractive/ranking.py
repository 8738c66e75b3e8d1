"""How central each sentence is: a random walk over the graph of similarities.

The walk of LexRank (Erkan and Radev 2004) and TextRank (Mihalcea and Tarau
2004) with weighted edges: from a sentence to another in proportion to their
similarity, and with a chance of 1 - damping to a place drawn from `restart`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .graph import Graph

# The usual damping; on SciTLDR-A train 0.7 to 1.0 differ by less than 0.2 in
# every score. A focus acts through the restart, which must then weigh more.
DAMPING, FOCUSED = 0.85, 0.5
# Total change of the distribution in a step: far below any gap that matters.
TOLERANCE = 1e-6
_STEPS = 500
# Below this a sum of similarities is a rounding error of the diagonal's removal.
_ALONE = 1e-9


def rank(
    graph: Graph,
    restart: Sequence[float],
    check: Callable[[], None],
    *,
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
) -> list[float]:
    """The walk's share of time in each sentence; the shares add up to 1.

    `restart` are non-negative weights, not all zero. A sentence like no other
    sends its walk to the restart.
    """
    total = sum(restart)
    home = [weight / total for weight in restart]
    degrees = graph.similarity([1.0] * len(graph))
    shares = home
    for _ in range(_STEPS):
        check()
        before, shares = shares, _step(graph, shares, degrees, home, damping)
        if sum(abs(a - b) for a, b in zip(before, shares, strict=True)) < tolerance:
            break
    return shares


def _step(
    graph: Graph,
    shares: Sequence[float],
    degrees: Sequence[float],
    home: Sequence[float],
    damping: float,
) -> list[float]:
    leaving = [s / d if d > _ALONE else 0.0 for s, d in zip(shares, degrees, strict=True)]
    arriving = graph.similarity(leaving)
    lost = sum(s for s, d in zip(shares, degrees, strict=True) if d <= _ALONE)
    back = 1 - damping + damping * lost
    return [damping * a + back * h for a, h in zip(arriving, home, strict=True)]
