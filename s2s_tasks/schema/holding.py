"""Whether the values of keywords are what the keywords hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeGuard

from ..errors import SchemaRejected
from .keywords import FORMATS, Holds
from .plain import Json, place

__all__ = ["check_value"]

MOST: Final = 10**15
"""Of a count or length; beyond it floats are no longer exact."""

MAX_OPTIONS: Final = 5_000
MAX_OPTION_BYTES: Final = 256 * 1024
"""Of one enum: 5,000 compile in constrained decoders, 20,000 do not."""

TYPES: Final = frozenset({"null", "boolean", "object", "array", "number", "string", "integer"})


def check_value(path: str, word: str, holds: Holds, value: Json) -> None:
    """Raise SchemaRejected, unless the value of the keyword `word` is of its kind."""
    wanted, fits = KINDS[holds]
    if not fits(value):
        raise SchemaRejected(place(path, word), f"must be {wanted}", value)


def _number(value: Json) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value: Json) -> bool:
    return _number(value) and 0 <= value <= MOST and value == int(value)


def _schema(value: Json) -> bool:
    return isinstance(value, dict | bool)


def _schemas(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_schema, value))


def _named(value: Json) -> bool:
    return isinstance(value, dict) and all(map(_schema, value.values()))


def _texts(value: Json) -> TypeGuard[list[str]]:
    return (
        isinstance(value, list)
        and all(isinstance(one, str) for one in value)
        and len(set(map(str, value))) == len(value)
    )


def _types(value: Json) -> bool:
    listed: Json = value if isinstance(value, list) else [value]
    return _texts(listed) and bool(listed) and TYPES.issuperset(listed)


def _options(value: Json) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_OPTIONS
        and len(json.dumps(value)) <= MAX_OPTION_BYTES
    )


def _items(value: Json) -> bool:
    return _schema(value) or value == [] or _schemas(value)


def _dependencies(value: Json) -> bool:
    return isinstance(value, dict) and all(_schema(one) or _texts(one) for one in value.values())


def _text(value: Json) -> bool:
    return isinstance(value, str)


KINDS: Final[Mapping[Holds, tuple[str, Callable[[Json], bool]]]] = {
    Holds.SCHEMA: ("a schema", _schema),
    Holds.SCHEMAS: ("a list of schemas, at least one", _schemas),
    Holds.NAMED: ("an object of schemas", _named),
    Holds.PATTERNED: ("an object of schemas", _named),
    Holds.ITEMS: ("a schema or a list of schemas", _items),
    Holds.DEPENDENCIES: ("an object of schemas or lists of names", _dependencies),
    Holds.REQUIREMENTS: (
        "an object of lists of names",
        lambda value: isinstance(value, dict) and all(map(_texts, value.values())),
    ),
    Holds.COUNT: ("a whole number from 0 to 10^15", _count),
    Holds.NUMBER: ("a number", _number),
    Holds.STEP: ("a number above 0", lambda value: _number(value) and value > 0),
    Holds.FLAG: ("true or false", lambda value: isinstance(value, bool)),
    Holds.TEXT: ("a string", _text),
    Holds.NAMES: ("a list of different strings", _texts),
    Holds.TYPES: ("one or a list of " + ", ".join(sorted(TYPES)), _types),
    Holds.OPTIONS: (
        f"a list of 1 to {MAX_OPTIONS:,} values in at most {MAX_OPTION_BYTES:,} bytes",
        _options,
    ),
    Holds.VALUE: ("JSON", lambda _: True),
    Holds.PATTERN: ("a string", _text),
    Holds.FORMAT: (
        "one of the known formats: " + ", ".join(sorted(FORMATS)),
        lambda value: value in FORMATS if isinstance(value, str) else False,
    ),
}
