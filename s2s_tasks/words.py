"""Words and graphemes: how much text there is, and where it may be parted.

Scripts written without spaces are counted by character, the measure their
readers use; all other text by white space.
"""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from .pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    import regex

# The inside of a character class. Han, kana, Thai, Lao, Myanmar and Khmer: blocks from the Unicode chart index.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_dense = pattern(f"[{UNSPACED}]")
# One grapheme, one unit: vowels and stacked consonants go with their base.
_unit = pattern(
    rf"(?=\w)[{UNSPACED}][\u0e33\u0eb3]?(?:[\u1039\u17d2][\u1000-\u109f\u1780-\u17ff])*|[^\W_{UNSPACED}]+",
)
# Scripts written without spaces, with the wide marks that go with them.
_tight = pattern(f"[{UNSPACED}\u3001-\u303f\uff01-\uff65]")
_word = pattern(r"\S+")
_clause_end = pattern(r"[,;:.!?…)—–](?=\s)|[、，。；：！？।॥،؛؟](?!$)")


def count_words(text: str) -> int:
    """Words, where a character of a script written without spaces is one.

    Never below `len(text.split())`: each token counts at least once, so a
    promise kept in these words is kept in white-space words too.
    """
    tokens = text.split()
    if text.isascii() or _dense().search(text) is None:
        return len(tokens)
    return sum(_cost(token) for token in tokens)


def trim_words(text: str, limit: int) -> str:
    """At most `limit` words of the text, ending in "…" when something was cut.

    The cut is at the end of a clause if one lies in the last third, else
    between words; "…" sticks to the last word, so it is not counted.
    """
    text = text.strip()
    at = _fitting(text, limit)
    if at >= len(text):
        return text
    if at == 0:
        return ""
    clause = max(
        (m.end() for m in _clause_end().finditer(text, 0, at + 1) if m.end() <= at), default=0
    )
    kept = text[: clause if 3 * clause >= 2 * at else at].rstrip()
    return (kept.rstrip(" ,;:.…—–-、，。；：।॥،؛(") or kept) + "…"


def space_between(one: str, other: str) -> str:
    """What parts two texts that follow each other: a space, or nothing in scripts without."""
    if not one or not other or _tight().match(one[-1]) or _tight().match(other[0]):
        return ""
    return " "


def joined(texts: Iterable[str]) -> str:
    """The texts, stripped, after one another as their scripts want it."""
    said: list[str] = []
    for text in filter(None, map(str.strip, texts)):
        said += (space_between(said[-1], text), text) if said else (text,)
    return "".join(said)


def is_border(text: str, at: int) -> bool:
    """Whether no grapheme runs across `at`, where a mark, letter or space comes before.

    Looked at from the character before; a joiner or a flag before it would
    need more context, so no border is claimed there.
    """
    before = text[at - 1]
    if before == "\u200d" or "\U0001f1e6" <= before <= "\U0001f1ff":
        return False
    found = grapheme().match(text, at - 1)
    return found is not None and found.end() == at


@cache
def grapheme() -> regex.Pattern[str]:
    """The pattern of one grapheme (Unicode, UAX #29)."""
    import regex

    return regex.compile(r"\X")


def _cost(token: str) -> int:
    return max(1, len(_unit().findall(token))) if _dense().search(token) else 1


def _fitting(text: str, limit: int) -> int:
    """The end of the last word within the limit; len(text) if all of it fits."""
    end = 0
    for match in _word().finditer(text):
        cost = _cost(match.group())
        if cost > limit:
            return _within(text, match.start(), match.end(), limit) if limit > 0 else end
        limit -= cost
        end = match.end()
    return len(text)


def _within(text: str, start: int, stop: int, limit: int) -> int:
    """The end of the last grapheme that keeps a token's words within the limit."""
    units = _unit().finditer(text, start, stop)
    beyond = next(islice(units, limit, None), None)
    at = beyond.start() if beyond else stop
    while at > start and not is_border(text, at):
        at -= 1
    return at
