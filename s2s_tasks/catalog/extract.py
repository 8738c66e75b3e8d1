"""Extraction: the facts of a text in the shape that the caller names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from ..exchange import Completion, Request
from ..schema import Json, Schema
from ..task import Task
from .fence import unfenced
from .invariants import answered, need_text

__all__ = ["Extract"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Extract(Task[str, T], Generic[T]):
    """
    Find in a text what a schema describes, and return it checked.

    The value satisfies the schema, whatever the backend: its answer is read by the schema.
    """

    name: ClassVar[str] = "extract"

    schema: Annotated[
        type[T] | Mapping[str, Json],
        "shape of the answer: a type that pydantic can read, or a JSON Schema",
    ]

    def request(self, value: str) -> Request:
        return Request(
            task=self.name,
            parts=(need_text(value),),
            instruction=(
                "Extract from the text what the JSON Schema describes. Take every value from"
                " the text and invent nothing. Answer with one JSON value only."
            ),
            schema=Schema.of(self.schema),
        )

    def read(self, completion: Completion) -> T:
        return Schema.of(self.schema).read(unfenced(answered(completion)))

    def settled(self, partial: str) -> str:
        del partial
        return ""  # a value is not read before it is whole
