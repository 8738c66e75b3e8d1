"""
What to think of what a model wrote of a window, and what to try next.

Thresholds and temperatures are those of Radford et al. 2022 (section 4.5): a text that
compresses too well repeats itself, one that the model thinks unlikely is doubtful. A loop of
words, or a text without an end, is never taken for what was said.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..decoding import Beam, Greedy, Sample
from ..loops import has_loop
from .engine import Heard

__all__ = ["LADDER", "Try", "best"]

Strategy: TypeAlias = Greedy | Beam | Sample

LADDER: Final[tuple[Strategy, ...]] = (
    Greedy(),
    *(Sample(temperature=step / 10, seed=0) for step in (2, 4, 6, 8, 10)),
)
"""What is tried in turn, until a text is good."""

DENSE: Final = 2.4
"""How often smaller a text may become when it is compressed."""

UNSURE: Final = -1.0
"""Mean log-probability of a token below which a text is doubtful."""

SILENCE: Final = 0.6
"""Probability of no speech above which a doubtful text is none."""


@dataclass(frozen=True)
class Try:
    """What was heard of a window, and its text."""

    heard: Heard
    text: str

    @property
    def silent(self) -> bool:
        """Whether nobody speaks: by the model's word, or since there is no word in it."""
        told = self.heard.silence > SILENCE and self.doubtful
        return told or (self.heard.ended and not any(map(str.isalnum, self.text)))

    @property
    def doubtful(self) -> bool:
        return self.heard.logprob < UNSURE

    @property
    def dense(self) -> bool:
        letters = _bytes(self.text.strip())
        return len(letters) > DENSE * len(zlib.compress(letters))

    @property
    def whole(self) -> bool:
        """Whether it may be taken for what was said: it has an end, and is no loop."""
        return self.heard.ended and not has_loop(self.text)

    @property
    def good(self) -> bool:
        """Whether nothing else need be tried."""
        return self.silent or (self.whole and not self.dense and not self.doubtful)


def _bytes(text: str) -> bytes:
    """
    A byte for each character, as UTF-8 has them for English only.

    In UTF-8 plain Hindi, Thai and Tamil compress by 2.6 to 2.9, since all their letters begin alike.
    """
    numbers: dict[str, int] = {}
    return bytes(numbers.setdefault(letter, len(numbers) % 256) for letter in text)


def best(tries: Sequence[Try]) -> Try | None:
    """The good one, else the likeliest of those that are whole; None if there is none."""
    if tries[-1].good:
        return tries[-1]
    whole = [one for one in tries if one.whole]
    loose = [one for one in whole if not one.dense]
    return max(loose or whole, key=lambda one: one.heard.logprob, default=None)
