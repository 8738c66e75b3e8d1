"""Extraction: the facts of a text in the shape that the caller names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, TypeVar

from ..exchange import Completion, Media, Modality, Remark, Request, Shown
from ..schema import Json, Schema
from ..task import Budget, Flow, Task, ask
from .found import Found, json_of
from .partial import JsonDraft
from .source import Source, prepared

__all__ = ["Extract"]

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Extract(Task[Source, T], Generic[T]):
    """
    Find in a text what a schema describes, and return it checked.

    The value satisfies the schema, whatever the backend: its answer is read by the schema.
    A picture or a PDF is given as `Path("scan.pdf")`, for a model that can read it.
    A text that does not fit the model is read in parts. What they say is put together; where
    they disagree, warnings say so.
    """

    name: ClassVar[str] = "extract"

    schema: Annotated[
        type[T] | Mapping[str, Json],
        "shape of the answer: a type that pydantic can read, or a JSON Schema",
    ]

    def prepare(self, value: Source) -> str | Media:
        return prepared(value, Modality.IMAGE, Modality.DOCUMENT)

    def request(self, value: Source) -> Request:
        source = self.prepare(value)
        what = "text" if isinstance(source, str) else source.modality
        return Request(
            task=self.name,
            parts=(source,),
            instruction=(
                f"Extract from the {what} what the JSON Schema describes. Take every value from"
                f" the {what} and invent nothing. Answer with one JSON value only."
            ),
            schema=Schema.of(self.schema),
        )

    def read(self, completion: Completion) -> T:
        schema = Schema.of(self.schema)
        return schema.read(json_of(completion, schema)[0])

    def flow(self, value: Source, budget: Budget) -> Flow[T]:
        request = self.request(value)
        room, text = budget.room(request), request.text
        if request.media or room is None or budget.count(text) <= room:
            found = yield from ask(request, self._read, budget)
        else:
            from .gather import gathered  # not needed for most texts

            found = yield from gathered(text, request, self._read, budget)
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
