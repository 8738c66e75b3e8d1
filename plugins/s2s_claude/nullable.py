"""Fields that may be null: the same without null, and how many fields may be left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2s_tasks.schema import Json

__all__ = ["optional_fields", "without_null"]


def without_null(node: Json) -> Json:
    """
    The schema without null as one of its types; None if it has none, or no other.

    Neither where another default stands in for what is left out: then, null says something else.
    """
    if not isinstance(node, dict) or node.get("default") is not None:
        return None
    node = {word: one for word, one in node.items() if word != "default"}
    kinds, options = node.get("type"), node.get("anyOf")
    if isinstance(kinds, list) and "null" in kinds and "enum" not in node:
        rest = [kind for kind in kinds if kind != "null"]
        return {**node, "type": rest[0] if len(rest) == 1 else rest} if rest else None
    if isinstance(options, list) and {"type": "null"} in options:
        return _of_options(node, [one for one in options if one != {"type": "null"}])
    return None


def _of_options(node: dict[str, Json], rest: list[Json]) -> Json:
    beside = {word: one for word, one in node.items() if word != "anyOf"}
    if len(rest) == 1 and isinstance(rest[0], dict):
        return {**rest[0], **beside}
    return {**node, "anyOf": rest} if rest else None


def optional_fields(document: Mapping[str, Json]) -> int:
    """How many fields may be left out, and not be null instead."""
    count = 0
    stack: list[Json] = [dict(document)]
    while stack:
        match stack.pop():
            case dict() as node:
                count += _optional(node)
                stack += node.values()
            case list() as inner:
                stack += inner
    return count


def _optional(node: dict[str, Json]) -> int:
    fields, listed = node.get("properties"), node.get("required", [])
    if not isinstance(fields, dict) or not isinstance(listed, list):
        return 0
    return sum(name not in listed and without_null(one) is None for name, one in fields.items())
