"""The words for each keyword that a value breaks."""

from __future__ import annotations

from typing import Final

from .plain import Json, Node
from .shown import either, listed, shown
from .validator import Validator

__all__ = ["said", "unlisted"]


OF_FIELDS: Final = frozenset({"required", "dependentRequired", "propertyNames"})
OF_ITEMS: Final = {
    "uniqueItems": "must have no two equal items",
    "contains": "has too few or too many of the items that it must contain",
}
BOUNDS: Final = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}


def said(validator: Validator, word: str, node: Node, value: Json) -> str:
    """What the value must be, and what it is."""
    limit = node[word]
    match value:
        case dict() if word in OF_FIELDS:
            return _fields(validator, word, node, value)
        case list() if word in OF_ITEMS:
            return OF_ITEMS[word]
        case str() | dict() | list() if word[:3] in {"min", "max"}:
            return f"must have {_bound(word, limit)}, not {len(value):,}"
    return f"must {_must(word, limit)}, not {shown(value)}"


def _must(word: str, limit: Json) -> str:
    match word:
        case "type":
            kinds = limit if isinstance(limit, list) else [limit]
            return f"be {either(map(str, kinds))}"
        case "enum" if isinstance(limit, list):
            return f"be one of {listed(limit)}"
        case "pattern" | "format":
            return f"have the {word} {shown(limit, 200)}"
        case "not":
            return "be something else"
    return f"be {BOUNDS[word]} {shown(limit)}" if word in BOUNDS else f"be {shown(limit)}"


def _bound(word: str, limit: Json) -> str:
    what = {"Length": "characters", "Items": "items", "Properties": "fields"}[word[3:]]
    return f"at {'least' if word.startswith('min') else 'most'} {shown(limit)} {what}"


def _fields(validator: Validator, word: str, node: Node, value: dict[str, Json]) -> str:
    limit = node[word]
    if word in {"required", "dependentRequired"}:
        return _missing(limit, value)
    names = (name for name in value if not validator.part_fits(limit, name))
    return f"has fields whose names are not allowed: {listed(names)}"


def _missing(limit: Json, value: dict[str, Json]) -> str:
    names = limit if isinstance(limit, list) else []
    if isinstance(limit, dict):
        present = [one for name, one in limit.items() if name in value]
        names = [name for one in present if isinstance(one, list) for name in one]
    return f"misses {listed(name for name in names if name not in value)}"


def unlisted(validator: Validator, node: Node, name: str) -> bool:
    """Whether a field is one of the additional ones."""
    fields, patterns = (node.get(word, {}) for word in ("properties", "patternProperties"))
    assert isinstance(fields, dict)
    assert isinstance(patterns, dict)
    return name not in fields and not any(validator.matches(one, name) for one in patterns)
