"""
JSON that any parser would read alike, or an error that a model can act on.

What parsers differ in is refused: keys that come twice, NaN and infinities, numbers beyond
floats, integers beyond 4,300 digits, half characters, and depth. Output that was cut is never
closed with guessed brackets.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate
from typing import Final, cast

from ..errors import InvalidOutput
from ..pattern import pattern
from .plain import Json, quoted

__all__ = ["strict_json"]

MAX_LETTERS: Final = 2 * 1024 * 1024
"""Far beyond what models write; it is read and checked within a second."""

MAX_DEPTH: Final = 64
MAX_DIGITS: Final = 4_300
"""What Python reads by default, since more takes quadratic time."""
MAX_EXPONENT: Final = 4
"""Digits, where a float has three: a Decimal of more takes for ever to become an integer."""

MOST_SHOWN: Final = 60

STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}

_string = pattern(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_half = pattern(r"\\u[dD][89a-fA-F]")
_digits = pattern(rf"\d{{{MAX_DIGITS + 1}}}")
_beside = pattern(r"[^][{}]+")


def strict_json(text: str) -> Json:
    """
    The value, with exact integers; raises InvalidOutput.

    >>> strict_json('{"sum": 12.50}')
    {'sum': 12.5}
    """
    _check_letters(text)
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_exact if _digits().search(text) else None,
        )
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg} at {_spot(text, error.pos)}") from None
    if _half().search(text):
        _check_halves(value)
    return cast("Json", value)


def _refused(what: str) -> InvalidOutput:
    return InvalidOutput(f"The answer is not valid JSON: {what}.")


def _spot(text: str, position: int) -> str:
    """Line, column, and what is written there."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    if position >= len(text):
        return f"the end (line {line} column {column}): the answer is not complete"
    near = quoted(text[position : position + 20])
    return f"line {line} column {column}, before {near}"


def _check_letters(text: str) -> None:
    if len(text) > MAX_LETTERS:
        raise _refused(f"it has {len(text):,} characters, of which {MAX_LETTERS:,} are read")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            at = error.start
            raise _refused(f"half a character (a lone surrogate) at position {at:,}") from None


def _check_depth(text: str) -> None:
    """Before it is parsed: parsers recurse."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = _beside().sub("", _string().sub("", text)).encode()
    if max(accumulate(map(STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise _refused(f"values are nested in each other more than {MAX_DEPTH} levels deep")


def _check_halves(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise _refused(f"{half} is half a character (a lone surrogate)") from None


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise _refused(f"the key {_short(twice)} comes twice in one object")
    return made


def _no_constant(word: str) -> Json:
    raise _refused(f"{word} is no JSON number; a value that is not known may be null")


def _finite(digits: str) -> float:
    _, _, exponent = digits.lower().partition("e")
    if len(exponent.lstrip("+-0")) > MAX_EXPONENT:
        raise _refused(f"{_short(digits)} has an exponent of more than {MAX_EXPONENT} digits")
    if (value := float(digits)) in {float("inf"), float("-inf")}:
        raise _refused(f"{_short(digits)} is too large a number")
    return value


def _exact(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        raise _refused(f"{digits[:20]}... is an integer of more than {MAX_DIGITS:,} digits")
    return int(digits)


def _short(text: str) -> str:
    return quoted(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")
