"""Embeddings: the texts of several requests in one call, and the vectors out of its answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from s2s_tasks.exchange import Completion, Usage, Vector

from .complaint import error_in
from .counts import usage_of
from .draft import document
from .troubles import BadReply, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.exchange import Request

__all__ = ["embedding", "vectors"]


def embedding(requests: Sequence[Request], model: str) -> dict[str, Any]:
    """The JSON of POST /embeddings."""
    texts = [request.text for request in requests]
    return {"model": model, "input": texts, "encoding_format": "float"}


def vectors(body: bytes, count: int) -> list[Completion]:
    """
    One for each text, in the order of the texts, whatever the order of the answer.

    Usage is told for all of them; the first carries it.
    """
    told = document(body)
    if complaint := error_in(told):
        raise Told(complaint)
    rows = told.get("data") if isinstance(told, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        raise BadReply(f"an answer without {count} embeddings")
    found = dict(_numbered(row, place) for place, row in enumerate(rows))
    if sorted(found) != [*range(count)]:
        raise BadReply("embeddings whose numbers are not those of the texts")
    usage = usage_of(told.get("usage")) or Usage()
    return [Completion(found[place], usage=Usage() if place else usage) for place in range(count)]


def _numbered(row: object, place: int) -> tuple[int, Vector]:
    told = row if isinstance(row, dict) else {}
    index, values = told.get("index", place), told.get("embedding")
    if not isinstance(index, int) or not isinstance(values, list) or not _numbers(values):
        raise BadReply("an embedding that is no list of numbers")
    return index, Vector(tuple(map(float, values)))


def _numbers(values: list[Any]) -> bool:
    return all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in values
    )
