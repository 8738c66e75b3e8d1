"""What a server may send: so many bytes, in events so long, and nothing packed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx2

from ..errors import BackendError

__all__ = ["bounded", "bounded_async"]

MEGABYTE = 1_000_000
MOST = 128 * MEGABYTE
"""Bytes of one answer: 128,000 tokens of output are 20 MB of events, the widest embeddings 75."""
LONGEST_EVENT = 16 * MEGABYTE
"""Bytes of one event of a stream, which readers keep whole in memory."""
BLANK_LINES = (b"\n\n", b"\r\n\r\n", b"\r\r")


class _Tally:
    """Counts what comes, and raises when it is too much."""

    def __init__(self, response: httpx2.Response) -> None:
        self._total = self._event = 0
        self._end = b""
        self._in_events = "event-stream" in response.headers.get("content-type", "")

    def count(self, piece: bytes) -> bytes:
        self._total += len(piece)
        if self._total > MOST:
            raise _too_much("answer", MOST)
        if self._in_events:
            self._event = 0 if self._ends_event(piece) else self._event + len(piece)
            if self._event > LONGEST_EVENT:
                raise _too_much("event of its stream", LONGEST_EVENT)
        return piece

    def _ends_event(self, piece: bytes) -> bool:
        if BLANK_LINES[0] in piece:  # as nearly always
            return True
        seen, self._end = self._end + piece, piece[-3:]
        return any(blank in seen for blank in BLANK_LINES)


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, tally: _Tally) -> None:
        self._inner, self._tally = inner, tally

    def __iter__(self) -> Iterator[bytes]:
        return map(self._tally.count, self._inner)

    def close(self) -> None:
        self._inner.close()


class _AsyncBounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, tally: _Tally) -> None:
        self._inner, self._tally = inner, tally

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            yield self._tally.count(piece)

    async def aclose(self) -> None:
        await self._inner.aclose()


def bounded(response: httpx2.Response) -> None:
    """A hook for the answers of a client."""
    _refuse_packed(response)
    assert isinstance(response.stream, httpx2.SyncByteStream)
    response.stream = _Bounded(response.stream, _Tally(response))


async def bounded_async(response: httpx2.Response) -> None:
    """A hook for the answers of an async client."""
    _refuse_packed(response)
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _AsyncBounded(response.stream, _Tally(response))


def _refuse_packed(response: httpx2.Response) -> None:
    coding = response.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        raise _marked(BackendError(f"the server packed its answer ({coding:.20}), unasked"))


def _too_much(what: str, limit: int) -> BackendError:
    megabytes = limit // MEGABYTE
    return _marked(BackendError(f"the server sent more than {megabytes} MB in one {what}"))


def _marked(error: BackendError) -> BackendError:
    error.maybe_billed = True
    return error
