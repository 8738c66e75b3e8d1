"""oneOf as anyOf, where no value can fit two branches: then they say the same."""

from __future__ import annotations

from itertools import combinations

from ...schema import Json
from .nodes import Node, mapped

__all__ = ["without_one_of"]


def without_one_of(schema: Node) -> dict[str, Json]:
    """The schema with every oneOf of disjoint branches as anyOf; others stay as they are."""
    defs = schema.get("$defs")
    return _rewritten(schema, defs if isinstance(defs, dict) else {})


def _rewritten(node: Node, defs: Node) -> dict[str, Json]:
    made = mapped(node, lambda inner: _rewritten(inner, defs))
    branches = made.get("oneOf")
    if isinstance(branches, list) and "anyOf" not in made and _disjoint(branches, defs):
        made["anyOf"] = made.pop("oneOf")
    made.pop("discriminator", None)  # a hint of OpenAPI's that pydantic writes beside oneOf
    return made


def _disjoint(branches: list[Json], defs: Node) -> bool:
    nodes = [_resolved(branch, defs) for branch in branches]
    return all(_apart(one, other, defs) for one, other in combinations(nodes, 2))


def _apart(one: Node, other: Node, defs: Node) -> bool:
    kinds = _kinds(one), _kinds(other)
    if kinds[0] and kinds[1] and not kinds[0] & kinds[1]:
        return True
    values = _values(one), _values(other)
    if values[0] is not None and values[1] is not None:
        return not values[0] & values[1]
    objects = kinds[0] == kinds[1] == frozenset({"object"})
    return objects and any(
        _told_apart(name, one, other, defs) for name in _required(one) & _required(other)
    )


def _told_apart(name: str, one: Node, other: Node, defs: Node) -> bool:
    """Whether a field that both must have, has other values in each."""
    values = [_values(_resolved(_properties(node).get(name), defs)) for node in (one, other)]
    return values[0] is not None and values[1] is not None and not values[0] & values[1]


def _kinds(node: Node) -> frozenset[str]:
    """Types of its values; a number may be an integer."""
    told = node.get("type")
    kinds = {kind for kind in (told if isinstance(told, list) else [told]) if isinstance(kind, str)}
    return frozenset(kinds | {"integer"} if "number" in kinds else kinds)


def _values(node: Node) -> frozenset[str] | None:
    """The only texts that it can be, None if it can be others."""
    listed = [node["const"]] if "const" in node else node.get("enum")
    if not isinstance(listed, list):
        return None
    texts = frozenset(one for one in listed if isinstance(one, str))
    return texts if len(texts) == len(set(map(str, listed))) else None


def _required(node: Node) -> set[str]:
    listed = node.get("required")
    return {one for one in listed if isinstance(one, str)} if isinstance(listed, list) else set()


def _properties(node: Node) -> Node:
    found = node.get("properties")
    return found if isinstance(found, dict) else {}


def _resolved(node: Json, defs: Node) -> Node:
    if not isinstance(node, dict):
        return {}
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/$defs/"):
        target = defs.get(reference.removeprefix("#/$defs/"))
        return target if isinstance(target, dict) else {}
    return node
