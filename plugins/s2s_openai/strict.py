"""
The part of JSON Schema that OpenAI's strict mode takes, and how a schema is brought into it.

There every field is required and every object closed. A field that may be left out becomes one
that may be null, and such a null is taken out of the answer again. Of what strict mode does not
know, bounds are left to the check of the answer; a schema with more than bounds is told in words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.schema.resolved import parts_of, through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["strict", "without_nulls"]

KEPT: Final = frozenset(
    {
        "type", "enum", "const", "description", "title", "pattern", "multipleOf", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
    }
)  # fmt: skip
LEFT: Final = frozenset(
    {
        "default", "examples", "minLength", "maxLength", "uniqueItems", "minProperties",
        "maxProperties", "deprecated", "readOnly", "writeOnly", "contentEncoding",
        "contentMediaType", "$comment", "$schema", "$id",
    }
)  # fmt: skip
"""Notes, and bounds that are checked afterwards."""

READ: Final = frozenset(
    {"$ref", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items", "format"}
)
FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
NULL: Final = {"type": "null"}


class _Unfit(Exception):
    """There is no schema of strict mode for it."""


def strict(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """A canonical schema in strict mode; None if it cannot be brought into it."""
    root = {word: said for word, said in document.items() if word != "$defs"}
    try:
        made = _node(root)
        defs = {name: _node(one) for name, one in document.get("$defs", {}).items()}
    except _Unfit:
        return None
    if "$ref" in made:  # the outermost has to be an object itself
        made = dict(defs[made["$ref"].removeprefix("#/$defs/")])
    if made.get("type") != "object":
        return None
    return {**made, "$defs": defs} if defs else made


def without_nulls(text: str, document: Mapping[str, Any]) -> str:
    """An answer of strict mode as the schema has it: without the nulls that stand for nothing."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    pruned = _pruned(value, [document], dict(document))
    return text if pruned == value else json.dumps(pruned, ensure_ascii=False)


def _node(node: Any) -> dict[str, Any]:
    if not isinstance(node, dict) or node.keys() - KEPT - LEFT - READ:
        raise _Unfit
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    made = {word: said for word, said in node.items() if word in KEPT}
    if node.get("format") in FORMATS:
        made["format"] = node["format"]
    for word in ("anyOf", "oneOf"):
        if word in node:
            made["anyOf"] = [_node(one) for one in node[word]]
    return {**made, **_inside(node)}


def _inside(node: dict[str, Any]) -> dict[str, Any]:
    kind = node.get("type")
    if kind == "object":
        return _object(node)
    if kind == "array":
        return {"items": _node(node.get("items"))}
    told = {"enum", "const", "anyOf", "oneOf"} & node.keys()
    mixed = isinstance(kind, list) and {"object", "array"} & {*kind}
    if mixed or not (kind or told):
        raise _Unfit
    return {}


def _object(node: dict[str, Any]) -> dict[str, Any]:
    fields, required = node.get("properties", {}), node.get("required", [])
    is_open = node.get("additionalProperties", True)
    if not fields or isinstance(is_open, dict) or not {*required} <= fields.keys():
        raise _Unfit  # fields of any name are not known there
    made = {name: _node(one) for name, one in fields.items()}
    said = {name: one if name in required else _or_null(one) for name, one in made.items()}
    return {"properties": said, "required": [*said], "additionalProperties": False}


def _or_null(node: dict[str, Any]) -> dict[str, Any]:
    if _takes_null(node):
        return node
    options = node["anyOf"] if node.keys() == {"anyOf"} else [node]
    return {"anyOf": [*options, NULL]}


def _takes_null(node: Mapping[str, Any]) -> bool:
    kind = node.get("type")
    named = kind == "null" or (isinstance(kind, list) and "null" in kind)
    listed = None in node.get("enum", ()) or ("const" in node and node["const"] is None)
    return named or listed or any(map(_takes_null, node.get("anyOf", ())))


def _pruned(value: Any, said: Sequence[Any], root: dict[str, Any]) -> Any:
    nodes = [node for schema in said for node in through(root, schema)]
    inner: dict[str | int, list[Any]] = {}
    for node in nodes:
        for step, _, schema in parts_of(node, value):
            inner.setdefault(step, []).append(schema)
    if isinstance(value, list):
        return [_pruned(one, inner.get(n, []), root) for n, one in enumerate(value)]
    if not isinstance(value, dict):
        return value
    required = {name for node in nodes for name in _names(node.get("required"))}
    return {
        key: _pruned(one, inner.get(key, []), root)
        for key, one in value.items()
        if one is not None or key in required or _may_be_null(inner.get(key, []), root)
    }


def _may_be_null(said: Sequence[Any], root: dict[str, Any]) -> bool:
    return any(_takes_null(node) for schema in said for node in through(root, schema))


def _names(listed: object) -> Sequence[str]:
    return listed if isinstance(listed, list) else ()
