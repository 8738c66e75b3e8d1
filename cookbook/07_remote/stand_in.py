"""
A stand-in for the services, on loopback, so that the recipes can be tested without a key.

It is neither Claude nor a model: it speaks as much of the two protocols (Anthropic's messages,
OpenAI's chat completions) as the recipes need, and says what a test tells it to say. Only the
tests know of it; a recipe finds it as it would find the real thing, by the environment.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


@dataclass(frozen=True)
class Said:
    """An answer. Streamed, it comes word by word with `pause` seconds before each."""

    text: str
    stop: str = "end_turn"
    pause: float = 0.0
    words: int | None = None
    """After so many, a stream breaks off."""


@dataclass(frozen=True)
class Trouble:
    """An error, as the service would send it."""

    status: int
    kind: str
    message: str


Reply = Callable[[dict], Said | Trouble]


@dataclass
class StandIn:
    """Serves while its `with` block lasts. `pages` are what it tells of itself, by their paths."""

    reply: Reply
    pages: dict[str, dict] = field(default_factory=dict)
    asked: list[dict] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set when a client has gone away in the middle of a stream."""

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def log_message(self, *_: object) -> None:
        """Nothing to standard error."""

    def do_GET(self) -> None:
        page = self.stand_in.pages.get(self.path)
        self._send(404 if page is None else 200, page or {})

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.stand_in.asked.append(sent)
        answer = self.stand_in.reply(sent)
        if isinstance(answer, Trouble):
            error = {"type": answer.kind, "message": answer.message}
            self._send(answer.status, {"type": "error", "error": error})
        elif self.path == "/v1/chat/completions":
            self._send(200, _completion(answer, sent))
        elif sent.get("stream"):
            self._stream(answer, sent)
        else:
            self._send(200, _message(answer, sent))

    def _send(self, status: int, document: dict) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("request-id", "req_011")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, answer: Said, sent: dict) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.close_connection = True
        pause = threading.Event()
        try:
            for event in _events(answer, sent):
                self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                pause.wait(answer.pause)
        except (BrokenPipeError, ConnectionResetError):
            self.stand_in.left.set()


def _message(answer: Said, sent: dict) -> dict:
    """Of Claude's."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": sent["model"],
        "content": [{"type": "text", "text": answer.text}],
        "stop_reason": answer.stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 3_000, "output_tokens": 100},
    }


def _events(answer: Said, sent: dict) -> Iterator[dict]:
    """The same as a stream."""
    whole = _message(answer, sent)
    yield {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    block = {"type": "text", "text": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}
    for word in re.findall(r"\s*\S+", answer.text)[: answer.words]:
        delta = {"type": "text_delta", "text": word}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    if answer.words is None:
        yield {"type": "content_block_stop", "index": 0}
        yield {
            "type": "message_delta",
            "delta": {"stop_reason": answer.stop, "stop_sequence": None},
            "usage": whole["usage"],
        }
        yield {"type": "message_stop"}


def _completion(answer: Said, sent: dict) -> dict:
    """Of the OpenAI dialect."""
    message = {"role": "assistant", "content": answer.text}
    return {
        "object": "chat.completion",
        "model": sent["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 40},
    }
