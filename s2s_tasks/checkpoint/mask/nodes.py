"""The schemas within a schema, by where they stand: a field may be called like a keyword."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from ...schema import Json

__all__ = ["Node", "every", "mapped"]

Node: TypeAlias = Mapping[str, Json]

NAMED: Final = ("properties", "$defs", "patternProperties", "dependentSchemas")
LISTED: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE: Final = ("items", "additionalProperties", "not", "if", "then", "else", "contains")


def mapped(schema: Node, change: Callable[[Node], Json]) -> dict[str, Json]:
    """A copy in which every schema right within it is changed."""
    made: dict[str, Json] = dict(schema)

    def changed(inner: Json) -> Json:
        return change(inner) if isinstance(inner, dict) else inner

    for word, inner in schema.items():
        if word in NAMED and isinstance(inner, dict):
            made[word] = {name: changed(one) for name, one in inner.items()}
        elif word in LISTED and isinstance(inner, list):
            made[word] = [changed(one) for one in inner]
        elif word in SINGLE:
            made[word] = changed(inner)
    return made


def every(schema: Node) -> Iterator[Node]:
    """Itself and all schemas within it."""
    yield schema
    for word, inner in schema.items():
        for one in _standing(word, inner):
            if isinstance(one, dict):
                yield from every(one)


def _standing(word: str, inner: Json) -> Iterable[Json]:
    if word in NAMED and isinstance(inner, dict):
        return inner.values()
    if word in LISTED and isinstance(inner, list):
        return inner
    return [inner] if word in SINGLE else []
