"""A few rows of time as two speeds and what is waited for in any case."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ..decide.evidence import Timing

__all__ = ["rates"]

SHORTEST = 1e-9
"""Seconds: nothing takes no time at all, whatever the clock saw."""


def rates(timings: Sequence[Timing]) -> tuple[float, float, float]:
    """
    Seconds before the first piece whatever the input, tokens a second of the input, and of the
    output: from the rows of the least batch. Of an answer in one piece, its tokens over all of
    its time.
    """
    least = min(row.batch for row in timings)
    rows = sorted((row for row in timings if row.batch == least), key=lambda row: row.input_tokens)
    fixed, reading = _reading(rows)
    return fixed, least * reading, least / median(map(_step, rows))


def _reading(rows: Sequence[Timing]) -> tuple[float, float]:
    """The line through the shortest and the longest input; through nothing where there is none."""
    short, long = rows[0], rows[-1]
    more = long.first_piece_seconds - short.first_piece_seconds
    if more > 0 and long.input_tokens > short.input_tokens:
        rate = (long.input_tokens - short.input_tokens) / more
        fixed = short.first_piece_seconds - short.input_tokens / rate
        if fixed > 0:
            return fixed, rate
    return 0.0, long.input_tokens / max(SHORTEST, long.first_piece_seconds)


def _step(row: Timing) -> float:
    writing = row.total_seconds - row.first_piece_seconds
    whole = row.output_tokens == 1 or writing <= 0
    seconds = row.total_seconds / row.output_tokens if whole else writing / (row.output_tokens - 1)
    return max(SHORTEST, seconds)
