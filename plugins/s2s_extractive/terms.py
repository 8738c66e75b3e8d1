"""Terms: what two sentences share when they speak of the same thing.

A word is folded in case and cut to its first seven characters, so that most
inflections meet without a stemmer and without knowing the language; scripts
written without spaces give pairs of neighbouring characters. There is no list
of stop words: a term found in many sentences weighs little (see `graph`).

Seven was best on SciTLDR-A train, R1/R2/RL of the one best sentence: 31.8/12.2/24.8
against 31.7/12.2/24.8 (six), 31.4/11.7/24.4 (a Snowball stemmer) and
31.2/11.6/24.2 (whole words).
"""

from __future__ import annotations

from unicodedata import normalize

from s2s_tasks.pattern import pattern
from s2s_tasks.words import UNSPACED

_STEM = 7
_gaps = (
    r"\s!-/:-@\[-`{-~\x00-\x1f\x7f-\xa0¡«»¿،؛؟।॥\u2000-\u200b\u200e-\u206f\u3000-\u303f！-／：-＠"
)
_word = pattern(rf"[{UNSPACED}]+|[^{UNSPACED}{_gaps}]+")
_unspaced = pattern(f"[{UNSPACED}]")


def terms(text: str) -> list[str]:
    """The distinct terms of a text, in order of appearance (so that sums repeat exactly)."""
    if text.isascii():
        return list(dict.fromkeys([word[:_STEM] for word in _word().findall(text.casefold())]))
    words = _word().findall(normalize("NFKC", text).casefold())
    return list(dict.fromkeys(term for word in words for term in _parts(word)))


def _parts(word: str) -> list[str]:
    if not _unspaced().match(word):
        return [word[:_STEM]]
    return [word[at : at + 2] for at in range(max(1, len(word) - 1))]
