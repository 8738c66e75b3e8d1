"""Only keywords of the draft, each with a value of its kind; a mistyped one is named, not ignored."""

from __future__ import annotations

import difflib
from typing import Final

from ..errors import SchemaRejected
from .holding import check_value
from .keywords import DRAFT_2020, DRAFTS, ELSEWHERE, Dialect, Holds
from .patterns import check_pattern
from .plain import Node, place

__all__ = ["check_words", "dialect_of"]

EXTENSION: Final = "x-"
"""How keywords begin that are the user's own; they say nothing of a value and are left out."""


def dialect_of(document: Node) -> Dialect:
    """The draft that `$schema` names; 2020-12 where there is none."""
    told = document.get("$schema", "https://json-schema.org/draft/2020-12/schema")
    key = str(told).removeprefix("https://").removeprefix("http://").removesuffix("#")
    if not isinstance(told, str) or key not in DRAFTS:
        known = ", ".join(draft.name for draft in DRAFTS.values())
        raise SchemaRejected("$.$schema", f"one of {known}", told)
    return DRAFTS[key]


def check_words(path: str, node: Node, dialect: Dialect, *, lenient: bool) -> None:
    """
    Raise SchemaRejected at the first keyword that is unknown or of a wrong value.

    `lenient` is for schemas that a type's library writes: the type checks what we do not know.
    """
    for word, value in node.items():
        holds = dialect.words.get(word)
        if holds is not None and not (lenient and holds is Holds.FORMAT):
            check_value(path, word, holds, value)
            _check_patterns(path, word, holds, value)
        elif holds is None and not lenient:
            _check_unknown(path, word, dialect)
    if node.get("$schema", "") and path != "$":
        raise SchemaRejected(place(path, "$schema"), "only at the root", node["$schema"])


def _check_patterns(path: str, word: str, holds: Holds, value: object) -> None:
    if holds is Holds.PATTERN:
        check_pattern(place(path, word), str(value))
    elif holds is Holds.PATTERNED and isinstance(value, dict):
        for pattern in value:
            check_pattern(place(path, word), pattern)


def _check_unknown(path: str, word: str, dialect: Dialect) -> None:
    if word == "x-guidance":
        raise SchemaRejected(place(path, word), "no orders to a constrained decoder", word)
    if not word.startswith(EXTENSION):
        hint = _instead(word, dialect)
        limit = f"only keywords of {dialect.name}" + (f" ({hint})" if hint else "")
        raise SchemaRejected(
            place(path, word), limit, word, hint="keywords of your own begin with x-"
        )


def _instead(word: str, dialect: Dialect) -> str:
    if word in ELSEWHERE:
        return ELSEWHERE[word]
    if word in DRAFT_2020.words:
        return 'it is one of a later draft, which "$schema" can name'
    near = difflib.get_close_matches(word[:64], dialect.words, 1)
    return f'did you mean "{near[0]}"?' if near else ""
