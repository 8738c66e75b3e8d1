"""What was asked of a server: a request and its payload, and the same again in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from s2s_tasks.form import Choice

from .chat import chat
from .profile import Forms, Schemas
from .shaping import SHAPES
from .troubles import Refusal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from s2s_tasks.exchange import Request

    from .complaint import Complaint
    from .profile import Profile

__all__ = ["Asked", "shaped"]

T = TypeVar("T")

UNPROCESSED: Final = (400, 422, 500)
"""With the last one, too, servers answer to schemas that they cannot compile."""

ABOUT_SHAPES: Final = ("schema", "grammar", "response_format", "structured_output", "regex")


@dataclass(frozen=True)
class Asked:
    """A request, and the payload that it was lowered to."""

    request: Request
    payload: Mapping[str, Any]
    profile: Profile
    notes: tuple[str, ...] = ()

    def in_words(self, why: str) -> Asked:
        """The same with its shape told in words only, since the server does not take it."""
        profile = replace(self.profile, schemas=Schemas.NONE, forms=Forms.NONE)
        model, stream = self.payload["model"], bool(self.payload.get("stream"))
        payload = chat(self.request, profile, model, stream=stream)
        note = f"told in words and checked, since the server does not take the schema: {why}"
        return Asked(self.request, payload, profile, (note,))

    def can_be_said_in_words(self, said: Complaint) -> bool:
        """Whether the server complains of a shape that an answer can be checked for without it."""
        shaped = not SHAPES.isdisjoint(self.payload)
        about = any(word in said.words for word in ABOUT_SHAPES)
        return shaped and about and isinstance(self.request.form, Choice | None)

    @property
    def held(self) -> bool:
        """Whether the server was told to hold the answer to its shape, and really does."""
        return self.profile.enforces and not SHAPES.isdisjoint(self.payload)


async def shaped(asked: Asked, send: Callable[[Asked], Awaitable[T]]) -> tuple[Asked, T]:
    """What was asked in the end, and what came: a shape that the server refuses is put in words."""
    try:
        return asked, await send(asked)
    except Refusal as refusal:
        if refusal.status not in UNPROCESSED or not asked.can_be_said_in_words(refusal.complaint):
            raise
        worded = asked.in_words(refusal.complaint.message)
    return worded, await send(worded)
