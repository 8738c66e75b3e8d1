"""What the extractive summarizer can do, known without loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.backend import BackendSpec, Capabilities, Suggestion
from s2s_tasks.errors import UnknownName

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend
    from s2s_tasks.exchange import Request

MODEL = "sentence-graph"
CAPABILITIES = Capabilities(
    architecture="extractive",
    tasks=frozenset({"summarize"}),
    params=frozenset({"max_words", "style", "focus", "language"}),
    strategies=frozenset(),
)


def _open(model: str | None) -> Backend:
    from .backend import Extractive

    _known(model)
    return Extractive()


def _suggest(request: Request, model: str | None) -> Suggestion:
    del request
    _known(model)
    return Suggestion(model)


def _known(model: str | None) -> None:
    if model not in {None, MODEL}:
        raise UnknownName(f"extractive has no model {model!r}", hint=f"its only model is {MODEL!r}")


SPEC = BackendSpec(
    "extractive",
    CAPABILITIES,
    _open,
    suggest=_suggest,
    summary="picks the central sentences of the text; no model, works at once and offline",
)
