"""A request as the messages of a chat. What all requests of a task have in common stands first."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.media import Media, Modality
from s2s_tasks.remote.pictures import within

if TYPE_CHECKING:
    from s2s_tasks.exchange import Part, Request

    from .profile import Profile

__all__ = ["messages"]

EDGE: Final = 2048
"""Pixels: the providers that say what they do scale larger pictures down to this."""

MOST_BYTES: Final = 10_000_000
"""Of one picture: in base64 it grows by a third, and 20 MB are the least that providers allow."""


def messages(request: Request, profile: Profile, words: str) -> list[dict[str, Any]]:
    """`words` are the instruction, with the schema in it where the server does not show it."""
    turns: list[dict[str, Any]] = []
    if request.system:
        turns.append({"role": "system", "content": request.system})
    turns.append({"role": "user", "content": _content(request, profile, words)})
    if request.earlier is not None:
        turns.append({"role": "assistant", "content": request.earlier.answer})
        turns.append({"role": "user", "content": request.earlier.complaint})
    return turns


def _content(request: Request, profile: Profile, words: str) -> str | list[dict[str, Any]]:
    if not request.media:  # the form that every server takes
        return "\n\n".join(text for text in (words, request.text) if text)
    given = [words, *request.parts] if words else [*request.parts]
    return [_part(part, profile) for part in given]


def _part(part: Part, profile: Profile) -> dict[str, Any]:
    if isinstance(part, str):
        return {"type": "text", "text": part}
    return {"type": "image_url", "image_url": {"url": _data_url(part, profile)}}


def _data_url(media: Media, profile: Profile) -> str:
    assert media.modality is Modality.IMAGE
    fit = within(media, edge=EDGE, most_bytes=MOST_BYTES, kinds=profile.pictures)
    return f"data:{fit.mime};base64,{base64.b64encode(fit.data).decode('ascii')}"
