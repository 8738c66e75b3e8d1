"""The vocabularies of the drafts of JSON Schema, as data: which keywords there are, what they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

__all__ = [
    "BESIDE",
    "CONTAINERS",
    "DRAFTS",
    "DRAFT_4",
    "DRAFT_2019",
    "DRAFT_2020",
    "ELSEWHERE",
    "FORMATS",
    "NOTES",
    "PLURAL",
    "Dialect",
    "Holds",
]


class Holds(Enum):
    """What the value of a keyword is."""

    SCHEMA = auto()
    SCHEMAS = auto()  # a list
    NAMED = auto()  # by name
    ITEMS = auto()  # one for all, or a list of one for each
    DEPENDENCIES = auto()  # names of fields, or a schema, by name
    REQUIREMENTS = auto()  # names of fields, by name
    COUNT = auto()
    NUMBER = auto()
    STEP = auto()  # a number above zero
    FLAG = auto()
    TEXT = auto()
    NAMES = auto()
    TYPES = auto()
    OPTIONS = auto()
    VALUE = auto()
    PATTERN = auto()
    PATTERNED = auto()  # schemas by pattern
    FORMAT = auto()


Words: TypeAlias = dict[str, Holds]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One draft. `siblings`: keywords beside $ref count; before 2019-09 they did not."""

    name: str
    words: Words
    siblings: bool = True


_EVERYWHERE: Final[Words] = {
    "$schema": Holds.TEXT,
    "$comment": Holds.TEXT,
    "$ref": Holds.TEXT,
    "$defs": Holds.NAMED,
    "definitions": Holds.NAMED,
    "title": Holds.TEXT,
    "description": Holds.TEXT,
    "default": Holds.VALUE,
    "examples": Holds.VALUE,
    "deprecated": Holds.FLAG,
    "readOnly": Holds.FLAG,
    "writeOnly": Holds.FLAG,
    "type": Holds.TYPES,
    "enum": Holds.OPTIONS,
    "multipleOf": Holds.STEP,
    "maximum": Holds.NUMBER,
    "minimum": Holds.NUMBER,
    "maxLength": Holds.COUNT,
    "minLength": Holds.COUNT,
    "pattern": Holds.PATTERN,
    "format": Holds.FORMAT,
    "maxItems": Holds.COUNT,
    "minItems": Holds.COUNT,
    "uniqueItems": Holds.FLAG,
    "maxProperties": Holds.COUNT,
    "minProperties": Holds.COUNT,
    "required": Holds.NAMES,
    "properties": Holds.NAMED,
    "patternProperties": Holds.PATTERNED,
    "additionalProperties": Holds.SCHEMA,
    "allOf": Holds.SCHEMAS,
    "anyOf": Holds.SCHEMAS,
    "oneOf": Holds.SCHEMAS,
    "not": Holds.SCHEMA,
}
_BEFORE_2020: Final[Words] = {
    "items": Holds.ITEMS,
    "additionalItems": Holds.SCHEMA,
    "dependencies": Holds.DEPENDENCIES,
}
_DRAFT_4: Final[Words] = {
    "id": Holds.TEXT,
    "exclusiveMaximum": Holds.FLAG,
    "exclusiveMinimum": Holds.FLAG,
}
_SINCE_6: Final[Words] = {
    "$id": Holds.TEXT,
    "const": Holds.VALUE,
    "contains": Holds.SCHEMA,
    "propertyNames": Holds.SCHEMA,
    "exclusiveMaximum": Holds.NUMBER,
    "exclusiveMinimum": Holds.NUMBER,
}
_SINCE_7: Final[Words] = {
    "if": Holds.SCHEMA,
    "then": Holds.SCHEMA,
    "else": Holds.SCHEMA,
    "contentEncoding": Holds.TEXT,
    "contentMediaType": Holds.TEXT,
}
_SINCE_2019: Final[Words] = {
    "$anchor": Holds.TEXT,
    "dependentRequired": Holds.REQUIREMENTS,
    "dependentSchemas": Holds.NAMED,
    "maxContains": Holds.COUNT,
    "minContains": Holds.COUNT,
    "unevaluatedItems": Holds.SCHEMA,
    "unevaluatedProperties": Holds.SCHEMA,
    "contentSchema": Holds.SCHEMA,  # says what a text holds; nothing is checked by it
}
_SINCE_2020: Final[Words] = {"items": Holds.SCHEMA, "prefixItems": Holds.SCHEMAS}

_SIX: Final = _EVERYWHERE | _BEFORE_2020 | _SINCE_6
_SEVEN: Final = _SIX | _SINCE_7

DRAFT_4: Final = Dialect("draft 4", _EVERYWHERE | _BEFORE_2020 | _DRAFT_4, siblings=False)
DRAFT_6: Final = Dialect("draft 6", _SIX, siblings=False)
DRAFT_7: Final = Dialect("draft 7", _SEVEN, siblings=False)
DRAFT_2019: Final = Dialect("draft 2019-09", _SEVEN | _SINCE_2019)
DRAFT_2020: Final = Dialect(
    "draft 2020-12", _EVERYWHERE | _SINCE_6 | _SINCE_7 | _SINCE_2019 | _SINCE_2020
)

DRAFTS: Final[Mapping[str, Dialect]] = {
    "json-schema.org/draft-04/schema": DRAFT_4,
    "json-schema.org/draft-06/schema": DRAFT_6,
    "json-schema.org/draft-07/schema": DRAFT_7,
    "json-schema.org/draft/2019-09/schema": DRAFT_2019,
    "json-schema.org/draft/2020-12/schema": DRAFT_2020,
}
"""By `$schema`, without http:// or https:// before and # behind."""

CONTAINERS: Final = frozenset({"$defs", "definitions"})
"""Schemas in them count where they are referred to."""

BESIDE: Final = frozenset(
    {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"}
)
"""Schemas in them apply to the same value as the schema that they are in, not to a part of it."""

NOTES: Final = frozenset(
    {
        "$schema",
        "$comment",
        "$id",
        "id",
        "$anchor",
        "deprecated",
        "readOnly",
        "writeOnly",
        "contentSchema",
    }
)
"""Keywords that say nothing of a value, nor to a model; left out of the canonical schema."""

PLURAL: Final = frozenset({Holds.NAMED, Holds.PATTERNED, Holds.DEPENDENCIES})
"""Whose schemas have names."""

ELSEWHERE: Final[Mapping[str, str]] = {
    "$dynamicRef": "write $ref",
    "$dynamicAnchor": "write $anchor",
    "$recursiveRef": "write $ref",
    "$recursiveAnchor": "write $anchor",
    "$vocabulary": "leave it out",
    "additionalItems": "since draft 2020-12 this is `items` beside `prefixItems`",
    "dependencies": "since draft 2020-12 this is `dependentRequired` or `dependentSchemas`",
    "divisibleBy": "this is `multipleOf`",
    "example": "write `examples`, a list",
    "id": "since draft 6 this is `$id`",
    "nullable": 'write "null" into `type`',
    "discriminator": "leave it out; give the deciding property a `const` in each alternative",
}
"""What to write instead of keywords that are none in the draft at hand, or that we do not keep."""

FORMATS: Final = frozenset(
    {
        "date",
        "date-time",
        "time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uri",
        "uri-reference",
        "uuid",
        "idn-email",
        "idn-hostname",
        "iri",
        "iri-reference",
        "json-pointer",
        "relative-json-pointer",
        "uri-template",
    }
)
"""Formats that are known, and asserted for raw schemas; others are refused there."""
