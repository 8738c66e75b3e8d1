"""
Ends for what a schema leaves endless, so that an output cannot run on inside one value.

An output that comes up to such a bound was cut by it, and is no data: `cut_short` says so.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from ...schema import Json
from .nodes import Node, every, mapped

__all__ = ["bounded", "cut_short"]

MOST_CHARACTERS: Final = 8_192
MOST_ITEMS: Final = 2_048
MOST_DIGITS: Final = 18
"""Far beyond what is in a text that fits a prompt; 18 digits are what 64 bits hold."""

OPENING: Final = frozenset(
    {"allOf", "anyOf", "oneOf", "if", "not", "dependentSchemas", "unevaluatedProperties", "$ref"}
)
"""Keywords beside which an object may have fields that it does not list itself."""

RANGES: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)


def bounded(schema: Node) -> dict[str, Json]:
    """The schema with bounds where it has none; objects have the fields that they list."""
    composed = any(word in node for node in every(schema) for word in ("allOf", "if", "not"))
    return _bounded(schema, closing=not composed)


def _bounded(schema: Node, *, closing: bool) -> dict[str, Json]:
    made = mapped(schema, partial(_bounded, closing=closing))
    return made | _bounds(schema, closing=closing)


def _bounds(schema: Node, *, closing: bool) -> dict[str, Json]:
    if {"enum", "const"} & schema.keys():
        return {}
    told = schema.get("type")
    kinds = told if isinstance(told, list) else [told]
    found: dict[str, Json] = {}
    if "string" in kinds and not {"maxLength", "pattern", "format"} & schema.keys():
        found["maxLength"] = max(MOST_CHARACTERS, _int(schema.get("minLength")))
    if "array" in kinds and "maxItems" not in schema:
        found["maxItems"] = max(MOST_ITEMS, _int(schema.get("minItems")))
    if "integer" in kinds and not RANGES & schema.keys():
        found |= {"minimum": 1 - 10**MOST_DIGITS, "maximum": 10**MOST_DIGITS - 1}
    if closing and "properties" in schema and not _opens(schema):
        found["additionalProperties"] = False
    return found


def _opens(schema: Node) -> bool:
    return bool(OPENING & schema.keys()) or any(
        word in schema for word in ("additionalProperties", "patternProperties", "minProperties")
    )


def _int(value: Json) -> int:
    return value if isinstance(value, int) else 0


def cut_short(value: Json) -> bool:
    """Whether any value comes up to a bound."""
    stack = [value]
    while stack:
        match stack.pop():
            case str() as text if len(text) >= MOST_CHARACTERS:
                return True
            case list() as items:
                if len(items) >= MOST_ITEMS:
                    return True
                stack += items
            case dict() as fields:
                stack += fields.values()
            case bool():
                pass
            case int() as number if abs(number) >= 10 ** (MOST_DIGITS - 1):
                return True
    return False
