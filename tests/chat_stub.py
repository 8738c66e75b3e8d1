"""
A server of the OpenAI dialect on loopback, for what real ones cannot be made to do.

What it answers is a function of the path and the JSON sent; what it was asked is kept.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answer", "Stub", "chat", "chunks", "events", "models"]

JSON, EVENTS = "application/json", "text/event-stream"


@dataclass
class Answer:
    """`pieces` are sent one by one, `delay` seconds apart, each as a chunk of its own."""

    body: object = None
    status: int = 200
    kind: str = JSON
    headers: dict = field(default_factory=dict)
    pieces: tuple = ()
    delay: float = 0.0
    cut: bool = False
    """The connection is closed in the middle of the body."""


def models(*names, **more):
    return Answer(
        {"object": "list", "data": [{"id": name, "object": "model", **more} for name in names]}
    )


def chat(text, reason="stop", usage=(7, 5), **message):
    """A whole reply."""
    return {
        "id": "c1",
        "object": "chat.completion",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": reason,
            }
        ],
        "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1]},
    }


def chunks(*texts, reason="stop", usage=True, done=True):
    """A stream as OpenAI sends it: role, texts, reason, usage in a chunk of its own, [DONE]."""
    deltas = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": text}, None) for text in texts]
    if reason:
        deltas.append(({}, reason))
    found = [
        {"object": "chat.completion.chunk", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": why}]}
        for delta, why in deltas
    ]  # fmt: skip
    if usage:
        found.append({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}})
    return events(*found, done=done)


def events(*documents, done=True):
    """The pieces of a stream, one for each event."""
    said = [
        document if isinstance(document, bytes) else json.dumps(document).encode()
        for document in documents
    ]
    return tuple(b"data: " + data + b"\n\n" for data in [*said, *([b"[DONE]"] if done else [])])


class Stub:
    """Serves while its `with` block lasts. `answer(path, sent)` may return an Answer or JSON."""

    def __init__(self, answer, listed=("m",)):
        self._answer, self._listed = answer, listed
        self.asked = []

    @property
    def sent(self):
        """The JSON of all requests but those that only look."""
        return [sent for path, _, sent in self.asked if path != "/v1/models" and sent is not None]

    def answer(self, path, sent):
        if path == "/v1/models" and sent is None:
            return models(*self._listed)
        found = (
            self._answer(path, sent) if sent is not None else Answer({"detail": "Not Found"}, 404)
        )
        return found if isinstance(found, Answer) else Answer(found)

    def __enter__(self):
        handler = type("Bound", (_Handler,), {"stub": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 10
    stub: Stub

    def do_GET(self):
        self._respond(None)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._respond(json.loads(body))
        except ValueError:
            self._respond(body)

    def log_message(self, *_):
        """Nothing to standard error."""

    def _respond(self, sent):
        self.stub.asked.append((self.path, dict(self.headers), sent))
        answer = self.stub.answer(self.path, sent)
        try:
            self._send(answer)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _send(self, answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", EVENTS if answer.pieces else answer.kind)
        if answer.pieces:
            self._send_pieces(answer)
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        time.sleep(answer.delay)
        self.send_header("Content-Length", str(len(body) + 10 * answer.cut))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = answer.cut

    def _send_pieces(self, answer):
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            time.sleep(answer.delay)
        if not answer.cut:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = answer.cut
