"""
JSON whose values are all texts, as far as a schema can tell what they were meant to be.

A document's fields are read as texts, and a list of one is read as its only item. Nothing is
guessed: what does not fit stays, and the schema will say so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

__all__ = ["fitted"]

Schema = Mapping[str, object]


def fitted(value: object, schema: Schema) -> object:
    """With lists where the schema has lists, and numbers where it has numbers."""
    return _fitted(value, schema, schema)


def _fitted(value: object, wanted: object, root: Schema) -> object:
    schema = _resolved(wanted, root)
    match schema.get("type"):
        case "array" if (items := _items(value, schema, root)) is not None:
            return [_fitted(one, schema.get("items"), root) for one in items]
        case "object" if isinstance(value, dict):
            fields = schema.get("properties")
            known = fields if isinstance(fields, dict) else {}
            return {name: _fitted(one, known.get(name), root) for name, one in value.items()}
        case "number" | "integer" if isinstance(value, str):
            return _number(value)
    return value


def _items(value: object, schema: Schema, root: Schema) -> list[object] | None:
    """A single item as the list it is meant to be; None where it may stand in a list of lists."""
    if isinstance(value, list):
        return value
    return None if _resolved(schema.get("items"), root).get("type") == "array" else [value]


def _resolved(schema: object, root: Schema) -> Schema:
    """Of a schema that names another one among the definitions, that one."""
    if not isinstance(schema, Mapping):
        return {}
    kind, _, name = str(schema.get("$ref", "")).rpartition("/")
    known = root.get(kind.removeprefix("#/"))
    target = known.get(name) if isinstance(known, Mapping) else None
    return target if isinstance(target, Mapping) else schema


def _number(text: str) -> object:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    number = isinstance(found, int | float) and not isinstance(found, bool)
    return found if number and math.isfinite(found) else text
