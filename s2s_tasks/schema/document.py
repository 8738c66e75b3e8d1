"""A schema as the places in it that are schemas, and what each refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final, TypeAlias
from urllib.parse import unquote

from ..errors import SchemaRejected
from .keywords import CONTAINERS, DRAFT_4, DRAFT_2019, PLURAL, Dialect, Holds
from .patterns import MAX_PATTERNS
from .plain import Json, Node, place
from .vocabulary import check_words, dialect_of

__all__ = ["Document", "Place", "Pointer", "inner", "read_document", "spelt"]

Pointer: TypeAlias = tuple[str, ...]
Place: TypeAlias = "Node | bool"

MAX_PROPERTIES: Final = 1_000
MAX_OPTIONAL: Final = 400
"""In one object: constrained decoders hold some 2,000 states, of which each takes four."""

EXCLUSIVE: Final = {"exclusiveMaximum": "maximum", "exclusiveMinimum": "minimum"}
"""Flags of draft 4, and what they are flags of."""

SINGLE: Final = frozenset({Holds.SCHEMA, Holds.ITEMS})
LISTED: Final = frozenset({Holds.SCHEMAS, Holds.ITEMS})


@dataclass(frozen=True)
class Document:
    """`places`: every schema by the steps from the root; `targets`: what each `$ref` means."""

    dialect: Dialect
    places: dict[Pointer, Place]
    anchors: dict[str, Pointer]

    def target(self, at: Pointer) -> Pointer | None:
        """Where the `$ref` of a place leads."""
        node = self.places[at]
        if isinstance(node, bool) or "$ref" not in node:
            return None
        reference = str(node["$ref"])
        found = self._found(reference)
        if found not in self.places:
            raise SchemaRejected(spelt((*at, "$ref")), "a schema in this document", reference)
        return found

    def _found(self, reference: str) -> Pointer:
        fragment = unquote(reference[1:])
        if fragment and not fragment.startswith("/"):
            return self.anchors.get(fragment, ("", fragment))
        steps = fragment.split("/")[1:]
        return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)


def read_document(root: Node, *, lenient: bool = False) -> Document:
    """Every schema within a schema, each checked; raises SchemaRejected."""
    made = Document(dialect_of(root), {}, {})
    stack: list[tuple[Pointer, Place]] = [((), root)]
    while stack:
        at, node = stack.pop()
        made.places[at] = node
        if not isinstance(node, bool):
            _check_node(at, node, made, lenient=lenient)
            stack += reversed([((*at, *steps), one) for _, steps, one in inner(node, made.dialect)])
        elif made.dialect is DRAFT_4 and at[-1] not in {"additionalProperties", "additionalItems"}:
            raise SchemaRejected(spelt(at), "true and false are schemas since draft 6", node)
    nodes = [node for node in made.places.values() if not isinstance(node, bool)]
    _check_counts(nodes)
    _check_evaluated(nodes, made.dialect)
    return made


def inner(node: Node, dialect: Dialect) -> Iterator[tuple[str, Pointer, Place]]:
    """The schemas right within a schema: the keyword, the steps to it, and the schema."""
    alone = "$ref" in node and not dialect.siblings
    for word, value in node.items():
        if word in dialect.words and not (alone and word not in CONTAINERS):
            for steps, one in _standing(dialect.words[word], value):
                if isinstance(one, dict | bool):
                    yield word, (word, *steps), one


def _standing(holds: Holds, value: Json) -> Iterable[tuple[Pointer, Json]]:
    """What stands in the value of a keyword, by the steps to it."""
    if holds in PLURAL and isinstance(value, dict):
        return (((name,), one) for name, one in value.items())
    if holds in LISTED and isinstance(value, list):
        return (((str(n),), one) for n, one in enumerate(value))
    return [((), value)] if holds in SINGLE else []


def _check_node(at: Pointer, node: Node, document: Document, *, lenient: bool) -> None:
    path = spelt(at)
    check_words(path, node, document.dialect, lenient=lenient)
    if not str(node.get("$ref", "#")).startswith("#"):
        raise SchemaRejected(f"{path}.$ref", "only references within the schema", node["$ref"])
    for flag, limit in EXCLUSIVE.items():
        if node.get(flag) is True and limit not in node:
            raise SchemaRejected(f"{path}.{flag}", f"`{limit}` beside it", True)
    for name in _anchors(at, node, document.dialect):
        if document.anchors.setdefault(name, at) != at:
            raise SchemaRejected(path, "every anchor once", name)


def _anchors(at: Pointer, node: Node, dialect: Dialect) -> Iterator[str]:
    if "$anchor" in node:
        yield str(node["$anchor"])
    named = node.get("id" if dialect is DRAFT_4 else "$id")
    if named is None or ("$ref" in node and not dialect.siblings):
        return
    if not dialect.siblings and str(named).startswith("#"):
        yield str(named)[1:]
    elif at:
        raise SchemaRejected(spelt(at), "no $id but the root's", named, hint="refer by a path")


def _check_counts(nodes: Sequence[Node]) -> None:
    for what, most, found in (
        ("properties", MAX_PROPERTIES, sum(len(_fields(node)) for node in nodes)),
        ("patterns", MAX_PATTERNS, sum(map(_patterns, nodes))),
        ("optional properties in one object", MAX_OPTIONAL, max(map(_optional, nodes), default=0)),
    ):
        if found > most:
            raise SchemaRejected("$", f"at most {most:,} {what}", found)


def _check_evaluated(nodes: Sequence[Node], dialect: Dialect) -> None:
    words = {word for node in nodes for word in node}
    if dialect is DRAFT_2019 and {"unevaluatedItems", "contains"} <= words:
        # There, items that `contains` finds are not evaluated; in 2020-12 they are.
        raise SchemaRejected("$", "`contains` or `unevaluatedItems` in draft 2019-09", "both")


def _fields(node: Node) -> Mapping[str, Json]:
    found = node.get("properties")
    return found if isinstance(found, dict) else {}


def _patterns(node: Node) -> int:
    patterned = node.get("patternProperties")
    return ("pattern" in node) + (len(patterned) if isinstance(patterned, dict) else 0)


def _optional(node: Node) -> int:
    required = node.get("required")
    listed = {str(one) for one in required} if isinstance(required, list) else set()
    return len(_fields(node).keys() - listed)


def spelt(at: Pointer) -> str:
    """The path of a place as messages write it."""
    return reduce(place, at, "$")
