"""What a JSON Schema says of the build of a value: an object, a list, or one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from ..schema import Json

__all__ = ["DEFS", "Build", "Outline", "branches", "is_null", "only_of"]

DEFS = "#/$defs/"

WHOLE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "$dynamicRef"})
"""Keywords that speak of a value as a whole, so that it cannot be put together of parts."""


class Build(Enum):
    """`ONE` is a scalar, or what only makes sense as a whole: a pair, a member of a union."""

    OBJECT = "object"
    LIST = "list"
    ONE = "one"
    ANY = "any"


class Outline:
    """A canonical JSON Schema (draft 2020-12), looked at node by node."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document = document
        defs = document.get("$defs")
        self.defs = defs if isinstance(defs, dict) else {}

    def resolved(self, node: Json) -> Json:
        """The node behind references, and behind the "or null" of a union."""
        seen: set[str] = set()
        while isinstance(node, dict):
            reference = node.get("$ref")
            if isinstance(reference, str):
                if reference in seen or (target := self.target(reference)) is None:
                    return node
                seen.add(reference)
                node = target
            elif (inner := only_of(node)) is not None:
                node = inner
            else:
                return node
        return node

    def target(self, reference: str) -> Json:
        """The definition of that name; None for any other reference."""
        if reference == "#":
            return dict(self.document)
        return self.defs.get(reference.removeprefix(DEFS)) if reference.startswith(DEFS) else None

    def build(self, node: Json) -> Build:
        """How values of a resolved node are put together."""
        if node is True or node == {}:
            return Build.ANY
        if not isinstance(node, dict) or WHOLE & node.keys():
            return Build.ONE
        kinds = _kinds(node)
        if kinds == {"object"} or (not kinds and "properties" in node):
            return Build.OBJECT
        if kinds == {"array"} and not _is_tuple(node):
            return Build.LIST
        return Build.ONE if {"type", "enum", "const", "$ref"} & node.keys() else Build.ANY

    def takes_null(self, node: Json) -> bool:
        """Whether null may be a value; not sure is no."""
        seen: list[Json] = []
        waiting = [node]
        while waiting:
            node = waiting.pop()
            if node is True or is_null(node) or self.build(node) is Build.ANY:
                return True
            if isinstance(node, dict) and node not in seen:
                seen.append(node)
                waiting += branches(node)
                if isinstance(reference := node.get("$ref"), str):
                    waiting.append(self.target(reference) or False)
        return False

    def field(self, node: Json, name: str) -> Json:
        """The schema of a field of a resolved object."""
        if not isinstance(node, dict):
            return True
        properties = node.get("properties")
        if isinstance(properties, dict) and name in properties:
            return properties[name]
        return True if "patternProperties" in node else node.get("additionalProperties", True)


def only_of(node: Mapping[str, Json]) -> Json:
    """The only branch of a node that is nothing else, null aside; None if there is none."""
    if {"type", "properties", "enum", "const"} & node.keys():
        return None
    found = [branch for branch in _branches(node, "allOf", "anyOf", "oneOf") if not is_null(branch)]
    return found[0] if len(found) == 1 else None


def branches(node: Mapping[str, Json]) -> list[Json]:
    """What a value may be instead."""
    return [*_branches(node, "anyOf", "oneOf")]


def _branches(node: Mapping[str, Json], *keywords: str) -> Iterator[Json]:
    for keyword in keywords:
        listed = node.get(keyword)
        if isinstance(listed, list):
            yield from listed


def is_null(node: Json) -> bool:
    """Whether the node itself, its references aside, says that null is a value."""
    if not isinstance(node, dict) or not {"type", "enum", "const"} & node.keys():
        return False
    kinds, options = node.get("type", "null"), node.get("enum", [None])
    typed = "null" in kinds if isinstance(kinds, list) else kinds == "null"
    among = isinstance(options, list) and None in options
    return typed and among and node.get("const") is None


def _kinds(node: Mapping[str, Json]) -> set[str]:
    """The types that it names, null aside."""
    kinds = node.get("type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return {kind for kind in named if isinstance(kind, str)} - {"null"}


def _is_tuple(node: Mapping[str, Json]) -> bool:
    """A list of fixed length is a value in itself, as a pair of coordinates is."""
    fewest = node.get("minItems", 0)
    return "prefixItems" in node or (fewest != 0 and fewest == node.get("maxItems"))
