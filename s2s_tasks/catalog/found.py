"""A value that was read from an answer, and the JSON it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..exchange import Completion, Enforces
from ..schema import Schema, folded, strict_json
from .fence import unfenced
from .invariants import answered

__all__ = ["Found", "json_of"]

T = TypeVar("T")

MOST_NOTES = 10
"""On one answer."""


@dataclass(frozen=True)
class Found(Generic[T]):
    """`notes` are what the caller should know of the value."""

    value: T
    text: str
    notes: tuple[str, ...] = ()


def json_of(completion: Completion, schema: Schema[Any]) -> tuple[str, tuple[str, ...]]:
    """
    The JSON of a whole answer without its fence, and notes on what was changed in it.

    Texts of an enum are spelt as the schema spells them, unless the backend sees to that.
    Raises InvalidOutput for what is no JSON.
    """
    text = unfenced(answered(completion)).strip()
    if completion.enforced is not Enforces.NOT:
        return text, ()
    value, notes = folded(strict_json(text), schema)
    if notes:
        import json

        text = json.dumps(value, ensure_ascii=False)
    return text, _few(notes)


def _few(notes: tuple[str, ...]) -> tuple[str, ...]:
    more = len(notes) - MOST_NOTES
    return notes if more <= 0 else (*notes[:MOST_NOTES], f"{more:,} more texts were read so")
