"""Values in messages: short, whatever they are."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Final

from .plain import Json, quoted

__all__ = ["either", "listed", "shortened", "shown"]

MOST_BITS: Final = 200
ARTICLES: Final = {
    "string": "a ",
    "number": "a ",
    "boolean": "a ",
    "integer": "an ",
    "object": "an ",
    "array": "an ",
}


def shown(value: Json, most: int = 60) -> str:
    """A scalar as JSON, a long one cut; of an object or list only how much there is."""
    match value:
        case str():
            text = quoted(value[:most])
            return text if len(value) <= most else f'{text[:-1]}..." ({len(value):,} characters)'
        case dict():
            return f"an object of {len(value):,} fields"
        case list():
            return f"a list of {len(value):,} items"
        case int() if value.bit_length() > MOST_BITS:
            return "an integer of more than 60 digits"
    return json.dumps(value)


def either(kinds: Iterable[str]) -> str:
    """Types in words: `a string or null`."""
    return " or ".join(f"{ARTICLES.get(kind, '')}{kind}" for kind in kinds)


def listed(values: Iterable[Json], most: int = 8) -> str:
    """Some of the values, and whether there are more."""
    some = [shown(value) for value in islice(values, most + 1)]
    return ", ".join([*some[:most], "and more"] if len(some) > most else some)


def shortened(path: str, most: int = 120) -> str:
    """A path whose middle is left out where it is long."""
    return path if len(path) <= most else f"{path[: most // 2]}...{path[-most // 2 :]}"
