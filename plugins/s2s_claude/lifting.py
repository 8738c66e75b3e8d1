"""
From a message, as JSON, to a Completion: pure, and believing nothing that it has not looked at.

The text is that of all text blocks, wherever they stand: thoughts may come first. Only an answer
that came to its own end is whole; a reason to stop that nobody knows is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from s2s_tasks.errors import BackendError, InvalidOutput
from s2s_tasks.exchange import Completion, Enforces, Finish, Usage
from s2s_tasks.remote.prices import price_of
from s2s_tasks.schema import folded, strict_json

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request

    from .lowering import Lowered

__all__ = ["Message", "lift", "not_a_message", "parsed", "text_of", "usage_of"]

Message = Mapping[str, object]

ENDS: Final = {
    "end_turn": Finish.STOP,
    "stop_sequence": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "refusal": Finish.REFUSAL,
}


@dataclass(frozen=True)
class _End:
    finish: Finish
    said: str = ""


def lift(message: Message, request: Request, lowered: Lowered, trouble: str = "") -> Completion:
    """
    Raises BackendError for what is no message.

    `trouble`: why it is not all of the message. What it cost is then not known.
    """
    content = _checked(message)
    end = _End(Finish.BROKEN, trouble) if trouble else _end(message)
    usage, asked = usage_of(message), str(lowered.params["model"])
    made = Completion(
        text_of(content),
        finish=end.finish,
        usage=usage,
        cost=None if trouble else price_of(asked, usage),
        model=str(message.get("model") or asked),
        enforced=lowered.enforced,
        warnings=(*lowered.warnings, *_said(end, usage, content)),
        raw=dict(message),
    )
    return _spelt(made, request)


def _checked(message: Message) -> list[Mapping[str, object]]:
    content = message.get("content")
    if message.get("type") != "message" or not isinstance(content, list):
        raise not_a_message(f"its type is {message.get('type')!r:.60}")
    return [block for block in content if isinstance(block, Mapping)]


def parsed(body: bytes) -> Message:
    """The JSON of an answer; raises BackendError for what is none."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        raise not_a_message(f"it begins with {body[:40]!r}") from None
    if not isinstance(message, dict):
        raise not_a_message(f"it is a {type(message).__name__}")
    return message


def not_a_message(why: str) -> BackendError:
    """The error of an answer that came with a status of success."""
    error = BackendError(
        f"the server's answer is no message of Claude: {why}",
        hint="is the base URL that of a server that speaks the Messages API?",
    )
    error.maybe_billed = True
    return error


def text_of(content: list[Mapping[str, object]]) -> str:
    """All that is said, without what is thought."""
    texts = [block.get("text") for block in content if block.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))


def _end(message: Message) -> _End:
    reason = message.get("stop_reason")
    finish = ENDS.get(str(reason))
    if finish is Finish.REFUSAL:
        return _End(finish, _refusal(message.get("stop_details")))
    if finish is None:
        return _End(
            Finish.BROKEN, f"it ended for a reason that is none of an answer: {reason!r:.60}"
        )
    return _End(finish)


def _refusal(details: object) -> str:
    told = details if isinstance(details, Mapping) else {}
    category = f" ({told['category']})" if told.get("category") else ""
    why = f": {told['explanation']}" if told.get("explanation") else ""
    return f"refused by the service's policy{category}{why}"


def _said(end: _End, usage: Usage, content: list[Mapping[str, object]]) -> tuple[str, ...]:
    if end.finish is Finish.LENGTH and not text_of(content) and usage.output_tokens:
        return ("all of max_tokens went into thinking",)
    return (end.said,) if end.said else ()


def usage_of(message: Message) -> Usage:
    """What is counted, as far as it is; cached tokens are counted beside the input."""
    told = message.get("usage")
    counts = told if isinstance(told, Mapping) else {}
    details = counts.get("output_tokens_details")
    return Usage(
        input_tokens=_count(counts, "input_tokens"),
        output_tokens=_count(counts, "output_tokens"),
        cache_read_tokens=_count(counts, "cache_read_input_tokens"),
        cache_write_tokens=_count(counts, "cache_creation_input_tokens"),
        reasoning_tokens=_count(details if isinstance(details, Mapping) else {}, "thinking_tokens"),
    )


def _count(counts: Mapping[str, object], name: str) -> int:
    count = counts.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def _spelt(completion: Completion, request: Request) -> Completion:
    """The service does not promise the case of enums: as the schema spells them, with a note."""
    native = completion.enforced is Enforces.NATIVELY and completion.whole
    if request.schema is None or not native:
        return completion
    try:
        value, notes = folded(strict_json(completion.partial), request.schema)
    except InvalidOutput:
        return completion  # whoever reads it will say so
    if not notes:
        return completion
    text = json.dumps(value, ensure_ascii=False)
    return replace(completion, output=text, warnings=(*completion.warnings, *notes))
