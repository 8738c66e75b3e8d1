"""
What every task expects of a text, given or answered.

A loop is the failure of decoding that no schema sees: the model says the same again and
again. It is told from refrains, lists and tables by how often it says it without a break.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..errors import BadInput, InvalidOutput
from ..pattern import pattern
from ..words import UNSPACED

if TYPE_CHECKING:
    from ..exchange import Completion

__all__ = ["answered", "check_loop", "has_loop", "need_text"]

# A refrain is sung four times in a row, not six; "la la la" goes on for a line, not for 24 words.
_TIMES, _COVERED, _PERIOD, _TAIL = 6, 24, 60, 4000
_unit = pattern(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
_stutter = pattern(r"([^\W\d_]{1,12}?)\1{59}")
_surrogate = pattern("[\ud800-\udfff]")


def need_text(value: object, what: str = "the text") -> str:
    """The text itself; raises BadInput if it is none, blank, or not Unicode."""
    if not isinstance(value, str):
        raise BadInput(
            f"{what} is a {type(value).__name__}, not a str",
            hint="give a str; decode bytes and read files first",
        )
    if not value.strip():
        raise BadInput(f"{what} is empty", hint="give a text with something in it")
    if lone := _surrogate().search(value):
        raise BadInput(
            f"{what} has a lone surrogate {lone.group()!a} at position {lone.start()}",
            hint='decode it anew, with errors="replace" if need be',
        )
    return value


def answered(completion: Completion) -> str:
    """The text of a whole answer, stripped; raises InvalidOutput if there is none."""
    text = completion.text.strip()
    if not text:
        raise InvalidOutput("The answer is empty.")
    return text


def check_loop(text: str) -> None:
    """Raise InvalidOutput for an answer that says the same over and over."""
    if has_loop(text):
        raise InvalidOutput("The answer repeats itself over and over. Say everything once.")


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
