"""Which sentences to take: the most central ones that say something new and fit.

Greedy, as maximal marginal relevance is: what a sentence is worth shrinks by
the share of its terms (by weight) that the chosen ones already hold. That share
only grows, so a heap of old worths is an upper bound and few are computed anew
(the lazy evaluation of Minoux 1978).
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .graph import Graph

# A sentence with this share of its terms said already is a repetition.
_SAID = 0.95
# The first one must be worth nearly as much as the best: rather the best one cut
# than a lesser one whole. With 20 words on SciTLDR-A train, 0.6/0.7/0.8/0.9 give
# ROUGE-1 29.7/30.7/31.4/30.9. Later ones only must not be chaff that fills a place.
FIRST, LATER = 0.8, 0.5


def choose(
    graph: Graph,
    scores: Sequence[float],
    costs: Sequence[int],
    budget: int,
    check: Callable[[], None],
) -> list[int]:
    """Numbers of the chosen sentences, best first; their costs stay within the budget.

    Empty when no sentence worth taking fits.
    """
    heap = [(-score, number) for number, score in enumerate(scores)]
    heapify(heap)
    best = max(scores, default=0)
    chosen: list[int] = []
    said: set[int] = set()
    while heap and budget > 0 and -heap[0][0] >= best * (LATER if chosen else FIRST):
        check()
        old, number = heappop(heap)
        if costs[number] > budget:
            continue
        share = _share(graph, number, said)
        worth = -scores[number] * (1 - share)
        if worth > old:
            if share < _SAID:
                heappush(heap, (worth, number))
            continue
        chosen.append(number)
        said.update(graph.rows[number])
        budget -= costs[number]
    return chosen


def _share(graph: Graph, number: int, said: set[int]) -> float:
    mass = graph.mass[number]
    return graph.shared(number, said) / mass if said and mass else 0.0
