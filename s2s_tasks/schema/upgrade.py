"""The keywords of one schema as draft 2020-12 spells them."""

from __future__ import annotations

from typing import Final, TypeAlias

from .keywords import DRAFT_4, Dialect, Holds
from .plain import Json

__all__ = ["upgraded"]

Words: TypeAlias = dict[str, Json]

COUNTING: Final = frozenset({"minContains", "maxContains"})


def upgraded(words: Words, dialect: Dialect) -> Words:
    """The same said in draft 2020-12; the schemas within are taken as they are."""
    if "contains" not in words:
        words = {word: one for word, one in words.items() if word not in COUNTING}
    made: Words = {}
    for word, value in words.items():
        made |= _upgraded(word, value, words, dialect)
    return made


def _upgraded(word: str, value: Json, words: Words, dialect: Dialect) -> Words:
    match word:
        case "maximum" | "minimum" if words.get(_exclusive(word)) is True:
            return {_exclusive(word): value}
        case "exclusiveMaximum" | "exclusiveMinimum" if dialect is DRAFT_4:
            return {}
        case "items" if isinstance(value, list):
            rest = {"items": words["additionalItems"]} if "additionalItems" in words else {}
            return {"prefixItems": value, **rest} if value else rest
        case "additionalItems":
            return {}
        case "dependencies" if isinstance(value, dict):
            return _dependencies(value)
    return {word: _whole(value) if dialect.words[word] is Holds.COUNT else value}


def _exclusive(word: str) -> str:
    return {"maximum": "exclusiveMaximum", "minimum": "exclusiveMinimum"}[word]


def _dependencies(value: Words) -> Words:
    listed: Words = {name: one for name, one in value.items() if isinstance(one, list)}
    schemas: Words = {name: one for name, one in value.items() if not isinstance(one, list)}
    named = {"dependentRequired": listed, "dependentSchemas": schemas}
    return {word: found for word, found in named.items() if found}


def _whole(value: Json) -> Json:
    return int(value) if isinstance(value, float) else value
