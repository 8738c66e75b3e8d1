"""The extractive summarizer as a backend."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from s2s_tasks.backend import Backend, Misfit
from s2s_tasks.errors import BackendError
from s2s_tasks.exchange import Completion, Span
from s2s_tasks.language import looks_like

from .card import CAPABILITIES, MODEL
from .summary import Style, summarize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from s2s_tasks.backend import Outcome
    from s2s_tasks.exchange import Request


LANGUAGE_SAMPLE = 4_000
"""Characters at the head of a text by which its language is told."""


class Extractive(Backend):
    """Answers `summarize` from params max_words, style, focus and language."""

    name = "extractive"
    model = MODEL
    capabilities = CAPABILITIES

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        """One after the other; each is stopped by its own signal."""
        for number, request in enumerate(requests):
            yield number, _answer(request)

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Sentences stay in the language they are in: another one cannot be asked for."""
        found = super().misfits(request, local_only=local_only)
        wanted = request.params.get("language", "")
        if wanted and not looks_like(request.text[:LANGUAGE_SAMPLE], wanted):
            reason = "picks sentences of the text, which is not in that language"
            return (*found, Misfit("language", f"{reason}: {wanted}", "leave language out"))
        return found

    def count_tokens(self, text: str) -> int:
        """One for a character: there is no vocabulary and no limit to keep."""
        return len(text)


def _answer(request: Request) -> Outcome:
    text, params = request.text, request.params
    try:
        summary = summarize(
            text,
            max_words=_whole(params, "max_words"),
            style=_style(params.get("style") or Style.PARAGRAPH),
            focus=params.get("focus", ""),
            language=params.get("language") or "en",
            check=request.signal.check,
        )
    except BackendError as error:
        return error
    return Completion(
        summary.text,
        cost=Decimal(0),
        model=MODEL,
        citations=tuple(_cited(request, *span) for span in summary.spans),
        warnings=summary.warnings,
    )


def _whole(params: Mapping[str, str], name: str) -> int | None:
    given = params.get(name, "")
    if not given:
        return None
    if not given.isdecimal() or int(given) < 1:
        raise BackendError(f"{name} must be a whole number above 0, not {given!r}")
    return int(given)


def _style(given: str) -> Style:
    try:
        return Style(given)
    except ValueError as error:
        raise BackendError(f"no style {given!r}; there are {', '.join(Style)}") from error


def _cited(request: Request, start: int, end: int) -> Span:
    """A span of `request.text` as one of the part that it lies in."""
    kinds = [isinstance(part, str) for part in request.parts]
    texts = [part for part in request.parts if isinstance(part, str)]
    starts = list(accumulate((len(text) + len("\n\n") for text in texts), initial=0))[:-1]
    which = bisect_right(starts, start) - 1
    part = [number for number, is_text in enumerate(kinds) if is_text][which]
    return Span(start - starts[which], end - starts[which], part)
