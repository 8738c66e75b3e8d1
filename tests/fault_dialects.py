"""What the two kinds of servers say when all goes well, in the shapes of recorded answers."""

import json
from dataclasses import dataclass, field

__all__ = ["ANTHROPIC", "OPENAI", "TEXT", "Transcript"]

PIECES = (
    "Die Brücke ",
    "steht – ",
    "seit 1902 – ",
    "über dem Fluß. ",
    "橋は古い。",
    " 🌉",
    "\n\nEnde.",
)
TEXT = "".join(PIECES)


def packed(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Transcript:
    """The bytes of a stream; `settled`: so many of them say that the answer is whole."""

    data: bytes
    settled: int


@dataclass(frozen=True)
class Dialect:
    """How one kind of server speaks. Events are dicts, or bytes that are sent as they are."""

    name: str
    get: bytes
    transcripts: dict = field(default_factory=dict)

    def transcript(self, events, last):
        """`last` is the number of the event that says why the answer ended."""
        parts = [self.event(event) for event in events]
        return Transcript(b"".join(parts), sum(map(len, parts[: last + 1])))

    def stream(self, events=None):
        return b"".join(self.event(event) for event in events or self.events())


class Anthropic(Dialect):
    def message(self, **changes):
        usage = {"input_tokens": 12, "output_tokens": 9}
        return {
            "id": "msg_01AbCdEf",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-4-5",
            "content": [{"type": "text", "text": TEXT}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {**usage, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0},
        } | changes

    def ended(self, reason):
        """A message that ended for this reason; in words that both dialects have."""
        return self.message(stop_reason="max_tokens" if reason == "length" else reason)

    def error(self, kind="api_error", message="something went wrong"):
        return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}

    def event(self, event):
        if isinstance(event, bytes):
            return event
        return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), packed(event))

    def start(self, **changes):
        usage = {"input_tokens": 12, "output_tokens": 1}
        begun = self.message(content=[], stop_reason=None, usage=usage)
        return {"type": "message_start", "message": begun | changes}

    def block(self, index=0, **block):
        block = block or {"type": "text", "text": ""}
        return {"type": "content_block_start", "index": index, "content_block": block}

    def piece(self, text, index=0, kind="text_delta", name="text"):
        delta = {"type": kind, name: text}
        return {"type": "content_block_delta", "index": index, "delta": delta}

    def pieces(self, index=0):
        return [self.piece(piece, index) for piece in PIECES]

    def stop_block(self, index=0):
        return {"type": "content_block_stop", "index": index}

    def reason(self, reason="end_turn"):
        return {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 9},
        }

    @property
    def stop(self):
        return {"type": "message_stop"}

    def begun(self):
        return [self.start(), self.block(), *self.pieces()[:3]]

    def events(self):
        return [
            self.start(),
            self.block(),
            *self.pieces(),
            self.stop_block(),
            self.reason(),
            self.stop,
        ]

    def thinking(self):
        thought = {"type": "thinking", "thinking": "", "signature": ""}
        return [
            self.start(),
            self.block(0, **thought),
            {"type": "ping"},
            self.piece("Erst denken…", 0, "thinking_delta", "thinking"),
            self.piece("EqQBCgIYAhIM1gbcDa9GJwZA2b3h", 0, "signature_delta", "signature"),
            self.stop_block(0),
            self.block(1),
            *self.pieces(1),
            self.stop_block(1),
            self.reason(),
            self.stop,
        ]

    def two_blocks(self):
        first, second = self.pieces(0)[:4], self.pieces(1)[4:]
        halves = [*first, self.stop_block(0), b": a comment\n\n", self.block(1), *second]
        return [self.start(), self.block(0), *halves, self.stop_block(1), self.reason(), self.stop]


class OpenAI(Dialect):
    def message(self, **changes):
        said = {"role": "assistant", "content": TEXT}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1790000000,
            "model": "tiny",
            "choices": [{"index": 0, "message": said, "finish_reason": "stop", "logprobs": None}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21},
        } | changes

    def ended(self, reason):
        [choice] = self.message()["choices"]
        known = "content_filter" if reason == "refusal" else reason
        return self.message(choices=[choice | {"finish_reason": known}])

    def error(self, kind="server_error", message="something went wrong"):
        return {"error": {"message": message, "type": kind, "param": None, "code": None}}

    def event(self, event):
        return event if isinstance(event, bytes) else b"data: %b\n\n" % packed(event)

    def chunk(self, reason=None, **delta):
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1790000000,
            "model": "tiny",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }

    def piece(self, text):
        return self.chunk(content=text)

    def pieces(self):
        return [self.piece(piece) for piece in PIECES]

    def reason(self, reason="stop"):
        return self.chunk(reason)

    def used(self, base=None):
        usage = {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}
        return (base or self.chunk() | {"choices": []}) | {"usage": usage}

    @property
    def start(self):
        return self.chunk(role="assistant", content="")

    stop = b"data: [DONE]\n\n"

    def begun(self):
        return [self.start, *self.pieces()[:3]]

    def events(self):
        return [self.start, *self.pieces(), self.reason(), self.used(), self.stop]

    def thinking(self):
        thought = [self.chunk(reasoning_content="Erst "), self.chunk(reasoning="denken…")]
        return [self.start, *thought, b": ping\n\n", *self.pieces(), self.reason(), self.stop]

    def without_done(self):
        """As transformers serve does."""
        return [self.start, *self.pieces(), self.used(self.reason())]


ANTHROPIC = Anthropic("anthropic", packed({"data": [], "has_more": False}))
ANTHROPIC.transcripts.update(
    text=ANTHROPIC.transcript(ANTHROPIC.events(), -2 + len(ANTHROPIC.events())),
    thinking=ANTHROPIC.transcript(ANTHROPIC.thinking(), -2 + len(ANTHROPIC.thinking())),
    blocks=ANTHROPIC.transcript(ANTHROPIC.two_blocks(), -2 + len(ANTHROPIC.two_blocks())),
)
OPENAI = OpenAI("openai", packed({"object": "list", "data": [{"id": "tiny", "object": "model"}]}))
OPENAI.transcripts.update(
    text=OPENAI.transcript(OPENAI.events(), -3 + len(OPENAI.events())),
    thinking=OPENAI.transcript(OPENAI.thinking(), -2 + len(OPENAI.thinking())),
    no_done=OPENAI.transcript(OPENAI.without_done(), -1 + len(OPENAI.without_done())),
)
