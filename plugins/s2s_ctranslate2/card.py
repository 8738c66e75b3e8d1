"""What local checkpoints can do through CTranslate2, known without loading it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import ANY_DECODING, BackendSpec, Capabilities
from s2s_tasks.checkpoint.defaults import suggested

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["NAME", "SPEC"]

NAME: Final = "fast"
KINDS: Final = frozenset({"encoder-decoder", "decoder-only"})


def _open(model: str | None) -> Backend:
    from .opening import opened

    return opened(model)


def _availability() -> str:
    return "" if find_spec("ctranslate2") else "ctranslate2 not installed"


SPEC: Final = BackendSpec(
    NAME,
    Capabilities("encoder-decoder", follows_words=True, strategies=ANY_DECODING, streams=True),
    _open,
    summary="local checkpoints through CTranslate2: int8, all cores, no torch once converted",
    extra="fast",
    availability=_availability,
    suggest=lambda request, model: suggested(request, model, KINDS),
)
