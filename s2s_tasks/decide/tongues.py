"""
How much text of a language models have seen, and what that costs.

Tiers by WMT25 (means over 31 pairs from English): APIs keep 75 to 84 of 100 in the low tier,
where small local models fall to 16 to 36. Lengths by FLORES-200, relative to English, in a
byte-pair vocabulary like cl100k (petrov et al. 2023, arXiv 2305.15425).
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from ..language import language_name, primary

__all__ = ["LENGTHS", "Tier", "codes", "name_of", "stretch", "tier"]

Tier = Literal["high", "middle", "low", "none"]


def codes(listed: str) -> frozenset[str]:
    """A set of the codes, which stand between spaces."""
    return frozenset(listed.split())


_HIGH: Final = codes("en de fr es it pt nl zh ru ja ko cs tr sv ro vi id ar pl da no fi")
_MIDDLE: Final = codes("uk el hi fa th et lt lv sr bn bg hr sk sl hu he ca ms ta te ur")
_NOBODY: Final = frozenset({"mas"})
"""No system that was tested is adequate: the best has 45 of 100 on Maasai."""

LENGTHS: Final = {
    "de": 1.6, "fr": 1.6, "es": 1.5, "it": 1.6, "pl": 1.9, "fi": 2.0, "tr": 1.9, "ru": 2.5,
    "uk": 3.0, "el": 5.2, "ar": 3.0, "he": 3.7, "hi": 4.8, "bn": 5.8, "kn": 8.9, "sw": 2.0,
    "vi": 2.5, "ko": 2.4, "zh": 1.9, "ja": 2.3, "th": 4.4, "am": 7.7, "my": 11.7,
}  # fmt: skip


@cache
def name_of(code: str) -> str:
    """In English; looked up once."""
    return language_name(code)


def tier(language: str) -> Tier:
    """Of a BCP-47 code."""
    code = primary(language)
    if code in _NOBODY:
        return "none"
    if code in _HIGH:
        return "high"
    return "middle" if code in _MIDDLE else "low"


def stretch(language: str) -> float:
    """How many times the tokens of English the same content takes; 1 if unknown."""
    return LENGTHS.get(primary(language), 1.0)
