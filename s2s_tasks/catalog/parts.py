"""A text that does not fit: read in parts, and what was read of them put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ..errors import TooLong
from ..exchange import Completion, Request, Span
from ..task import Budget, Flow, ask, together
from ..text import windows

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MakePart", "condensed", "room_for"]

MakePart: TypeAlias = Callable[[str, int, int], Request]
"""The request for a part of the text, the part's number from 1, and how many there are."""

LEAST_ROOM = 16
"""Tokens; with less room than this, most parts would be torn sentences."""


def condensed(
    text: str, most: int, part: MakePart, read: Callable[[Completion], str], budget: Budget
) -> Flow[str]:
    """
    What is read of the parts of `text`, joined by blank lines, in `most` tokens or fewer.

    Takes as many rounds as it needs; raises TooLong if a round makes the text no shorter.
    """
    room = room_for(part, budget)
    shown = True
    while budget.count(text) > most:
        requests = _requests(text, room, part, budget, shown=shown)
        flows = [ask(request, read, budget) for request in requests]
        found = yield from together(flows, replace(budget, one_by_one=False))
        shorter = "\n\n".join(filter(None, found))
        if budget.count(shorter) >= budget.count(text):
            raise TooLong(
                "what was read of the parts of the text is no shorter than the text itself",
                hint="choose a backend with a longer context",
            )
        text, shown = shorter, False
    return text


def _requests(
    text: str, room: int, part: MakePart, budget: Budget, *, shown: bool
) -> Sequence[Request]:
    """One for each part, none of them shown; `shown` says that the text is the caller's own."""
    spans = windows(text, room, budget.count)
    return [
        replace(
            part(text[start:end], number, len(spans)),
            reads=(Span(start, end),) if shown else (),
            lead=None,
        )
        for number, (start, end) in enumerate(spans, 1)
    ]


def room_for(part: MakePart, budget: Budget) -> int:
    """Tokens of text that a part may have; raises TooLong if they are too few."""
    room = budget.room(part("", 9999, 9999)) or 0
    if room < LEAST_ROOM:
        raise TooLong(
            f"the model's context leaves {room} tokens for the text",
            hint="choose a backend with a longer context",
        )
    return room
