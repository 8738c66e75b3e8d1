"""
Whether a text says the same over and over.

A loop is the failure of decoding that no schema sees: the model says the same again and
again. It is told from refrains, lists and tables by how often it says it without a break.
"""

from __future__ import annotations

from collections import Counter

from .pattern import pattern
from .words import UNSPACED

__all__ = ["has_loop"]

# A refrain is sung four times in a row, not six; "la la la" goes on for a line, not for 24 words.
_TIMES, _COVERED, _PERIOD, _TAIL = 6, 24, 60, 4000
_unit = pattern(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_stutter = pattern(r"([^\W\d_]{1,12}?)\1{59}")


def has_loop(text: str) -> bool:
    """Whether the last few thousand words say the same again and again without a break."""
    if _stutter().search(text[-20_000:]):
        return True
    units = _unit().findall(text.casefold())[-_TAIL:]
    if len(units) < _COVERED or Counter(units).most_common(1)[0][1] < _TIMES:
        return False
    return any(_repeats(units, period) for period in range(1, _PERIOD + 1))


def _repeats(units: list[str], period: int) -> bool:
    enough = max(_COVERED, _TIMES * period) - period
    run = 0
    for at, (one, later) in enumerate(zip(units, units[period:], strict=False)):
        run = run + 1 if one == later else 0
        # Columns of figures repeat themselves for good reason.
        if run >= enough and not all(map(str.isdecimal, units[at : at + period])):
            return True
    return False
