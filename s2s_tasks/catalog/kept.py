"""
What a translation must keep of its source: addresses, placeholders, numbers, about its length.

A good translation is never to be called a bad one, so numbers are looked for only where
neither words nor another unit would do: by their digits, whatever parts them. Of 80,597
translated messages in the catalogues of Django 5.2 and Sphinx 9.0, 44 are refused: most of
them changed a placeholder, an address or a tag indeed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ..errors import InvalidOutput
from ..loops import has_loop
from ..pattern import pattern
from ..words import UNSPACED
from .invariants import check_loop

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check_translation"]

_address = pattern(
    r"(?:https?://|www\.)[\w#%&()*+,./:;=?@!$~\[\]-]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)
_placeholder = pattern(
    r"\{\{\s*[\w.]+\s*\}\}|\$\{[\w.]+\}|\{[\w.]*\}"
    r"|(?<![\d%])%(?:\(\w+\)|\d+\$)?[sdif]\b"
    r"|</?[a-zA-Z][\w-]*(?:\s+[\w-]+=(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*/?>",
    re.ASCII,
)
_tag_name = pattern(r"</?[\w-]+")
# Digits in groups of two or three, or a decimal fraction; a date or version is neither.
_parts = r"[.,'’\u00a0\u202f\u2009 ٬٫]"
_number = pattern(
    rf"(?<![\d.,])\d{{1,3}}(?:{_parts}\d{{2,3}})*{_parts}\d{{3}}(?:[.,٫]\d+)?(?![.,]?\d)"
    r"|(?<![\d.,])\d+[.,٫]\d+(?![.,]?\d)"
    r"|\d+"
)
_no_number = pattern(r"&#?\w{1,8};")
_share = pattern(r"\s?[%‰٪]")
_decade = pattern(r"['’]?s\b")
_han_digits = pattern("[〇零一二三四五六七八九]{3,}")
_counted_in_han = pattern("[十百千]")
_HAN = str.maketrans("〇零一二三四五六七八九", "00123456789")
_dense = pattern(f"[{UNSPACED}]")

SURE, SURE_SHARE = 3, 2
"""Significant digits from which a number, or a percentage, is written in digits everywhere."""

LONG, SHORTEST, LONGEST = 120, 0.25, 4.0
"""From so many letters, a translation has so much less or more; one of a script without
spaces counts for three."""


def check_translation(source: str, target: str) -> None:
    """Raise InvalidOutput, with what is missing, if `target` cannot be all of `source`."""
    _check_addresses(source, target)
    _check_placeholders(source, target)
    _check_numbers(source, target)
    _check_length(source, target)
    if not has_loop(source):
        check_loop(target)


def _check_addresses(source: str, target: str) -> None:
    found = {address.rstrip(".,;:!?)]*_") for address in _address().findall(source)}
    _complain(
        "these addresses as they are", sorted(address for address in found if address not in target)
    )


def _check_placeholders(source: str, target: str) -> None:
    found = dict.fromkeys(_placeholder().findall(source))
    lost = [mark for mark in found if _times(mark, source) != _times(mark, target)]
    _complain("these placeholders and tags as they are, as often as in the text", lost)


def _times(mark: str, text: str) -> int:
    """How often; a tag is known by its name, since its attributes may be words."""
    tag = _tag_name().match(mark)
    return len(re.findall(re.escape(tag[0]) + r"\b", text)) if tag else text.count(mark)


def _check_numbers(source: str, target: str) -> None:
    if _counted_in_han().search(target) or _counted_in_han().search(source):
        return
    kept = {_significant(number) for number, _ in _numbers(target)}
    runs = set(re.findall(r"\d+", _plain(target)))
    lost = [
        number
        for number, is_share in _numbers(source)
        if len(key := _significant(number)) >= (SURE_SHARE if is_share else SURE)
        and key not in kept
        and not set(re.findall(r"\d+", number)) <= runs
    ]
    _complain("these numbers", list(dict.fromkeys(lost)))


def _numbers(text: str) -> Iterable[tuple[str, bool]]:
    """Numbers with their separators, and whether they are percentages."""
    plain = _plain(_no_number().sub(" ", _placeholder().sub(" ", _address().sub(" ", text))))
    for match in _number().finditer(plain):
        if not _decade().match(plain, match.end()):
            yield match[0], _share().match(plain, match.end()) is not None


def _plain(text: str) -> str:
    """Digits of all scripts as 0 to 9."""
    text = _han_digits().sub(lambda run: run[0].translate(_HAN), text)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(char)) if not char.isascii() and char.isdecimal() else char
        for char in text
    )


def _significant(number: str) -> str:
    """Its digits without leading and trailing zeros: 1,250,000 and 1.25 million are one."""
    return re.sub(r"\D", "", number).strip("0")


def _check_length(source: str, target: str) -> None:
    given, made = _weight(source), _weight(target)
    if given < LONG:
        return
    if made < SHORTEST * given:
        raise InvalidOutput("The translation is much shorter than the text. Translate all of it.")
    if made > LONGEST * given:
        raise InvalidOutput("The translation is much longer than the text. Add nothing to it.")


def _weight(text: str) -> int:
    return len(text) + 2 * len(_dense().findall(text))


def _complain(what: str, lost: list[str]) -> None:
    if lost:
        raise InvalidOutput(f"The translation must keep {what}: {', '.join(lost[:10])}.")
