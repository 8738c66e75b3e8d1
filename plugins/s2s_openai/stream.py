"""The text of a streamed answer, as it comes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from .events import Events

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from .draft import Draft

__all__ = ["texts"]

TAIL: Final = 0.1
"""Seconds in which a stream that has ended may close, so that its connection can be used again."""


async def texts(response: httpx2.Response, draft: Draft) -> AsyncIterator[str]:
    """Text as it comes. Some servers answer with one JSON body, whatever they are asked for."""
    if "event-stream" not in response.headers.get("content-type", ""):
        draft.reply(await response.aread())
        yield draft.choices[0].text
        return
    events, pieces = Events(), response.aiter_raw()
    async for piece in pieces:
        for data in events.push(piece):
            if text := draft.event(data):
                yield text
            if draft.done:  # whatever else comes is not of this answer
                await _drained(pieces)
                return


async def _drained(pieces: AsyncIterator[bytes]) -> None:
    with suppress(Exception):
        async with asyncio.timeout(TAIL):
            async for _ in pieces:
                pass
