"""
Enum texts in another case, or with white space around, as the schema spells them.

For backends that do not guarantee enums. Only what exactly one text of the schema can mean is
changed, and every change is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from .plain import Json, Node, place
from .resolved import parts_of, through
from .shown import shown

if TYPE_CHECKING:
    from .schema import Schema

__all__ = ["folded"]


def folded(value: Json, schema: Schema[object]) -> tuple[Json, tuple[str, ...]]:
    """The value as the schema spells its texts, and a note on each that was changed."""
    notes: list[str] = []
    made = _folded("$", value, [dict(schema.json)], schema.json, notes)
    return made, tuple(notes)


def _folded(path: str, value: Json, said: Sequence[Json], root: Node, notes: list[str]) -> Json:
    # As deep as the value, which `strict_json` bounds.
    nodes = [node for schema in said for node in through(root, schema)]
    if isinstance(value, str):
        return _text(path, value, nodes, notes)
    inner: dict[str | int, list[Json]] = {}
    for node in nodes:
        for step, _, schema in parts_of(node, value):
            inner.setdefault(step, []).append(schema)
    if isinstance(value, dict):
        return {
            key: _folded(place(path, key), one, inner.get(key, []), root, notes)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [
            _folded(place(path, n), one, inner.get(n, []), root, notes)
            for n, one in enumerate(value)
        ]
    return value


def _text(path: str, text: str, nodes: Sequence[Node], notes: list[str]) -> str:
    options = {option for node in nodes for option in _options(node)}
    near = [option for option in options if option.strip().casefold() == text.strip().casefold()]
    if text in options or len(near) != 1 or any(_open(node) for node in nodes):
        return text
    notes.append(f"{path}: {shown(text)} was read as {shown(near[0])}")
    return near[0]


def _options(node: Node) -> Iterator[str]:
    listed = node.get("enum", [])
    for option in [*(listed if isinstance(listed, list) else []), node.get("const")]:
        if isinstance(option, str):
            yield option


def _open(node: Node) -> bool:
    """Whether it accepts texts that it does not list."""
    if {"enum", "const", "$ref", "allOf", "anyOf", "oneOf"} & node.keys():
        return False
    kinds = node.get("type")
    return kinds == "string" or (isinstance(kinds, list) and "string" in kinds)
