"""Claims about stream(): it says what complete() says, piece by piece, and can be left."""

# a claim is its name
from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from unittest import SkipTest

from ...exchange import Completion, Signal
from .subject import Subject, answers, drained, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...backend import Backend
    from ...exchange import Request

__all__ = ["Streaming"]

LONG_ENOUGH = 12
"""Words of an answer that a backend which streams should not hand over in one piece."""


class Streaming(Subject):
    """A stream is the same answer, earlier."""

    def test_a_stream_ends_with_its_one_completion(self) -> None:
        with self.opened() as backend:
            for request in self.example_requests():
                kinds = [isinstance(item, Completion) for item in backend.stream(request)]
                assert kinds == [*[False] * (len(kinds) - 1), True], (
                    "a stream is texts and then one Completion"
                )

    def test_the_pieces_of_a_stream_join_to_its_text(self) -> None:
        with self.opened() as backend:
            for request in self.example_requests():
                pieces, end = drained(backend.stream(request))
                joined = "".join(pieces)
                assert joined == end.partial, f"{joined!r:.100} is not {end.partial!r:.100}"

    def test_a_stream_says_what_complete_says(self) -> None:
        with self.opened() as backend:
            for request in self.example_requests():
                [whole], (_, end) = answers(backend, [request]), drained(backend.stream(request))
                assert self.same(end, whole), f"{end!r:.200} is not {whole!r:.200}"

    def test_an_async_stream_says_what_a_stream_says(self) -> None:
        async def ask(backend: Backend, request: Request) -> list[str | Completion]:
            return [item async for item in backend.astream(request)]

        with self.opened() as backend:
            for request in self.example_requests():
                items = within(self.patience, partial(asyncio.run, ask(backend, request)))
                pieces, end = drained(iter(items))
                texts, whole = drained(backend.stream(request))
                assert "".join(pieces) == "".join(texts), f"{pieces!r:.100} is not {texts!r:.100}"
                assert self.same(end, whole), f"{end!r:.200} is not {whole!r:.200}"

    def test_a_backend_that_says_it_streams_gives_several_pieces(self) -> None:
        with self.opened() as backend:
            if not backend.capabilities.streams:
                raise SkipTest("capabilities.streams is False")
            drawn = [drained(backend.stream(request)) for request in self.example_requests()]
        counts = [len(pieces) for pieces, end in drawn if len(end.partial.split()) >= LONG_ENOUGH]
        if not counts:
            raise SkipTest(f"no example has an answer of {LONG_ENOUGH} words")
        assert min(counts) > 1, f"an answer of {LONG_ENOUGH} words and more came in one piece"

    def test_a_stream_that_is_left_gives_back_its_thread(self) -> None:
        """And what it holds: the backend answers the next request."""
        with self.opened() as backend:
            self._left(backend, _leave)

    def test_an_async_stream_that_is_left_gives_back_its_thread(self) -> None:
        """It is told to stop, too, since its thread cannot be interrupted."""
        with self.opened() as backend:
            self._left(backend, lambda *asked: asyncio.run(_leave_async(*asked)))

    def _left(self, backend: Backend, leave: Callable[[Backend, Request], object]) -> None:
        example = self.example_requests()[0]
        drained(backend.stream(example))  # what a library starts at first use is not counted
        before = {*threading.enumerate()}
        left = self.long_request() or example
        leave(backend, left)
        until = time.monotonic() + self.cancel_within
        while (extra := _since(before)) and time.monotonic() < until:
            time.sleep(0.005)
        assert not extra, f"still running after the stream was left: {[t.name for t in extra]}"
        within(self.patience, lambda: drained(backend.stream(example)))


def _leave(backend: Backend, request: Request) -> None:
    items = backend.stream(request)
    next(items)
    if isinstance(items, Generator):
        items.close()


async def _leave_async(backend: Backend, request: Request) -> None:
    signal = Signal()
    items = backend.astream(replace(request, signal=signal))
    await anext(items)
    signal.abort()
    if isinstance(items, AsyncGenerator):
        await items.aclose()


def _since(before: set[threading.Thread]) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread not in before]
