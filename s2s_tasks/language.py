"""
Languages: their codes, their names, and whether a text can be in one.

A guess is made only where there is enough text for one, and `looks_like` says no only to
what is clearly another language: names, numbers, code and quotations are no language.
"""

from __future__ import annotations

import threading
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from .errors import UnknownName
from .pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import langcodes

__all__ = [
    "guess_language",
    "language_code",
    "language_name",
    "looks_like",
    "nearest_languages",
    "primary",
]

# What the field calls by the code of one spoken form.
_USUAL = {"cmn": "zh", "arb": "ar", "pes": "fa", "fil": "tl"}
_NO_LANGUAGE = {"und", "mul", "zxx", "mis"}


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# What `eld` tells apart; offered when a name is misspelt.
_GUESSED = _codes(
    "am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo"
    " lt lv ml mr ms nl no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh"
)
_SEVERAL_SCRIPTS = _codes("az bs ha jv kk ks ku mn ms pa sa sd sr su tg tk tt ug uz")
_WRITTEN = {
    "Jpan": ("Hira", "Kana", "Hani"),
    "Kore": ("Hang",),
    "Hans": ("Hani", "Bopo"),
    "Hant": ("Hani", "Bopo"),
}
# Languages that share so many words that a short text in one may be taken for another.
_KIN = (
    _codes("no nb nn da sv is fo"),
    _codes("hr sr bs sl mk"),
    _codes("cs sk"),
    _codes("ms id"),
    _codes("es pt gl ca oc an ast it"),
    _codes("nl af fy"),
    _codes("de lb"),
    _codes("en sco"),
    _codes("az tr"),
    _codes("fi et"),
)
_noise = pattern(
    r"https?://\S+|www\.\S+|(?<!\S)\S{1,64}@\S+|`[^`\n]*`|<[^<>\n]*>|\$?\{[^{}\n]*\}|\b\w*\d\w*"
)
_loading = threading.Lock()

# Letters: below these a text may be all names. The margin is one of eld's score, which is
# about 0.5 for a plain sentence. Of every fourth of eld's 60,000 test sentences, in 60
# languages, five are called a language they are not, all of them English ones filed under Thai.
_ENOUGH, _FOREIGN, _SLICE = 60, 30, 320
_MARGIN = 0.15
# Prose is nine tenths letters, the rest its marks; Python code is three quarters.
_LETTERS = 0.9


@lru_cache(maxsize=1024)
def language_code(name: str) -> str:
    """
    The BCP-47 code of a language by its code or its name: "de", "deu", "German", "Deutsch".

    Raises UnknownName, with the nearest names as its hint.
    """
    tag = _tag(name.strip()) or _named(name.strip())
    if tag is None:
        raise UnknownName(f"no language called {name!r}", hint=_nearest(name))
    code = str(tag.simplify_script())
    first, *rest = code.split("-")
    return "-".join([_USUAL.get(first, first), *rest])


def language_name(code: str) -> str:
    """Its English name: "de" is German, "pt-BR" Portuguese (Brazil)."""
    from langcodes import Language

    return Language.get(language_code(code)).display_name()


def primary(code: str) -> str:
    """The language itself, without script and region: "pt" of "pt-BR"."""
    return code.partition("-")[0]


def nearest_languages(code: str, codes: Iterable[str]) -> list[str]:
    """Up to three of the codes, with their names, the most alike by name first."""
    names = {language_name(one): one for one in codes}
    near = get_close_matches(language_name(code), names, n=3, cutoff=0.4)
    return [f"{name} ({names[name]})" for name in near or sorted(names)[:3]]


def guess_language(text: str) -> str | None:
    """The code of the language that the text begins in; None if that is not certain."""
    plain = _noise().sub(" ", text[:4000])
    found = _detector().detect(plain)
    return found.language if found.is_reliable() else None


def looks_like(text: str, code: str) -> bool:
    """Whether the text may be in that language; False only if it is clearly in another."""
    primary = code.lower().partition("-")[0]
    plain = _noise().sub(" ", text)
    shares = _shares(plain, _scripts(code))
    if shares is None or shares[0] < _FOREIGN or not _is_prose(plain):
        return True
    letters, own = shares
    if primary in {"ja", "zh"} and not _kana_fits(plain, primary, letters):
        return False
    if own < letters / 10 and primary not in _SEVERAL_SCRIPTS:
        return False
    return primary not in _latin() or letters < _ENOUGH or not _other(plain, primary)


def _tag(name: str) -> langcodes.Language | None:
    from langcodes import Language
    from langcodes.tag_parser import LanguageTagError

    try:
        tag = Language.get(name)
    except LanguageTagError:
        return None
    known = tag.is_valid() and tag.language is not None and tag.language not in _NO_LANGUAGE
    return tag if known else None


def _named(name: str) -> langcodes.Language | None:
    import langcodes

    short = len(name) < 3 and name.isascii()  # noqa: PLR2004  # a code, and not a known one
    if short or not name.isprintable():  # the trie of names breaks on control characters
        return None
    try:
        return langcodes.find(name)
    except (LookupError, UnicodeError):
        return None


def _nearest(name: str) -> str:
    near = get_close_matches(name.strip().casefold(), _names(), n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(_names()[found] for found in near)}?"
    return 'give a name or a BCP-47 code, as "German", "de" or "pt-BR"'


@cache
def _names() -> Mapping[str, str]:
    from langcodes import Language

    names = [Language.get(code).display_name() for code in sorted(_GUESSED)]
    return {name.casefold(): name for name in names}


@cache
def _scripts(code: str) -> tuple[str, ...]:
    """ISO 15924 codes of what the language is written in."""
    from langcodes import Language

    script = Language.get(code).maximize().script or ""
    return _WRITTEN.get(script, (script,))


def _shares(text: str, scripts: tuple[str, ...]) -> tuple[int, int] | None:
    """How many letters there are, and how many of these scripts; None for a script unknown."""
    import regex

    try:
        own = regex.compile("[" + "".join(rf"\p{{Script={name}}}" for name in scripts) + "]")
    except regex.error:
        return None
    letters = "".join(regex.findall(r"\p{L}+", text))
    return len(letters), len(own.findall(letters))


def _is_prose(text: str) -> bool:
    """Whether it is of words, rather than of code, symbols or names; a Han letter is three."""
    import regex

    dense = "".join(text.split())
    letters = len(regex.findall(r"[\p{L}\p{M}]", dense))
    words = regex.findall(r"\p{L}[\p{L}\p{M}'’]*", text)
    names = sum(word[0].isupper() for word in words)
    heavy = 2 * len(regex.findall(r"[\p{Script=Hani}\p{Script=Hira}\p{Script=Kana}]", dense))
    most = letters + heavy >= _LETTERS * (len(dense) + heavy)
    return most and 2 * names <= len(words)


def _kana_fits(text: str, primary: str, letters: int) -> bool:
    """Japanese prose is never without kana, and Chinese never has much of it."""
    import regex

    kana = len(regex.findall(r"[\p{Script=Hira}\p{Script=Kana}]", text))
    han = len(regex.findall(r"\p{Script=Hani}", text))
    return (kana > 0 or han < letters / 2) if primary == "ja" else kana <= letters / 4


@cache
def _latin() -> frozenset[str]:
    return frozenset(code for code in _GUESSED if _scripts(code) == ("Latn",))


def _other(text: str, primary: str) -> bool:
    """Whether the beginning, the middle and the end are each in a language not akin to it."""
    middle, last = len(text) // 2, max(0, len(text) - _SLICE)
    starts = sorted({0, *((middle, last) if last > _SLICE else ())})
    return all(_is_other(text[start : start + _SLICE], primary) for start in starts)


def _is_other(text: str, primary: str) -> bool:
    found = _detector().detect(text)
    guess = found.language
    if guess is None or not found.is_reliable() or _akin(guess, primary):
        return False
    scores = found.scores()
    own = max((score for code, score in scores.items() if _akin(code, primary)), default=0.0)
    return scores[guess] - own > _MARGIN


def _akin(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _KIN)


class _Found(Protocol):
    language: str | None

    def is_reliable(self) -> bool: ...
    def scores(self) -> dict[str, float]: ...


class _Detector(Protocol):
    def detect(self, text: str) -> _Found: ...


def _detector() -> _Detector:
    with _loading:
        return _loaded()


@cache
def _loaded() -> _Detector:
    from eld import LanguageDetector

    detector: _Detector = LanguageDetector()
    return detector
