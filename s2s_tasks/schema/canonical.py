"""
One dialect for all that stands behind: JSON Schema of draft 2020-12, whatever came in.

References lead to `#/$defs/...` only, the root is none itself; what nothing refers to is left out, and so are
keywords that say nothing of a value. The order of the keywords and properties is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from ..errors import SchemaRejected
from ..pattern import pattern
from .document import LISTED, SINGLE, Document, Pointer, inner, read_document
from .keywords import CONTAINERS, FORMATS, NOTES, PLURAL, Holds
from .plain import Json, Node, plain
from .references import check_references
from .upgrade import upgraded

__all__ = ["canonical", "check_schema"]

LEFT_OUT: Final = NOTES | CONTAINERS

_unsafe = pattern(r"[^A-Za-z0-9_.-]+")


def check_schema(document: Node) -> None:
    """Raise SchemaRejected for a raw JSON Schema that we cannot promise to keep."""
    canonical(plain(document))


def canonical(
    document: Node, *, lenient: bool = False, pattern: Callable[[str], str] = str
) -> dict[str, Json]:
    """
    A plain schema in draft 2020-12; raises SchemaRejected.

    `lenient` is for schemas that a type's library writes: keywords and formats that we do not
    know are left out, since the type checks them itself. `pattern` rewrites each pattern.
    """
    found = read_document(document, lenient=lenient)
    check_references(found)
    return _Writer(found, pattern).written()


class _Writer:
    def __init__(self, document: Document, pattern: Callable[[str], str]) -> None:
        self._pattern = pattern
        self._places, self._dialect = document.places, document.dialect
        self._targets = {
            at: target for at in self._places if (target := document.target(at)) is not None
        }
        self._entry = self._inlined()
        self._names = _names(self._reached())

    def written(self) -> dict[str, Json]:
        root = self._node(self._entry)
        if not isinstance(root, dict):
            raise SchemaRejected("$", "a schema that says something", root)
        if self._names:
            root["$defs"] = {name: self._node(at) for at, name in self._names.items()}
        return root

    def _inlined(self) -> Pointer:
        """The root, or what it means if it is nothing but a reference."""
        at: Pointer = ()
        while at in self._targets and not self._said(at) - {"$ref"}:
            at = self._targets[at]
        return at

    def _said(self, at: Pointer) -> set[str]:
        node = self._places[at]
        return set() if isinstance(node, bool) else {word for word, _ in self._kept(node)}

    def _reached(self) -> list[Pointer]:
        """What references from the root lead to, at last; in the order of the document."""
        reached: set[Pointer] = set()
        stack = [self._entry]
        while stack:
            for at in self._within(stack.pop()):
                target = self._targets.get(at)
                if target is not None and target not in reached:
                    reached.add(target)
                    stack.append(target)
        return [at for at in self._places if at in reached]

    def _within(self, at: Pointer) -> Iterator[Pointer]:
        """A schema and those in it, but for the ones that only references reach."""
        yield at
        node = self._places[at]
        for word, steps, _ in () if isinstance(node, bool) else inner(node, self._dialect):
            if word not in CONTAINERS:
                yield from self._within((*at, *steps))

    def _inner(self, at: Pointer) -> Json:
        name = self._names.get(at)
        return {"$ref": f"#/$defs/{name}"} if name else self._node(at)

    def _node(self, at: Pointer) -> Json:
        node = self._places[at]
        if isinstance(node, bool):
            return node
        if "$ref" in node and not self._dialect.siblings:
            return {"$ref": self._reference(at)}
        return upgraded(dict(self._words(at, node)), self._dialect)

    def _words(self, at: Pointer, node: Node) -> Iterator[tuple[str, Json]]:
        for word, value in self._kept(node):
            if word == "$ref":
                yield word, self._reference(at)
            else:
                yield word, self._value((*at, word), self._dialect.words[word], value)

    def _kept(self, node: Node) -> Iterator[tuple[str, Json]]:
        for word, value in node.items():
            known = word in self._dialect.words and (word != "format" or value in FORMATS)
            if known and word not in LEFT_OUT:
                yield word, value

    def _value(self, at: Pointer, holds: Holds, value: Json) -> Json:
        """The value of a keyword, with the schemas in it written."""
        if isinstance(value, dict) and holds in PLURAL:
            return {name: self._one((*at, name), one) for name, one in value.items()}
        if isinstance(value, list) and holds in LISTED:
            return [self._inner((*at, str(n))) for n in range(len(value))]
        if holds is Holds.PATTERN:
            return self._pattern(str(value))
        return self._inner(at) if holds in SINGLE else value

    def _one(self, at: Pointer, one: Json) -> Json:
        return self._inner(at) if isinstance(one, dict | bool) else one

    def _reference(self, at: Pointer) -> str:
        return f"#/$defs/{self._names[self._targets[at]]}"


def _names(targets: Iterable[Pointer]) -> dict[Pointer, str]:
    """A name that needs no escape for each; its own, where it has one."""
    names: dict[Pointer, str] = {}
    taken: set[str] = set()
    for at in targets:
        last = at[-1:] if at[-2:-1] and at[-2] in CONTAINERS else at
        name = base = _unsafe().sub("_", "_".join(last))[:80] or "root"
        while name in taken:
            name = f"{base}_{len(taken)}"
        taken.add(name)
        names[at] = name
    return names
