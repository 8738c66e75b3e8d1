"""Texts to measure with: common words in sentences, drawn by chance, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

__all__ = ["drawn"]

WORDS: Final = """
about above across after again against almost along already although always among animal answer
around because become before behind believe better between bridge bring building business careful
carry centre change children choose city clear close colour common company consider corner country
course decide different dinner doctor during early evening every family father field figure follow
forest friend garden general give government great ground group happen harbour heavy history hospital
house however hundred idea important interest island journey kitchen language large later learn
leave letter light listen little market matter meeting memory minute modern money morning mother
mountain movement music nature never newspaper night number office often open other outside paper
people perhaps picture place plant point possible power present problem produce public question
quiet reason remember report result return river school season second service several simple sister
special station story street strong student summer system table teacher though thousand together
tomorrow toward travel turn under until village visit voice wait water weather white window winter
without woman wonder world write yellow yesterday young
"""
SENTENCE: Final = (8, 14)
"""Fewest and most words of a sentence: translators are trained on sentences."""


def drawn(tokens: int, count: Callable[[str], int], seed: int) -> str:
    """As many words as have at most `tokens` tokens by `count`; at least one word."""
    words = _words(tokens, Random(seed))  # noqa: S311  # texts to measure with keep no secret
    low, high = 1, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        fits = count(_ended(words[:middle])) <= tokens
        low, high = (middle, high) if fits else (low, middle - 1)
    return _ended(words[:low])


def _words(number: int, chance: Random) -> list[str]:
    known, words = WORDS.split(), list[str]()
    while len(words) < number:
        first, *others = (chance.choice(known) for _ in range(chance.randint(*SENTENCE)))
        words += [first.capitalize(), *others[:-1], f"{others[-1]}."]
    return words[:number]


def _ended(words: list[str]) -> str:
    return f"{' '.join(words).removesuffix('.')}."
