"""
The schema of what one part of a text says: as the schema of the whole, but nothing has to be said.

Fields need not be there or may be null, in all objects that a value has once. The items of
its lists stay as they are: a list may be empty, but half an item is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..schema import Json
from .outline import DEFS, Build, Outline, only_of

__all__ = ["relaxed"]

OF_OBJECTS = frozenset({"required", "minProperties", "dependentRequired"})
OF_LISTS = frozenset({"minItems", "contains", "minContains", "maxContains"})
OF_ALL = frozenset({"default"})  # else parts that say nothing would agree on it


def relaxed(document: Mapping[str, Json]) -> dict[str, Json]:
    """The relaxed schema of a canonical one, with all its definitions."""
    return _Relaxing(document).made()


class _Relaxing:
    """Copies of definitions are made as they are needed; a recursive one is made once."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._outline = Outline(_rooted(document))
        self._names: dict[str, str] = {}
        self._defs: dict[str, Json] = {}

    def made(self) -> dict[str, Json]:
        document = self._outline.document
        defs = self._outline.defs
        root = self._root({key: node for key, node in document.items() if key != "$defs"})
        made = root if isinstance(root, dict) else {}
        return {**made, "$defs": {**defs, **self._defs}} if defs else made

    def _root(self, node: Json) -> Json:
        """An object or list stays one, and may be empty."""
        built = self._outline.build(self._outline.resolved(node))
        if built in {Build.OBJECT, Build.LIST}:
            return self._relaxed(node)
        return self._nullable(node)

    def _nullable(self, node: Json) -> Json:
        made = self._relaxed(node)
        return made if self._outline.takes_null(node) else {"anyOf": [made, {"type": "null"}]}

    def _relaxed(self, node: Json) -> Json:
        if not isinstance(node, dict):
            return node
        node = _without(OF_ALL, node)
        if isinstance(reference := node.get("$ref"), str):
            return {**node, "$ref": self._reference(reference)}
        if only_of(node) is not None:
            return self._union(node)
        match self._outline.build(node):
            case Build.OBJECT:
                return self._object(node)
            case Build.LIST:
                return _without(OF_LISTS, node)
        return node

    def _object(self, node: dict[str, Json]) -> Json:
        made = _without(OF_OBJECTS, node)
        properties = node.get("properties")
        if isinstance(properties, dict):
            made["properties"] = {key: self._nullable(field) for key, field in properties.items()}
        return made

    def _union(self, node: dict[str, Json]) -> Json:
        """A union of one thing and null, or a group of one."""
        made = dict(node)
        for keyword in ("allOf", "anyOf", "oneOf"):
            if isinstance(listed := node.get(keyword), list):
                made[keyword] = [self._relaxed(branch) for branch in listed]
        return made

    def _reference(self, reference: str) -> str:
        """The relaxed copy of what is referred to."""
        name = reference.removeprefix(DEFS)
        if not reference.startswith(DEFS) or name not in self._outline.defs:
            return reference
        if self._outline.build(self._outline.resolved({"$ref": reference})) is Build.ONE:
            return reference
        if name not in self._names:
            self._names[name] = copy = _free(f"{name}-part", self._outline.defs)
            self._defs[copy] = self._relaxed(self._outline.defs[name])
        return f"{DEFS}{self._names[name]}"


def _without(keywords: frozenset[str], node: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in node.items() if key not in keywords}


def _rooted(document: Mapping[str, Json]) -> Mapping[str, Json]:
    """The same schema without references to its root, which is to be another one."""
    if not _refers_to_root(document):
        return document
    defs = document.get("$defs")
    defs = defs if isinstance(defs, dict) else {}
    name = _free("root", defs)
    root = {key: node for key, node in document.items() if key != "$defs"}
    return {"$ref": f"{DEFS}{name}", "$defs": _redirected({**defs, name: root}, name)}


def _refers_to_root(node: object) -> bool:
    if isinstance(node, Mapping):
        return node.get("$ref") == "#" or any(map(_refers_to_root, node.values()))
    return isinstance(node, list) and any(map(_refers_to_root, node))


def _redirected(node: Json, name: str) -> Json:
    if isinstance(node, list):
        return [_redirected(inner, name) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {key: _redirected(inner, name) for key, inner in node.items()}
    return {**made, "$ref": f"{DEFS}{name}"} if node.get("$ref") == "#" else made


def _free(name: str, defs: Mapping[str, Json]) -> str:
    while name in defs:
        name += "-"
    return name
