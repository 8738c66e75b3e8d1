"""An answer as it grows, chunk by chunk; a whole reply is one chunk."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .complaint import error_in
from .counts import usage_of
from .troubles import BadReply, Told

if TYPE_CHECKING:
    from s2s_tasks.exchange import Usage

__all__ = ["Choice", "Draft", "document"]


@dataclass
class Choice:
    """One of the answers that were asked for. `thought`: there was reasoning beside the text."""

    pieces: list[str] = field(default_factory=list)
    reason: object = None
    refused: bool = False
    thought: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def take(self, said: dict[str, Any]) -> str:
        """Take a message in, or a piece of one, and return its text."""
        text = _content(said.get("content"))
        if text and self.reason is not None:
            raise BadReply("more text after the end of the answer")
        self.pieces.append(text)
        self.refused |= bool(said.get("refusal"))
        self.thought |= bool(said.get("reasoning_content") or said.get("reasoning"))
        return text


@dataclass
class Draft:
    """Usage counts from any chunk, the last one that tells it."""

    choices: dict[int, Choice] = field(default_factory=dict)
    usage: Usage | None = None
    model: str = ""
    done: bool = False
    raw: object = None

    @property
    def ended(self) -> bool:
        """Whether the first answer has come to its end, by the word of the server."""
        return 0 in self.choices and self.choices[0].reason is not None

    def event(self, data: bytes) -> str:
        """Take the data of an event in; its text of the first answer."""
        if data.strip() == b"[DONE]":
            self.done = True
            return ""
        return self.chunk(document(data))

    def reply(self, body: bytes) -> None:
        """Take a whole reply in. Raises BadReply if it is no answer of a chat."""
        told = document(body)
        self.chunk(told)
        if 0 not in self.choices:
            raise BadReply("an answer without choices")
        self.raw = told

    def chunk(self, told: Any) -> str:
        """Take a chunk in. Raises Told for an error in it, and BadReply for what is no chunk."""
        if complaint := error_in(told):
            raise Told(complaint)
        if not isinstance(told, dict):
            raise BadReply("JSON that is no object")
        self.usage = usage_of(told.get("usage")) or self.usage
        self.model = _text(told.get("model")) or self.model
        choices = told.get("choices")
        return "".join([self._choice(one) for one in choices]) if isinstance(choices, list) else ""

    def _choice(self, told: Any) -> str:
        said = told.get("delta") or told.get("message") if isinstance(told, dict) else None
        if not isinstance(told, dict) or not isinstance(said, dict | None):
            raise BadReply("a choice that is no object")
        index = told.get("index") or 0
        choice = self.choices.setdefault(index if isinstance(index, int) else 0, Choice())
        text = choice.take(said or {})
        choice.reason = told.get("finish_reason") or choice.reason
        return "" if index else text


def document(data: bytes) -> Any:
    """The JSON in it; raises BadReply if there is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        page = data.lstrip()[:1] == b"<"
        raise BadReply("a web page" if page else f"no JSON: {type(error).__name__}") from None


def _content(content: object) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
    return _text(content)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
