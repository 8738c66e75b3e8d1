"""Embeddings: a vector for each text, near where texts mean alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from ..errors import BadInput, InvalidOutput
from ..exchange import Completion, Request, Span, Vector
from ..task import Budget, Flow, Task, ask, together
from .invariants import need_text

__all__ = ["Embed", "Embedding"]

Embedding: TypeAlias = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Embed(Task[Sequence[str] | str, tuple[Embedding, ...]]):
    """
    Turn each text into a vector; texts that mean alike have vectors of like direction.

    One text gives one vector, in a tuple all the same. All vectors are of one dimension.
    """

    name: ClassVar[str] = "embed"

    def prepare(self, value: Sequence[str] | str) -> Sequence[str] | str:
        return tuple(value) if isinstance(value, list) else value

    def request(self, value: Sequence[str] | str) -> Request:
        return Request(task=self.name, parts=_texts(value))

    def read(self, completion: Completion) -> tuple[Embedding, ...]:
        return (self._read_one(completion),)

    def flow(self, value: Sequence[str] | str, budget: Budget) -> Flow[tuple[Embedding, ...]]:
        whole = self.request(value)
        flows = [
            ask(self._one(whole, text, number), self._read_one, budget)
            for number, text in enumerate(_texts(value))
        ]
        vectors = yield from together(flows, replace(budget, one_by_one=False))
        _check_dimensions(vectors)
        return tuple(vectors)

    def settled(self, partial: str) -> str:
        del partial
        return ""

    def _one(self, whole: Request, text: str, number: int) -> Request:
        return replace(whole, parts=(text,), reads=(Span(0, len(text), number),), lead=None)

    def _read_one(self, completion: Completion) -> Embedding:
        match completion.checked().output:
            case Vector(values):
                _check(values)
                return values
            case _:
                raise InvalidOutput("The answer is not a vector.")


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (need_text(value),)
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        raise BadInput(
            f"a {type(value).__name__} is no sequence of texts", hint="give a list of str"
        )
    if not value:
        raise BadInput("the list of texts is empty", hint="give at least one text")
    return tuple(need_text(text, f"text {number}") for number, text in enumerate(value))


def _check(values: Embedding) -> None:
    if not values or not all(map(math.isfinite, values)):
        raise InvalidOutput("The vector is empty, or not all of its numbers are finite.")
    if not any(values):
        raise InvalidOutput("The vector is zero, so it has no direction.")


def _check_dimensions(vectors: Sequence[Embedding]) -> None:
    found = sorted({len(vector) for vector in vectors})
    if len(found) > 1:
        raise InvalidOutput(f"The vectors differ in dimension: {', '.join(map(str, found))}.")
