"""Lifting: what a server said, judged, as a Completion. Pure; nothing is taken on trust."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.decoding import Beam, Sample
from s2s_tasks.errors import BackendError, InvalidOutput
from s2s_tasks.exchange import Completion, Enforces, Finish, Usage
from s2s_tasks.form import Choice, Regex

from .finish import finish_of
from .profile import Schemas
from .shaping import matching
from .strict import without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2s_tasks.exchange import Request
    from s2s_tasks.schema import Schema

    from .asked import Asked
    from .draft import Draft
    from .profile import Profile

__all__ = ["lifted"]

LARGEST_TOKEN: Final = 24
"""Bytes: no vocabulary has tokens so long on average, in any text but one of repeats."""

ENOUGH: Final = 4_000
"""Bytes of input from which its tokens are compared with them."""


def lifted(asked: Asked, draft: Draft, broke: str = "") -> Completion:
    """`broke`: how the transport failed, if it did."""
    text, usage = _text(asked, draft), draft.usage or Usage()
    finish, said = _finish(asked, draft, broke)
    others = [one.text for key, one in sorted(draft.choices.items()) if key and _whole(one.reason)]
    return Completion(
        text,
        finish=finish,
        usage=usage,
        model=draft.model,
        alternatives=tuple(others[: _results(asked.request) - 1]),
        enforced=_enforced(asked, text, finish),
        warnings=(*asked.notes, *said, *_remarks(asked, draft, usage)),
        raw=draft.raw,
    )


def _text(asked: Asked, draft: Draft) -> str:
    text = draft.choices[0].text if 0 in draft.choices else ""
    schema = asked.request.schema
    narrowed = asked.held and asked.profile.schemas is Schemas.STRICT
    return without_nulls(text, schema.json) if schema and narrowed else text


def _finish(asked: Asked, draft: Draft, broke: str) -> tuple[Finish, tuple[str, ...]]:
    if broke:
        return Finish.BROKEN, (broke,)
    first = draft.choices.get(0)
    if first is not None and first.refused:
        return Finish.REFUSAL, ()
    if first is not None and first.reason is not None:
        finish = finish_of(first.reason)
        unknown = finish is Finish.BROKEN and (f"it ended for the reason {first.reason!r:.40}",)
        return finish, unknown or _unfinished(asked, draft)
    if draft.done and draft.choices:
        return _unreasoned(asked, draft)
    return Finish.BROKEN, ("the stream ended before the answer did",)


def _unfinished(asked: Asked, draft: Draft) -> tuple[str, ...]:
    missing = asked.payload.get("stream") and asked.profile.done and not draft.done
    return ("the stream ended without [DONE], after the end of the answer",) if missing else ()


def _unreasoned(asked: Asked, draft: Draft) -> tuple[Finish, tuple[str, ...]]:
    """The server says that it is done, and not why: it may have come up to the limit."""
    limit, usage = asked.request.output_limit, draft.usage
    if limit and usage and usage.output_tokens >= limit:
        return Finish.LENGTH, ()
    return Finish.STOP, ("the server did not say why the answer ended",)


def _whole(reason: object) -> bool:
    return finish_of(reason) is Finish.STOP


def _results(request: Request) -> int:
    """How many answers were asked for."""
    return request.decoding.results if isinstance(request.decoding, Beam | Sample) else 1


def _enforced(asked: Asked, text: str, finish: Finish) -> Enforces:
    """
    Natively only where the server really holds answers to it, and this one was checked.

    Raises BackendError for an answer that has not the form it was held to: nobody else checks.
    """
    if finish is not Finish.STOP or not asked.held:
        return Enforces.NOT
    if asked.request.schema is not None:
        return Enforces.NATIVELY if _fits(asked.request.schema, text) else Enforces.NOT
    match asked.request.form:
        case Choice(options):
            return Enforces.NATIVELY if text in options else Enforces.NOT
        case Regex(pattern):
            _check_pattern(pattern, text, asked.profile)
    return Enforces.NATIVELY


def _fits(schema: Schema[Any], text: str) -> bool:
    try:
        schema.read(text)
    except InvalidOutput:
        return False
    return True


def _check_pattern(pattern: str, text: str, profile: Profile) -> None:
    if not _fits(matching(pattern), json.dumps(text)):
        raise BackendError(
            f"{profile.title} was told to keep to a Regex, and did not",
            hint="its engine may not know a part of the pattern: write it more simply",
        )


def _remarks(asked: Asked, draft: Draft, usage: Usage) -> Iterator[str]:
    wanted, first = _results(asked.request), draft.choices.get(0)
    if len(draft.choices) < wanted:
        yield f"{wanted} answers were asked for, and {len(draft.choices)} came"
    if first is not None and first.thought and not first.text:
        yield "there was reasoning, and no answer after it: allow more tokens"
    size = len(asked.request.text.encode("utf-8", "surrogatepass"))
    read = usage.input_tokens + usage.cache_read_tokens
    if size > ENOUGH and 0 < read < size / LARGEST_TOKEN:
        yield f"the server read {read:,} tokens, too few for {size:,} bytes: it may have cut the input"
