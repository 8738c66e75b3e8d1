"""
A web app that streams: a text is posted, and its summary comes as the model writes it.

    pip install starlette uvicorn
    export ANTHROPIC_API_KEY=...
    uvicorn --app-dir cookbook/07_remote web_app:app
    curl -N --data-binary @cookbook/data/article.md http://127.0.0.1:8000/summary

The answer is a text/event-stream (server-sent events): "piece" as often as there is something new,
then one "done" or one "error". Its status is always 200, since it begins before the outcome is known.
At the end of this file stands what comes.
"""

import json
import logging
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from s2s_tasks import BackendError, BadInput, S2SError, Tasks, Timeout, UsageError

log = logging.getLogger("web_app")

MOST = 400_000
"""Bytes of a text, so that nobody makes you pay for a library."""

# One client for the whole program: it keeps connections open, one set for each event loop. A
# reader who waits wants to know soon that nothing will come: that is what `first` and `idle` are for.
client = Tasks(backend="claude", timeout=Timeout(total=300, first=60, idle=30))


async def summary(request: Request) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            return PlainTextResponse(f"more than {MOST:,} bytes", status_code=413)
    return StreamingResponse(
        events(body.decode("utf-8", errors="replace")),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},  # nginx holds back else
    )


async def events(text: str) -> AsyncIterator[str]:
    """
    When the reader goes away, Starlette stops this wherever it waits, or at its next `yield` (under
    servers of ASGI 2.4 and later). The `async with` ends the stream then, and with it the work: the
    service writes no more, and is paid for no more.
    """
    async with client.summarize.stream(text, max_words=120) as stream:
        try:
            async for piece in stream:
                # Pieces of a later attempt are in place of all before: the page begins anew.
                yield event("piece", text=piece, attempt=piece.attempt)
        except S2SError as error:
            log.warning("%s: %s", type(error).__name__, error)
            yield event("error", **told(error))
        else:
            result = stream.result
            yield event("done", model=result.model, cost=str(result.cost))


def event(name: str, **data: object) -> str:
    """JSON has no bare line ends, which would end an event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def told(error: S2SError) -> dict[str, object]:
    """What a reader may know; keys, limits and accounts are for the log. The class says whose turn it is."""
    match error:
        case BadInput():  # it is empty, too long, ...
            return {"said": str(error), "again": False}
        case UsageError() | BackendError():
            again = isinstance(error, BackendError) and error.retryable
            return {"said": "the service does not answer", "again": again}
    return {"said": str(error), "again": True}  # refused, cut or broken off, invalid


app = Starlette(routes=[Route("/summary", summary, methods=["POST"])])

# with a key:
#> event: piece
#> data: {"text": "Let", "attempt": 0}
#> event: piece
#> data: {"text": " it", "attempt": 0}
#> event: piece
#> data: {"text": " in.", "attempt": 0}
#> event: done
#> data: {"model": "claude-sonnet-5-5", "cost": "0.007"}

# at a limit that does not pass in time:
#> event: error
#> data: {"said": "the service does not answer", "again": true}

# when the connection breaks:
#> event: piece
#> data: {"text": "Let", "attempt": 0}
#> event: piece
#> data: {"text": " it", "attempt": 0}
#> event: error
#> data: {"said": "the answer broke off before its end", "again": true}
