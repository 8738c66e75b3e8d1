"""
A message as it grows from the events of a stream, which are not believed either.

It is whole once `message_stop` has come. What comes before `message_start`, twice, out of place or
in another shape is an error; events and deltas of unknown types are passed over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .lifting import Message

__all__ = ["Growing", "event_of"]

ENDING: Final = ("stop_reason", "stop_sequence", "stop_details", "container")
"""What a message_delta says of the message."""


def event_of(data: str) -> Mapping[str, Any]:
    """The event in a line of data; raises BackendError for what is none."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        raise _bad(f"an event is not JSON: {data[:60]!r}") from None
    if not isinstance(event, dict):
        raise _bad(f"an event is a {type(event).__name__}")
    return event


class Growing:
    """What there is of the message so far; `message` has the shape of one that came at once."""

    def __init__(self) -> None:
        self.begun = self.ended = False
        self._message: dict[str, Any] = {}
        self._blocks: list[dict[str, Any]] = []
        self._texts: list[list[str]] = []

    @property
    def message(self) -> Message:
        blocks = [
            {**block, "text": "".join(texts)} if block.get("type") == "text" else block
            for block, texts in zip(self._blocks, self._texts, strict=True)
        ]
        return {**self._message, "content": blocks}

    def push(self, event: Mapping[str, Any]) -> str:
        """Take in an event; the text that it adds. Raises BackendError for one out of place."""
        kind = event.get("type")
        if kind == "content_block_delta":
            return self._delta(event)
        if kind == "content_block_start":
            return self._start_block(event)
        if kind == "message_start":
            self._start(event)
        elif kind == "message_delta":
            self._end(event)
        elif kind == "message_stop":
            self._need_begun(kind)
            self.ended = True
        return ""

    def _start(self, event: Mapping[str, Any]) -> None:
        message = event.get("message")
        if self.begun or not isinstance(message, dict):
            raise _bad("message_start came twice" if self.begun else "message_start has no message")
        self.begun = True
        self._message = message

    def _start_block(self, event: Mapping[str, Any]) -> str:
        self._need_begun("content_block_start")
        block = event.get("content_block")
        if not isinstance(block, dict) or event.get("index") != len(self._blocks):
            raise _bad("a block is out of place")
        text = block.get("text") if block.get("type") == "text" else ""
        self._blocks.append(block)
        self._texts.append([text] if isinstance(text, str) else [])
        return text if isinstance(text, str) else ""

    def _delta(self, event: Mapping[str, Any]) -> str:
        self._need_begun("content_block_delta")
        index, delta = event.get("index"), event.get("delta")
        if not isinstance(index, int) or not 0 <= index < len(self._blocks):
            raise _bad("a delta belongs to no block")
        if not isinstance(delta, dict):
            raise _bad("a delta has nothing in it")
        return self._more(index, delta.get("text")) if delta.get("type") == "text_delta" else ""

    def _more(self, index: int, text: object) -> str:
        if not isinstance(text, str):
            raise _bad("a delta of text has none")
        if index != len(self._blocks) - 1 or self._blocks[index].get("type") != "text":
            raise _bad("a delta is out of place")
        self._texts[index].append(text)
        return text

    def _end(self, event: Mapping[str, Any]) -> None:
        self._need_begun("message_delta")
        delta, usage = event.get("delta"), event.get("usage")
        if isinstance(delta, dict):
            told = {name: delta[name] for name in ENDING if name in delta}
            self._message = {**self._message, **told}
        if isinstance(usage, dict):  # totals, which replace those of the beginning
            before = self._message.get("usage")
            counts = {name: count for name, count in usage.items() if count is not None}
            self._message["usage"] = {**(before if isinstance(before, dict) else {}), **counts}

    def _need_begun(self, kind: str) -> None:
        if not self.begun:
            raise _bad(f"{kind} came before message_start")


def _bad(what: str) -> BackendError:
    error = BackendError(f"the stream is none of the Messages API: {what}")
    error.maybe_billed = True
    return error
