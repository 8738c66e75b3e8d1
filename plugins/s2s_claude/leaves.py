"""What is said of one value that has no parts: its texts, its bounds, the values that are listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2s_tasks.schema import Json

__all__ = ["Unfit", "implied", "least", "listed", "references", "text", "told"]

FORMATS: Final = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
HARD: Final = ("(?", "\\b", "\\B", "\\1", "\\2", "\\3")
"""What a pattern must not have in it."""

TOLD: Final = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
    "pattern", "format", "examples", "contentEncoding", "contentMediaType",
)  # fmt: skip
"""Keywords that go into the description where the service does not take them."""


class Unfit(Exception):
    """Why a schema cannot be kept natively, in a few words."""


def implied(node: dict[str, Json]) -> str | None:
    """The type that it must be of, where it says none."""
    if "properties" in node:
        return "object"
    return "array" if "items" in node else None


def listed(path: str, node: dict[str, Json]) -> dict[str, Json]:
    """An enum or const; raises Unfit for values that have parts."""
    options = node.get("enum", [node.get("const")])
    if not isinstance(options, list) or any(isinstance(one, dict | list) for one in options):
        raise Unfit(f"{path} lists values that are no texts or numbers")
    kind = node.get("type")
    typed: dict[str, Json] = {"type": kind} if isinstance(kind, str) else {}
    return typed | {word: node[word] for word in ("enum", "const") if word in node}


def least(node: dict[str, Json]) -> dict[str, Json]:
    """The bound of a list that the service takes."""
    return {"minItems": node["minItems"]} if node.get("minItems") in {0, 1} else {}


def text(node: dict[str, Json]) -> dict[str, Json]:
    """The format and pattern that the service takes."""
    made: dict[str, Json] = {}
    if node.get("format") in FORMATS:
        made["format"] = node["format"]
    pattern = str(node.get("pattern", ""))
    if pattern and not any(mark in pattern for mark in HARD):
        made["pattern"] = pattern
    return made


def told(node: dict[str, Json], made: Mapping[str, Json]) -> str:
    """The bounds that `made` has not, in words."""
    said = [
        f"{word}: {json.dumps(node[word], ensure_ascii=False)}"
        for word in TOLD
        if word in node and word not in made
    ]
    return f"({', '.join(said)})" if said else ""


def references(node: Json) -> set[str]:
    """Names of the definitions that it refers to."""
    found: set[str] = set()
    stack = [node]
    while stack:
        match stack.pop():
            case dict() as inner:
                reference = inner.get("$ref")
                if isinstance(reference, str):
                    found.add(reference.removeprefix("#/$defs/"))
                stack += inner.values()
            case list() as inner:
                stack += inner
    return found
