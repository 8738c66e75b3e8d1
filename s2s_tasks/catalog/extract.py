"""Extraction: the facts of a text in the shape that the caller names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from ..exchange import Completion, Remark, Request, Shown
from ..schema import Json, Schema
from ..task import Budget, Flow, Task, ask
from .found import Found, json_of
from .invariants import need_text
from .partial import JsonDraft

__all__ = ["Extract"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Extract(Task[str, T], Generic[T]):
    """
    Find in a text what a schema describes, and return it checked.

    The value satisfies the schema, whatever the backend: its answer is read by the schema.
    A text that does not fit the model is read in parts. What they say is put together; where
    they disagree, warnings say so.
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
        schema = Schema.of(self.schema)
        return schema.read(json_of(completion, schema)[0])

    def flow(self, value: str, budget: Budget) -> Flow[T]:
        request = self.request(value)
        room = budget.room(request)
        if room is None or budget.count(value) <= room:
            found = yield from ask(request, self._read, budget)
        else:
            from .gather import gathered  # not needed for most texts

            found = yield from gathered(value, request, self._read, budget)
        for note in found.notes:
            yield Remark(note)
        yield Shown(found.text)
        return found.value

    def settled(self, partial: str) -> str:
        draft = self.draft()
        draft.more(partial)
        return draft.text

    def draft(self) -> JsonDraft:
        return JsonDraft()

    def _read(self, completion: Completion) -> Found[T]:
        return Found(self.read(completion), *json_of(completion, Schema.of(self.schema)))
