"""What a canonical schema says of one value, followed through its references and alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .plain import Json, Node

__all__ = ["parts_of", "referred", "through"]

ALTERNATIVES: Final = ("allOf", "anyOf", "oneOf")


def referred(root: Node, reference: Json) -> Json:
    """The schema that a canonical reference means."""
    defs = root["$defs"]
    assert isinstance(defs, dict)
    return defs[str(reference).removeprefix("#/$defs/")]


def through(root: Node, schema: Json) -> Iterator[Node]:
    """Every schema that may say something of the same value; ends, as the schema was checked."""
    stack, seen = [schema], set()
    while stack:
        node = stack.pop()
        if not isinstance(node, dict) or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if "$ref" in node:
            stack.append(referred(root, node["$ref"]))
        for word in (*ALTERNATIVES, "then", "else"):
            inner = node.get(word, [])
            stack += inner if isinstance(inner, list) else [inner]


def parts_of(node: Node, value: Json) -> Iterator[tuple[str | int, Json, Json]]:
    """The fields or items of a value, each with what `node` itself says of it."""
    if isinstance(value, dict):
        named = node.get("properties")
        fields = named if isinstance(named, dict) else {}
        rest = node.get("additionalProperties", True)
        for key, one in value.items():
            yield key, one, fields.get(key, rest)
    elif isinstance(value, list):
        listed = node.get("prefixItems")
        first = listed if isinstance(listed, list) else []
        rest = node.get("items", True)
        for n, one in enumerate(value):
            yield n, one, first[n] if n < len(first) else rest
