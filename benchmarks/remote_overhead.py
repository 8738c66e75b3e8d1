"""
What the Claude backend costs beside the SDK used by hand, over loopback.

A server of a few lines in a process of its own gives the same prepared bytes to both: an answer,
a stream of 20,000 text events, and slow answers for many calls at once. In turn, medians.

    python benchmarks/remote_overhead.py        # extra claude
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
from s2s_claude.opening import opened

from s2s_tasks import Completion, Request

MODEL = "claude-haiku-5-5"
KEY = "benchmark-key"
EVENTS, CALLS, STREAMS, TOGETHER, SLOW = 20_000, 40, 7, 200, 0.05
USAGE = {"input_tokens": 10, "output_tokens": 5}
WHOLE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "stop_reason": "end_turn",
    "content": [{"type": "text", "text": "An answer of some words. " * 8}], "stop_sequence": None,
    "usage": USAGE,
}  # fmt: skip


def events() -> Iterator[dict[str, Any]]:
    begun = {**WHOLE, "content": [], "stop_reason": None}
    block = {"type": "text", "text": ""}
    yield {"type": "message_start", "message": begun}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    delta = {"type": "text_delta", "text": " word"}
    for _ in range(EVENTS):
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": USAGE}
    yield {"type": "message_stop"}


def serve(listener: socket.socket) -> None:
    """Answers by what the body asks: a stream, or at once; "slow" in the text takes its time."""
    streamed = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events())
    answers = {
        True: _http("text/event-stream", streamed.encode()),
        False: _http("application/json", json.dumps(WHOLE).encode()),
    }
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_connected, args=(connection, answers), daemon=True).start()


def _http(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _connected(connection: socket.socket, answers: dict[bool, bytes]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as lines:
        while line := lines.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                line = lines.readline()
            body = lines.read(length)
            if b"slow" in body:
                time.sleep(SLOW)
            connection.sendall(answers[b'"stream":true' in body.replace(b" ", b"")])


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def paired(title: str, hand: Callable[[], object], ours: Callable[[], object], rounds: int) -> None:
    for work in (hand, ours):
        work()
    times = [(timed(hand), timed(ours)) for _ in range(rounds)]
    by_hand, through_us = (statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{title}: {1000 * by_hand:.2f} ms by the SDK, {1000 * through_us:.2f} ms through us"
        f" ({100 * (through_us / by_hand - 1):+.1f} %)"
    )


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    server = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener,), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    client = anthropic.Anthropic(api_key=KEY, base_url=url, max_retries=0)
    backend = opened(MODEL, api_key=KEY, base_url=url)
    request = Request("summarize", ("A text.",), instruction="Summarize the text.")
    asked: dict[str, Any] = {
        "model": MODEL, "max_tokens": 4_096, "messages": [{"role": "user", "content": "A text."}]
    }  # fmt: skip

    def hand() -> object:
        return client.messages.create(**asked)

    def hand_streamed() -> object:
        with client.messages.stream(**asked) as stream:
            return sum(1 for _ in stream.text_stream)

    def ours() -> object:
        return list(backend.complete([request]))

    def ours_streamed() -> object:
        pieces = [*backend.stream(request)]
        assert isinstance(pieces[-1], Completion)
        return len(pieces)

    paired("one answer", hand, ours, CALLS)
    paired(f"a stream of {EVENTS:,} events", hand_streamed, ours_streamed, STREAMS)
    took = timed(ours_streamed)
    print(f"streamed through us: {EVENTS / took:,.0f} events/s")

    async def together() -> None:
        slow = Request("summarize", ("slow",), instruction="Summarize the text.")

        async def one() -> None:
            async for _ in backend.acomplete([slow]):
                pass

        await asyncio.gather(*(one() for _ in range(TOGETHER)))

    took = timed(lambda: asyncio.run(together()))
    print(f"{TOGETHER} calls of {1000 * SLOW:.0f} ms at once: {took:.2f} s")
    backend.close()
    server.terminate()


if __name__ == "__main__":
    main()
