"""
How often parts of a value are tried, where alternatives lead back to themselves.

A type's library tries every member of a union anew at each level, so a value that is deep
within recursive unions would take it longer than anybody waits. Our own check does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from ..errors import InvalidOutput
from ..pattern import pattern
from .nearest import contradicts, may_be
from .plain import Json, Node
from .resolved import parts_of, referred

__all__ = ["check_effort", "repeats"]

MOST: Final = 2_000_000
"""Tries; pydantic makes as many in a fifth of a second."""

_leads_to = pattern(r'"#/\$defs/([^"]+)"')

Tried: TypeAlias = dict[int, tuple[Json, int]]
"""Schemas by identity, each with how often it is tried."""


def repeats(document: Node) -> bool:
    """Whether a definition of a canonical schema leads back to itself."""
    defs = document.get("$defs")
    left = defs if isinstance(defs, dict) else {}
    leads = {name: {*_leads_to().findall(json.dumps(node))} for name, node in left.items()}
    while ended := [name for name, names in leads.items() if not names & leads.keys()]:
        leads = {name: names for name, names in leads.items() if name not in ended}
    return bool(leads)


def check_effort(document: Node, value: Json) -> None:
    """Raise InvalidOutput for a value that takes too long to read as a type."""
    total = 0
    stack: list[tuple[Json, Tried]] = [(value, {0: (dict(document), 1)})]
    while stack:
        value, said = stack.pop()
        inner: dict[str | int, tuple[Json, Tried]] = {}
        for node, times in _beside(document, said.values(), value):
            total += times
            _note(inner, node, times, value)
            if total > MOST:
                raise InvalidOutput("The JSON is too deep in alternatives that repeat themselves.")
        stack += inner.values()


def _note(inner: dict[str | int, tuple[Json, Tried]], node: Node, times: int, value: Json) -> None:
    for step, one, schema in parts_of(node, value):
        _, tried = inner.setdefault(step, (one, {}))
        before = tried.get(id(schema), (schema, 0))[1]
        tried[id(schema)] = schema, before + times


def _beside(
    root: Node, said: Iterable[tuple[Json, int]], value: Json
) -> Iterator[tuple[Node, int]]:
    """The schemas that are tried with this value, each with how often."""
    stack = [*said]
    while stack:
        node, times = stack.pop()
        if not isinstance(node, dict) or not may_be(node, value):
            continue
        yield node, times
        stack += [(one, times) for one in _inner(root, node, value)]


def _inner(root: Node, node: Node, value: Json) -> Iterator[Json]:
    if "$ref" in node:
        yield referred(root, node["$ref"])
    for word in ("allOf", "anyOf", "oneOf"):
        branches = node.get(word, [])
        for branch in branches if isinstance(branches, list) else []:
            if word != "oneOf" or not contradicts(root, branch, value):
                yield branch
