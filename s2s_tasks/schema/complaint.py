"""
What is wrong with a value, in words a model can act on.

The schema is followed to where the value breaks it. Each keyword on the way is tried by itself,
so every place gets its own words, and the work and the message stay bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from .nearest import kinds_of, nearest
from .plain import Json, Node, place
from .resolved import referred
from .saying import said, unlisted
from .shown import either, shortened, shown
from .validator import Validator

__all__ = ["complaint", "problems"]

MOST: Final = 10
LONGEST: Final = 2_000
LONGEST_LINE: Final = 400

TOGETHER: Final = {
    "contains": ("contains", "minContains", "maxContains"),
    "if": ("if", "then", "else"),
}
"""Keywords that are tried together with others; those alone say nothing."""

REST: Final = frozenset({"additionalProperties", "items"})
"""Keywords for what others leave over: it is looked at piece by piece."""

SILENT: Final = frozenset(
    {"minContains", "maxContains", "then", "else", "unevaluatedItems", "unevaluatedProperties"}
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A value that a schema may not accept."""

    path: str
    node: Json
    value: Json


Finding: TypeAlias = "Doubt | str"
Part: TypeAlias = tuple[str, Json, Json]
"""Path, schema and value."""


def complaint(lines: list[str], *, text: str = "The JSON does not fit the schema.") -> str:
    """One message of at most 2,000 characters, for the model that wrote the value."""
    for line in lines:
        added = f"{text}\n{line[:LONGEST_LINE]}"
        if len(added) > LONGEST:
            break
        text = added
    return text


def problems(validator: Validator, value: Json) -> list[str]:
    """Up to ten lines `path: what is wrong`, for a value that does not fit."""
    found: dict[str, None] = {}
    doubts = [Doubt("$", validator.document, value)]
    while doubts and len(found) < MOST:
        doubt = doubts.pop()
        inner = []
        for finding in _findings(validator, doubt):
            if isinstance(finding, Doubt):
                inner.append(finding)
            else:
                found[f"{shortened(doubt.path)}: {finding}"] = None
        doubts += reversed(inner)
    return [*islice(found, MOST)] or ["$: the value is none that the schema describes"]


def _findings(validator: Validator, doubt: Doubt) -> Iterator[Finding]:
    """What is wrong with the value itself, and which of its parts are to be looked at."""
    node = doubt.node
    if not isinstance(node, dict):
        yield "must not be there"
        return
    every = (
        finding
        for word in node
        if word not in SILENT
        if word in REST or not validator.part_fits(node, doubt.value, TOGETHER.get(word, (word,)))
        for finding in _broken(validator, word, node, doubt)
    )
    found = [*islice(every, MOST)]
    yield from found
    if not found and not validator.part_fits(node, doubt.value):
        yield "has parts that the schema does not describe"


def _broken(validator: Validator, word: str, node: Node, doubt: Doubt) -> Iterator[Finding]:
    path, value = doubt.path, doubt.value
    inner = node[word]
    match word, inner, value:
        case "$ref", _, _:
            yield Doubt(path, referred(validator.document, inner), value)
        case "allOf", list(), _:
            yield from _doubted(validator, ((path, one, value) for one in inner))
        case "anyOf" | "oneOf", list(), _:
            yield _alternative(validator, inner, doubt)
        case "if", _, _:
            branch = node["then" if validator.part_fits(inner, value) else "else"]
            yield Doubt(path, branch, value)
        case "dependentSchemas", dict(), dict():
            present = ((path, one, value) for name, one in inner.items() if name in value)
            yield from _doubted(validator, present)
        case "properties" | "patternProperties" | "additionalProperties", _, dict():
            yield from _doubted(validator, _fields(validator, word, node, doubt))
        case "prefixItems" | "items", _, list():
            yield from _doubted(validator, _items(word, node, doubt))
        case _ if word not in REST:
            yield said(validator, word, node, value)


def _doubted(validator: Validator, parts: Iterable[Part]) -> Iterator[Doubt]:
    for path, node, value in parts:
        if not validator.part_fits(node, value):
            yield Doubt(path, node, value)


def _alternative(validator: Validator, branches: Sequence[Json], doubt: Doubt) -> Finding:
    fitting = sum(validator.part_fits(branch, doubt.value) for branch in branches)
    if fitting > 1:
        return f"fits {fitting} of the alternatives, and must fit exactly one"
    chosen = nearest(validator.document, branches, doubt.value)
    if chosen is None:
        kinds = {name for branch in branches for name in kinds_of(validator.document, branch)}
        return f"must be {either(sorted(kinds))}, not {shown(doubt.value)}"
    return Doubt(doubt.path, chosen, doubt.value)


def _fields(validator: Validator, word: str, node: Node, doubt: Doubt) -> Iterator[Part]:
    inner, value = node[word], doubt.value
    assert isinstance(value, dict)
    for name, one in value.items():
        schemas: list[Json] = []
        if word == "properties" and isinstance(inner, dict):
            schemas = [inner[name]] if name in inner else []
        elif word == "patternProperties" and isinstance(inner, dict):
            schemas = [inner[key] for key in inner if validator.matches(key, name)]
        elif unlisted(validator, node, name):
            schemas = [inner]
        yield from ((place(doubt.path, name), schema, one) for schema in schemas)


def _items(word: str, node: Node, doubt: Doubt) -> Iterator[Part]:
    listed, value = node.get("prefixItems", []), doubt.value
    assert isinstance(listed, list)
    assert isinstance(value, list)
    if word == "prefixItems":
        yield from (
            (place(doubt.path, n), listed[n], value[n]) for n in range(min(len(listed), len(value)))
        )
    else:
        rest = range(len(listed), len(value))
        yield from ((place(doubt.path, n), node["items"], value[n]) for n in rest)
