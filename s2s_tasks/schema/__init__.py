"""
The shape an answer must have: JSON Schema out to backends, a checked value back in.

A typed shape (pydantic model, dataclass, TypedDict, NamedTuple, Literal, enum, list or union of
those) is described by pydantic; a value fits its schema first, without coercion, and is then
made by the type's own validators. A raw JSON Schema is checked itself before anything is paid
for: its size, its references, its patterns, its keywords. What would only be ignored is refused.
No document is ever fetched. Both come out in one dialect, draft 2020-12.

`format` is asserted for raw schemas, for the formats in FORMATS; a type checks its own.
Patterns are those of ECMA-262 without look-around and back-references.
"""

from .canonical import check_schema
from .fold import folded
from .keywords import FORMATS
from .plain import Json
from .schema import Schema
from .strict import strict_json

__all__ = ["FORMATS", "Json", "Schema", "check_schema", "folded", "strict_json"]
