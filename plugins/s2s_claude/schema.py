"""
A canonical schema in the part of JSON Schema that the service can hold an answer to.

What it makes is never wider than the schema where it says what parts a value has: objects are
closed, alternatives stay. Bounds and the like, which the service refuses, go into the description:
they are told, and checked afterwards. What cannot be said so is Unfit, and told in words instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.schema.plain import place

from .leaves import Unfit, implied, least, listed, references, text, told
from .nullable import optional_fields, without_null

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2s_tasks.schema import Json

__all__ = ["MOST_OPTIONAL", "MOST_UNIONS", "Unfit", "native"]

MOST_OPTIONAL, MOST_UNIONS = 24, 16
"""Fields that may be left out, and alternatives of several types, in one request."""

NOTES: Final = ("title", "description", "default")
UNFIT: Final = {
    "prefixItems": "a list with a type for each place",
    "patternProperties": "fields by a pattern",
    "propertyNames": "fields of any name",
    "not": "what must not be",
    "if": "a condition",
    "contains": "a list that must contain something",
    "dependentRequired": "fields that need others",
    "dependentSchemas": "fields that need others",
    "unevaluatedItems": "items that nothing else says something of",
    "unevaluatedProperties": "fields that nothing else says something of",
}


def native(document: Mapping[str, Json]) -> dict[str, Json]:
    """The schema as `output_config.format` takes it; raises Unfit."""
    return _Writer(document).written()


class _Writer:
    def __init__(self, document: Mapping[str, Json]) -> None:
        self._root = {word: one for word, one in document.items() if word != "$defs"}
        defs = document.get("$defs")
        self._defs = defs if isinstance(defs, dict) else {}
        self._optional = self._unions = 0
        self._spare = MOST_OPTIONAL - optional_fields(document)

    def written(self) -> dict[str, Json]:
        for name in self._defs:
            self._check_recursion(name, ())
        made = self._node("$", self._root)
        defs: dict[str, Json] = {
            name: self._node(place("$.$defs", name), one) for name, one in self._defs.items()
        }
        self._check_limits()
        return {**made, "$defs": defs} if defs else made

    def _check_recursion(self, name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise Unfit(f"{name} is in itself")
        for inner in sorted(references(self._defs[name])):
            self._check_recursion(inner, (*above, name))

    def _check_limits(self) -> None:
        if self._optional > MOST_OPTIONAL:
            raise Unfit(f"{self._optional} optional fields, at most {MOST_OPTIONAL}")
        if self._unions > MOST_UNIONS:
            raise Unfit(f"{self._unions} unions of types, at most {MOST_UNIONS}")

    # --- one schema ------------------------------------------------------------------------

    def _node(self, path: str, node: Json) -> dict[str, Json]:
        if not isinstance(node, dict):
            raise Unfit(f"{path} may be anything")
        for word, what in UNFIT.items():
            if word in node:
                raise Unfit(f"{path} has {what} ({word})")
        made = self._shape(path, node)
        notes: dict[str, Json] = {word: node[word] for word in NOTES if word in node}
        if bounds := told(node, made):
            notes["description"] = f"{notes.get('description', '')} {bounds}".strip()
        return {**made, **notes}

    def _shape(self, path: str, node: dict[str, Json]) -> dict[str, Json]:
        """What it says without its notes and bounds."""
        if "$ref" in node:
            return self._referred(path, node)
        if "enum" in node or "const" in node:
            return listed(path, node)
        if "allOf" in node:
            return self._merged(path, node)
        for word in ("anyOf", "oneOf"):
            if word in node:
                return self._either(path, node, word)
        kind = node.get("type") or implied(node)
        if isinstance(kind, list):
            return self._of_types(path, node, kind)
        return self._typed(path, node, kind)

    def _typed(self, path: str, node: dict[str, Json], kind: Json) -> dict[str, Json]:
        match kind:
            case "object":
                return self._object(path, node)
            case "array":
                items = self._node(f"{path}[]", node.get("items"))
                return {"type": kind, "items": items, **least(node)}
            case "string":
                return {"type": kind, **text(node)}
            case "integer" | "number" | "boolean" | "null":
                return {"type": kind}
        raise Unfit(f"{path} may be anything")

    def _referred(self, path: str, node: dict[str, Json]) -> dict[str, Json]:
        beside = node.keys() - {"$ref", *NOTES}
        if beside:
            raise Unfit(f"{path} says more beside $ref ({min(beside)})")
        if node.keys() == {"$ref"}:
            return {"$ref": node["$ref"]}
        # A description beside a reference would be lost: the schema itself is put there.
        target = self._defs[str(node["$ref"]).removeprefix("#/$defs/")]
        return self._node(path, target)

    def _merged(self, path: str, node: dict[str, Json]) -> dict[str, Json]:
        """Closed objects cannot be joined: only a lone schema in allOf can be kept."""
        inner = node["allOf"]
        beside = node.keys() - {"allOf", *NOTES}
        if not isinstance(inner, list) or len(inner) != 1 or beside:
            raise Unfit(f"{path} joins several schemas (allOf)")
        return self._node(path, inner[0])

    def _either(self, path: str, node: dict[str, Json], word: str) -> dict[str, Json]:
        beside = node.keys() - {word, "type", *NOTES}
        options = node[word]
        if beside or not isinstance(options, list):
            raise Unfit(f"{path} says more beside {word} ({min(beside, default=word)})")
        self._unions += 1
        return {"anyOf": [self._node(path, option) for option in options]}

    def _of_types(self, path: str, node: dict[str, Json], kinds: list[Json]) -> dict[str, Json]:
        if len(kinds) == 1:
            return self._typed(path, node, kinds[0])
        self._unions += 1
        bare = {word: one for word, one in node.items() if word not in NOTES}
        return {"anyOf": [self._typed(path, bare, kind) for kind in kinds]}

    def _object(self, path: str, node: dict[str, Json]) -> dict[str, Json]:
        fields = node.get("properties", {})
        if node.get("additionalProperties", False) is not False:
            raise Unfit(f"{path} may have fields of any name")
        if not isinstance(fields, dict) or not (fields or "additionalProperties" in node):
            raise Unfit(f"{path} may have fields of any name")
        needed = node.get("required", [])
        required = [str(name) for name in needed] if isinstance(needed, list) else []
        if missing := [name for name in required if name not in fields]:
            raise Unfit(f"{path} needs {missing[0]}, of which it says nothing")
        made: dict[str, Json] = {}
        for name, one in fields.items():
            made[name] = self._field(place(path, name), name, one, required)
        ordered: list[Json] = [name for name in fields if name in required]
        return {
            "type": "object",
            "properties": made,
            "required": ordered,
            "additionalProperties": False,
        }

    def _field(self, path: str, name: str, node: Json, required: list[str]) -> dict[str, Json]:
        """
        A field that may be left out or null is one or the other: each way has its own limit.

        Leaving out comes first, as long as the fields that cannot be null leave room for it.
        """
        if name in required:
            return self._node(path, node)
        bare = without_null(node)
        if bare is not None and self._spare <= 0:
            required.append(name)
            return self._node(path, node)
        self._optional += 1
        if bare is None:
            return self._node(path, node)
        self._spare -= 1
        return self._node(path, bare)
