"""Which of some alternatives a value was meant to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .plain import Json, Node
from .resolved import through

__all__ = ["contradicts", "kinds_of", "may_be", "nearest"]

CLASSES: Final = {
    "null": type(None),
    "boolean": bool,
    "object": dict,
    "array": list,
    "string": str,
    "integer": int | float,
    "number": int | float,
}


def nearest(root: Node, branches: Sequence[Json], value: Json) -> Json | None:
    """The alternative with the most in common; None if its type alone forbids all."""
    scored = [(_score(root, branch, value), -n) for n, branch in enumerate(branches)]
    score, position = max(scored)
    return branches[-position] if score >= 0 else None


def kinds_of(root: Node, branch: Json) -> set[str]:
    """The types that an alternative names."""
    return {kind for node in through(root, branch) for kind in _kinds(node)}


def _kinds(node: Node) -> list[str]:
    told = node.get("type", [])
    return [str(kind) for kind in (told if isinstance(told, list) else [told])]


def may_be(node: Node, value: Json) -> bool:
    """Whether the type that a schema names allows the value."""
    kinds = _kinds(node)
    return not kinds or any(_is(kind, value) for kind in kinds)


def contradicts(root: Node, branch: Json, value: Json) -> bool:
    """Whether a field says that the value is another alternative."""
    return isinstance(value, dict) and any(
        name in value and _listing(root, schema) and not _names(root, schema, value[name])
        for node in through(root, branch)
        for name, schema in _fields(node).items()
    )


def _score(root: Node, branch: Json, value: Json) -> int:
    kinds = kinds_of(root, branch)
    if branch is False or (kinds and not any(_is(kind, value) for kind in kinds)):
        return -1
    if not isinstance(value, dict):
        return 0
    return sum(_in_common(root, node, value) for node in through(root, branch))


def _is(kind: str, value: Json) -> bool:
    return isinstance(value, CLASSES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _in_common(root: Node, node: Node, value: dict[str, Json]) -> int:
    """How many fields they share; one that tells alternatives apart counts for many."""
    fields = _fields(node)
    shared = fields.keys() & value.keys()
    return len(shared) + 100 * sum(_names(root, fields[name], value[name]) for name in shared)


def _fields(node: Node) -> Node:
    found = node.get("properties")
    return found if isinstance(found, dict) else {}


def _listing(root: Node, schema: Json) -> bool:
    return any({"const", "enum"} & node.keys() for node in through(root, schema))


def _names(root: Node, schema: Json, value: Json) -> bool:
    """Whether the schema lists this value."""
    return any(value in _options(node) for node in through(root, schema))


def _options(node: Node) -> list[Json]:
    listed = node.get("enum")
    options = listed if isinstance(listed, list) else []
    return [*options, node["const"]] if "const" in node else options
