"""What Claude can do, and whether it can be asked, known without loading the SDK."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import BackendSpec, Suggestion

from . import credentials
from .abilities import CARD
from .models import named

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend
    from s2s_tasks.exchange import Request

__all__ = ["NAME", "SPEC"]

NAME: Final = "claude"


def _open(model: str | None) -> Backend:
    from .opening import opened

    return opened(model)


def _availability() -> str:
    if not find_spec("anthropic"):
        return "anthropic not installed"
    return "" if credentials.found() else "no key: set ANTHROPIC_API_KEY"


def _suggest(request: Request, model: str | None) -> Suggestion:
    del request
    return Suggestion(named(model))


SPEC: Final = BackendSpec(
    NAME,
    CARD,
    _open,
    summary="Claude by Anthropic's service: any task in words, pictures and PDFs, schemas kept natively",
    extra="claude",
    availability=_availability,
    suggest=_suggest,
)
