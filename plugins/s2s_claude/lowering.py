"""
From a request to the parameters of `messages.create`: pure, and nothing in it that is refused.

What all requests of a task have in common stands first, as the system prompt, and is cached where
it is long enough. No sampling options, no thinking field, no prefill, no forced tools: models of
today answer them with an error. Effort is low where the task is plain, and thinking has its room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.decoding import Greedy
from s2s_tasks.exchange import Enforces

from .content import blocks_of, sent
from .counting import count_tokens
from .leaves import Unfit
from .schema import native

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request

    from .models import Model

__all__ = ["Lowered", "lower", "most_output"]

PLAIN: Final = frozenset({"translate", "summarize", "classify", "caption", "extract"})
"""Tasks that need no long thought: the least effort will do."""

HEADROOM, LARGE_HEADROOM = 4_096, 8_192
"""Tokens for thinking, which count as output: at low effort, and at the model's own."""

ROOM: Final = 8_192
"""Tokens of output where nobody says; more where the input asks for it."""
GROWTH: Final = {"translate": 4, "extract": 1}
"""Tokens of output for one of the input by our (high) count; some languages take nine for one."""

AT_ONCE: Final = 21_333
"""Most tokens of output that come in one piece: ten minutes of them, as the SDK reckons."""

MANNER: Final = "Claude has no greedy search: of Greedy, only max_tokens and stop were taken"


@dataclass(frozen=True)
class Lowered:
    """`params` are keywords of `messages.create`; `enforced`: how the schema is kept."""

    params: dict[str, Any]
    enforced: Enforces
    warnings: tuple[str, ...] = ()

    @property
    def is_streamed(self) -> bool:
        """Whether it has to be: the service breaks off long answers that come in one piece."""
        return int(self.params["max_tokens"]) > AT_ONCE


def lower(request: Request, model: Model, *, too_complex: bool = False) -> Lowered:
    """
    Raises BadInput for an input that cannot be sent.

    `too_complex`: the service has found the schema to be so, and it is told in words instead.
    """
    shape, why = _format(request, model, too_complex=too_complex)
    params: dict[str, Any] = {"model": model.id, "max_tokens": most_output(request, model)}
    if system := _system(request, model, in_words=bool(why)):
        params["system"] = system
    params["messages"] = _turns(request, model)
    config: dict[str, Any] = {"effort": "low"} if _at_low_effort(request, model) else {}
    if shape is not None:
        config["format"] = {"type": "json_schema", "schema": shape}
    if config:
        params["output_config"] = config
    if request.stops:
        params["stop_sequences"] = list(request.stops)
    enforced = Enforces.NOT if shape is None else Enforces.NATIVELY
    return Lowered(params, enforced, _warnings(request, model, why))


def _format(
    request: Request, model: Model, *, too_complex: bool
) -> tuple[dict[str, Any] | None, str]:
    """The schema as it is sent; or none, and why it is told in words."""
    if request.schema is None:
        return None, ""
    if not model.structured:
        return None, f"{model.id} cannot be held to one"
    if too_complex:
        return None, "the service finds it too complex"
    try:
        return native(request.schema.json), ""
    except Unfit as reason:
        return None, str(reason)


def _warnings(request: Request, model: Model, why: str) -> tuple[str, ...]:
    told = f"the schema was told in words, and the answer checked: {why}" if why else ""
    manner = MANNER if isinstance(request.decoding, Greedy) else ""
    end = f"{model.id} is to be retired on {model.retires}" if model.retires else ""
    return tuple(said for said in (told, manner, end) if said)


def _system(request: Request, model: Model, *, in_words: bool) -> list[dict[str, Any]]:
    told = request.words if in_words else request.instruction
    text = sent("\n\n".join(part for part in (request.system, told) if part.strip()))
    if not text:
        return []
    block: dict[str, Any] = {"type": "text", "text": text}
    if count_tokens(text) >= model.least_cached:
        block["cache_control"] = {"type": "ephemeral"}
    return [block]


def _turns(request: Request, model: Model) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = [{"role": "user", "content": blocks_of(request, model)}]
    if request.earlier is not None:
        answer = sent(request.earlier.answer) or "(no answer)"
        turns += [
            {"role": "assistant", "content": answer},
            {"role": "user", "content": sent(request.earlier.complaint) or "Answer again."},
        ]
    return turns


def _at_low_effort(request: Request, model: Model) -> bool:
    return request.task in PLAIN and "low" in model.effort


def most_output(request: Request, model: Model) -> int:
    """What is sent as `max_tokens`: room for the answer, and for thinking."""
    thinking = (HEADROOM if _at_low_effort(request, model) else LARGE_HEADROOM) * model.thinks
    room = request.output_limit
    if room is None:
        growth = GROWTH.get(request.task, 0)
        room = max(ROOM, growth * count_tokens(request.text) if growth else 0)
    return min(room + thinking, model.most_output)
