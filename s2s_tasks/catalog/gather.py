"""
Extraction from a text that does not fit: what each part of it says, put together and checked.

If that does not fit the schema, the model is asked once more, about what was found only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from ..errors import InvalidOutput, SchemaRejected
from ..exchange import Completion, Remark, Request, Span
from ..schema import Json, Schema, strict_json
from ..task import Budget, Flow, ask, together
from .found import Found, json_of
from .merge import Candidate, merged
from .overlap import overlapping
from .parts import room_for
from .relax import relaxed

__all__ = ["gathered"]

T = TypeVar("T")

Reading: TypeAlias = Callable[[Completion], Found[T]]

PART = (
    "This is part {number} of {of} of a longer text. {wish} Leave out what this part does not"
    " say, or set it to null."
)
TOGETHER = (
    "A text was too long to be read at once. This was extracted from its parts and put together,"
    " but it does not fit the JSON Schema: {complaint}\n"
    "Make of it one JSON value that fits. Take every value from what is given and invent"
    " nothing. Answer with one JSON value only."
)
MOST_LETTERS = 500
"""Of a complaint that is repeated in a warning."""


def gathered(text: str, request: Request, read: Reading[T], budget: Budget) -> Flow[Found[T]]:
    """What `request` asks for, of a text that does not fit into one."""
    assert request.schema is not None
    parts = _Parts(request, _schema_of_part(request.schema))
    flows = [parts.said(part, budget) for part in parts.requests(text, budget)]
    candidates = yield from together(flows, replace(budget, one_by_one=False))
    whole = merged(request.schema.json, candidates)
    for conflict in whole.conflicts:
        yield Remark(f"parts of the text disagree: {conflict}")
    return (yield from _Whole(request, read, budget).settled(whole.value))


def _schema_of_part(schema: Schema[Any]) -> Schema[Json]:
    """Of what a part may say; it is checked closely only where we can."""
    document = relaxed(schema.json)
    try:
        return Schema.of(document)
    except SchemaRejected:  # made of a type, with what a raw schema may not have
        return Schema(schema.name, document, strict_json)


@dataclass(frozen=True)
class _Parts:
    """The requests for the parts of a text, none of them shown, and what is read of them."""

    request: Request
    schema: Schema[Json]

    def requests(self, text: str, budget: Budget) -> Sequence[Request]:
        spans = overlapping(text, room_for(self._part, budget), budget.count)
        return [
            replace(self._part(text[a:b], n, len(spans)), reads=(Span(a, b),), lead=None)
            for n, (a, b) in enumerate(spans, 1)
        ]

    def said(self, part: Request, budget: Budget) -> Flow[Candidate]:
        [span] = part.reads or ()
        value, notes = yield from ask(part, self._read, budget)
        for note in notes:
            yield Remark(f"{note} (characters {span.start:,}-{span.end:,})")
        return Candidate(value, span)

    def _read(self, completion: Completion) -> tuple[Json, tuple[str, ...]]:
        text, notes = json_of(completion, self.schema)
        return self.schema.read(text), notes

    def _part(self, text: str, number: int, of: int) -> Request:
        wish = PART.format(number=number, of=of, wish=self.request.instruction)
        return replace(self.request, parts=(text,), instruction=wish, schema=self.schema)


@dataclass(frozen=True)
class _Whole(Generic[T]):
    """Reads what was put together by the schema of the whole."""

    request: Request
    read: Reading[T]
    budget: Budget

    def settled(self, value: Json) -> Flow[Found[T]]:
        """The value, if need be made to fit by the model; raises InvalidOutput if it does not."""
        text = json.dumps(value, ensure_ascii=False)
        try:
            return self.read(Completion(text))
        except InvalidOutput as error:
            complaint = str(error)
        again = self._again(text, complaint)
        if value in (None, {}, []) or not self.budget.repairs or not self._fits(again):
            raise InvalidOutput(f"What the parts of the text say is not enough. {complaint}")
        found = yield from ask(
            again, self.read, replace(self.budget, repairs=self.budget.repairs - 1)
        )
        why = " ".join(complaint.split())[:MOST_LETTERS]
        yield Remark(f"the model made the values of the parts fit: {why}")
        return found

    def _again(self, text: str, complaint: str) -> Request:
        wish = TOGETHER.format(complaint=complaint)
        return replace(self.request, parts=(text,), instruction=wish, reads=())

    def _fits(self, request: Request) -> bool:
        room = self.budget.room(request)
        return room is None or self.budget.count(request.text) <= room
