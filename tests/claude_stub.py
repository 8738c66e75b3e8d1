"""
The Messages API on loopback, as documented: what it refuses is refused here in its words.

Our own, and marked as such: no third-party peer refuses what the service refuses, or describes
models as it does. A script says what is answered; without one, a text comes back in capitals.
"""

import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Asked", "Complaint", "Message", "Stub", "judged"]

THOUGHT = {"type": "thinking", "thinking": "", "signature": "c2ln"}


@dataclass
class Message:
    """An answer, at once or as a stream of words, `pause` seconds in all."""

    text: str = ""
    stop_reason: str | None = "end_turn"
    content: list | None = None
    usage: dict = field(default_factory=dict)
    pause: float = 0.0
    stop_details: dict | None = None
    headers: dict = field(default_factory=dict)
    cut: int | None = None
    """Events after which the stream ends."""
    then: dict | None = None
    """An event in place of what is cut."""

    @property
    def blocks(self):
        return [{"type": "text", "text": self.text}] if self.content is None else self.content

    @property
    def counts(self):
        words = sum(len(block.get("text", "").split()) for block in self.blocks)
        return {"input_tokens": 10, "output_tokens": words, **self.usage}

    def whole(self, model):
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": self.blocks,
            "stop_reason": self.stop_reason,
            "stop_sequence": None,
            "stop_details": self.stop_details,
            "usage": self.counts,
        }

    def events(self, model):
        begun = {**self.whole(model), "content": [], "stop_reason": None, "stop_details": None}
        begun["usage"] = {**self.counts, "output_tokens": 1}
        yield {"type": "message_start", "message": begun}
        yield {"type": "ping"}
        for index, block in enumerate(self.blocks):
            yield from _block(index, block)
        delta = {"stop_reason": self.stop_reason, "stop_sequence": None}
        if self.stop_details:
            delta["stop_details"] = self.stop_details
        totals = {name: self.counts[name] for name in ("input_tokens", "output_tokens")}
        yield {"type": "message_delta", "delta": delta, "usage": totals}
        yield {"type": "message_stop"}


def _block(index, block):
    empty = {**block, "text": ""} if "text" in block else block
    yield {"type": "content_block_start", "index": index, "content_block": empty}
    for word in re.findall(r"\s*\S+|\s+$", block.get("text", "")):
        delta = {"type": "text_delta", "text": word}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    if block["type"] == "thinking":
        delta = {"type": "signature_delta", "signature": "c2ln"}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


@dataclass
class Complaint:
    """An error status, with the body that belongs to it unless another is given."""

    status: int
    kind: str = "invalid_request_error"
    said: str = "no"
    code: str = ""
    headers: dict = field(default_factory=dict)
    body: bytes | None = None

    @property
    def content(self):
        if self.body is not None:
            return self.body
        error = {"type": self.kind, "message": self.said}
        if self.code:
            error["details"] = {"error_code": self.code}
        return json.dumps({"type": "error", "error": error}).encode()


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict
    body: dict


class Stub:
    """Serves while its `with` block lasts. `script(body)` gives a Message, a Complaint or bytes."""

    def __init__(self, script=None, *, strict=True):
        self.script = script or shouted
        self.strict = strict
        self.models = {}
        """By id: what is told of a model; others are not found."""
        self.asked = []
        self.open = 0
        self.most_open = 0
        self.lock = threading.Lock()
        self.quit = threading.Event()

    @property
    def bodies(self):
        return [asked.body for asked in self.asked if asked.path == "/v1/messages"]

    def __enter__(self):
        bound = type("Bound", (_Handler,), {"stub": self})
        self._server = _Server(("127.0.0.1", 0), bound)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_):
        self.quit.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def shouted(body):
    """The text in capitals, after a thought."""
    content = body["messages"][0]["content"]
    said = " ".join(block["text"] for block in content if block["type"] == "text")
    pause = 2.0 if "slowly" in said else 0.0
    return Message(content=[THOUGHT, {"type": "text", "text": said.upper()}], pause=pause)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """Clients leave when they like."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 5
    stub: Stub

    def log_message(self, *_):
        """Nothing to standard error."""

    def do_GET(self):
        told = self.stub.models.get(self.path.rpartition("/")[2].partition("?")[0])
        self._note({})
        if told is None:
            self._complain(Complaint(404, "not_found_error", "model"))
        else:
            self._send(200, json.dumps(told).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self._note(body)
        try:
            self._answer(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.stub.lock:
                self.stub.open -= 1

    def _note(self, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.stub.lock:
            self.stub.asked.append(Asked(self.command, self.path, headers, body))
            if self.command == "POST":
                self.stub.open += 1
                self.stub.most_open = max(self.stub.most_open, self.stub.open)

    def _answer(self, body):
        why = judged(body) if self.stub.strict else ""
        if why:
            self._complain(Complaint(400, said=why))
            return
        if self.path.endswith("/count_tokens"):
            self._send(200, b'{"input_tokens": 42}')
            return
        reply = self.stub.script(body)
        if isinstance(reply, Complaint):
            self._complain(reply)
        elif isinstance(reply, bytes):
            self._send(200, reply)
        elif body.get("stream"):
            self._stream(reply, body["model"])
        else:
            self.stub.quit.wait(reply.pause)
            self._send(200, json.dumps(reply.whole(body["model"])).encode(), reply.headers)

    def _complain(self, complaint):
        self._send(complaint.status, complaint.content, complaint.headers)

    def _send(self, status, body, headers=None):
        self.send_response(status)
        said = {"content-type": "application/json", "request-id": "req_1", **(headers or {})}
        for name, value in said.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, message, model):
        self.send_response(200)
        for name, value in message.headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        events = [*message.events(model)]
        if message.cut is not None:
            events = [*events[: message.cut], *([message.then] if message.then else [])]
        for event in events:
            self._event(event)
            if self.stub.quit.wait(message.pause / len(events)):
                break
        self.wfile.write(b"0\r\n\r\n")

    def _event(self, event):
        data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))


# -- what the service refuses

KNOWN = {
    "model", "max_tokens", "messages", "system", "output_config", "stop_sequences", "stream",
    "thinking", "metadata", "cache_control", "tools", "tool_choice",
}  # fmt: skip
NO_EFFORT = ("claude-haiku-4-5", "claude-sonnet-4-5")
KEYWORDS = {
    "type", "properties", "required", "items", "enum", "const", "anyOf", "allOf", "$ref", "$defs",
    "title", "description", "default", "additionalProperties", "format", "minItems", "pattern",
}  # fmt: skip


def judged(body):
    """Why the service answers with 400; empty if it does not."""
    return next(_complaints(body), "")


def _complaints(body):
    for name in body.keys() - KNOWN:
        yield f"{name}: Extra inputs are not permitted"
    if "tool_choice" in body or "thinking" in body:
        yield "not for plain tasks"
    if body["messages"][-1]["role"] != "user":
        yield "This model does not support assistant message prefill"
    if any(not stop.strip() for stop in body.get("stop_sequences", [])):
        yield "stop_sequences: each stop sequence must contain non-whitespace"
    for block in (*body.get("system", []), *_blocks(body["messages"])):
        if block["type"] == "text" and not block["text"].strip():
            yield "text content blocks must contain non-whitespace text"
    config = body.get("output_config", {})
    if "effort" in config and body["model"].startswith(NO_EFFORT):
        yield "This model does not support the effort parameter"
    if shape := config.get("format", {}).get("schema"):
        yield from _complaints_of_schema(shape)


def _blocks(messages):
    for message in messages:
        content = message["content"]
        yield from [{"type": "text", "text": content}] if isinstance(content, str) else content


def _complaints_of_schema(root):
    nodes = [*_nodes(root)]
    for node in nodes:
        if unknown := node.keys() - KEYWORDS:
            yield f"output_config.format.schema: {unknown} not supported"
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            yield "output_config.format.schema: additionalProperties must be false"
        if not node.keys() & {"type", "enum", "const", "anyOf", "allOf", "$ref"}:
            yield "output_config.format.schema: a schema needs a type"
        if isinstance(node.get("type"), list):
            yield "output_config.format.schema: type must be a string"
    objects = [node for node in nodes if "properties" in node]
    optional = sum(len(node["properties"].keys() - {*node["required"]}) for node in objects)
    unions = sum("anyOf" in node for node in nodes)
    if optional > 24:
        yield f"Schemas contains too many optional parameters ({optional}, limit: 24)"
    if unions > 16:
        yield f"Schemas contains too many parameters with union types ({unions}, limit: 16)"
    if _recursive(root):
        yield "Recursive schemas are not supported"


def _nodes(node):
    assert isinstance(node, dict), f"a schema is {node!r}"
    yield node
    for named in (node.get("properties", {}), node.get("$defs", {})):
        for one in named.values():
            yield from _nodes(one)
    for one in (*node.get("anyOf", []), *node.get("allOf", [])):
        yield from _nodes(one)
    if "items" in node:
        yield from _nodes(node["items"])


def _recursive(root):
    defs = root.get("$defs", {})
    named = {
        name: {one["$ref"].rpartition("/")[2] for one in _nodes(node) if "$ref" in one}
        for name, node in defs.items()
    }
    while named:
        free = [name for name, uses in named.items() if not uses & named.keys()]
        if not free:
            return True
        for name in free:
            del named[name]
    return False
