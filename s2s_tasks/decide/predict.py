"""
How long it will take: prefill of the input, then one step for each token of the output.

total = load (once) + prefill(T, B) + (U - 1) * step(T, B), for B inputs of T tokens and
outputs of U. Where shapes were measured, prefill and step are read between them: straight
lines on logarithmic axes, which are exact for any power law, the linear part of a transformer
and its quadratic one alike. Where none was, the two rates stand for them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .evidence import Evidence, Timing

__all__ = ["Seconds", "predict"]

SHORTEST = 1e-9
"""Seconds: a clock may see nothing pass, and nothing has no logarithm."""

Point = tuple[float, float]
Reading = Callable[[Timing], float]


@dataclass(frozen=True)
class Seconds:
    """Of a batch: until the model is loaded, the first piece from then on, and all of it."""

    load: float
    first_piece: float
    total: float


def predict(evidence: Evidence, input_tokens: int, output_tokens: int, batch: int = 1) -> Seconds:
    """Of `batch` inputs of so many tokens each, once the model is loaded; pure."""
    tokens, batch, steps = max(1, input_tokens), max(1, batch), max(0, output_tokens - 1)
    if evidence.timings:
        first = _read(evidence.timings, tokens, batch, _PREFILL)
        step = _read(evidence.timings, tokens, batch, _STEP) if steps else 0.0
    else:
        first = evidence.first_piece_seconds + batch * tokens / evidence.input_tokens_per_second
        step = batch / evidence.output_tokens_per_second
    return Seconds(evidence.load_seconds, first, first + steps * step)


@dataclass(frozen=True)
class _Quantity:
    """What is read from the rows, and how it grows where only one length or batch is known."""

    of: Reading
    least_output: int
    with_length: float
    with_batch: float


def _step_of(row: Timing) -> float:
    return (row.total_seconds - row.first_piece_seconds) / (row.output_tokens - 1)


_PREFILL = _Quantity(lambda row: row.first_piece_seconds, 0, 1.0, 1.0)
_STEP = _Quantity(_step_of, 2, 0.0, 0.5)  # 0.5: batch 32 is 5 to 7 times the tokens a second


def _read(rows: Sequence[Timing], tokens: int, batch: int, what: _Quantity) -> float:
    """Between lengths at every batch that was measured, then between batches."""
    lengths: dict[int, list[Point]] = {}
    for row in rows:
        if row.output_tokens >= what.least_output:
            lengths.setdefault(row.batch, []).append((row.input_tokens, what.of(row)))
    at_length = [
        (measured, _between(points, tokens, what.with_length))
        for measured, points in lengths.items()
    ]
    return _between(at_length, batch, what.with_batch)


def _between(points: Sequence[Point], at: float, slope: float) -> float:
    """On the line through the two nearest, or the one with that slope if there is one point."""
    line = _merged(points)
    if not line:
        return 0.0
    left = line[0]
    if len(line) > 1:
        pairs = list(pairwise(line))
        left, right = next((pair for pair in pairs if math.log(at) <= pair[1][0]), pairs[-1])
        slope = max(0.0, (right[1] - left[1]) / (right[0] - left[0]))
    return math.exp(left[1] + slope * (math.log(at) - left[0]))


def _merged(points: Sequence[Point]) -> Sequence[Point]:
    """Logarithms in order, with one point, the median, at each place."""
    places: dict[float, list[float]] = {}
    for at, seconds in points:
        places.setdefault(math.log(max(1, at)), []).append(math.log(max(SHORTEST, seconds)))
    return [(at, median(places[at])) for at in sorted(places)]
