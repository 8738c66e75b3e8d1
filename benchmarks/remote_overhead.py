"""
What the remote backends cost beside their SDKs used by hand, over loopback.

A server of a few lines in a process of its own gives the same prepared bytes to both: an answer,
a stream of 20,000 text events, and slow answers for many calls at once. In turn, medians.

    python benchmarks/remote_overhead.py        # extras claude, http, bench
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
import openai
from s2s_claude.opening import opened as claude
from s2s_openai.opening import opened as server

from s2s_tasks import Backend, Completion, Request

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


NOTHING = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
CHAT = {
    "id": "1", "object": "chat.completion", "created": 1, "model": "m",
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}  # fmt: skip
SAID = {"message": {"role": "assistant", "content": WHOLE["content"][0]["text"]}}


def chunks() -> Iterator[str]:
    for n in range(EVENTS):
        choice = {"index": 0, "delta": {"content": " word"}, "finish_reason": None}
        if n == EVENTS - 1:
            choice["finish_reason"] = "stop"
        yield json.dumps({**CHAT, "object": "chat.completion.chunk", "choices": [choice]})
    yield "[DONE]"


def serve(listener: socket.socket) -> None:
    """Answers by path and body: a stream, or at once; "slow" in the text takes its time."""
    messages = "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events())
    chat = "".join(f"data: {one}\n\n" for one in chunks())
    choice = {"index": 0, "finish_reason": "stop", **SAID}
    answers = {
        (b"/v1/messages", True): _http("text/event-stream", messages.encode()),
        (b"/v1/messages", False): _http("application/json", json.dumps(WHOLE).encode()),
        (b"/v1/chat/completions", True): _http("text/event-stream", chat.encode()),
        (b"/v1/chat/completions", False): _http(
            "application/json", json.dumps({**CHAT, "choices": [choice]}).encode()
        ),
    }
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_connected, args=(connection, answers), daemon=True).start()


def _http(kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _connected(connection: socket.socket, answers: dict[tuple[bytes, bool], bytes]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as lines:
        while line := lines.readline():
            path, length = line.split()[1], 0
            while line.strip():
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                line = lines.readline()
            body = lines.read(length)
            if b"slow" in body:
                time.sleep(SLOW)
            asked = path, b'"stream":true' in body.replace(b" ", b"")
            connection.sendall(answers.get(asked, NOTHING))


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


def compared(
    name: str, hand: Callable[[], object], streamed: Callable[[], object], backend: Backend
) -> None:
    request = Request("summarize", ("A text.",), instruction="Summarize the text.")

    def ours() -> object:
        return list(backend.complete([request]))

    def ours_streamed() -> object:
        pieces = [*backend.stream(request)]
        assert isinstance(pieces[-1], Completion)
        return len(pieces)

    paired(f"{name}: one answer", hand, ours, CALLS)
    paired(f"{name}: a stream of {EVENTS:,} events", streamed, ours_streamed, STREAMS)
    print(f"{name}: streamed through us: {EVENTS / timed(ours_streamed):,.0f} events/s")

    async def together() -> None:
        slow = Request("summarize", ("slow",), instruction="Summarize the text.")

        async def one() -> None:
            async for _ in backend.acomplete([slow]):
                pass

        await asyncio.gather(*(one() for _ in range(TOGETHER)))

    took = timed(lambda: asyncio.run(together()))
    print(f"{name}: {TOGETHER} calls of {1000 * SLOW:.0f} ms at once: {took:.2f} s")
    backend.close()


def against_anthropic(url: str) -> None:
    client = anthropic.Anthropic(api_key=KEY, base_url=url, max_retries=0)
    asked: dict[str, Any] = {
        "model": MODEL, "max_tokens": 4_096, "messages": [{"role": "user", "content": "A text."}]
    }  # fmt: skip

    def streamed() -> object:
        with client.messages.stream(**asked) as stream:
            return sum(1 for _ in stream.text_stream)

    backend = claude(MODEL, api_key=KEY, base_url=url)
    compared("claude", lambda: client.messages.create(**asked), streamed, backend)


def against_openai(url: str) -> None:
    client = openai.OpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    asked: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "A text."}]}

    def streamed() -> object:
        return sum(1 for _ in client.chat.completions.create(stream=True, **asked))

    backend = server("m", url=f"{url}/v1", key=KEY, profile="vllm")
    compared("openai", lambda: client.chat.completions.create(**asked), streamed, backend)


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    process = multiprocessing.get_context("fork").Process(
        target=serve, args=(listener,), daemon=True
    )
    process.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    against_anthropic(url)
    against_openai(url)
    process.terminate()


if __name__ == "__main__":
    main()
