"""What local checkpoints can do through transformers, known without loading it."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import ANY_DECODING, BackendSpec, Capabilities, Enforces
from s2s_tasks.checkpoint.defaults import suggested
from s2s_tasks.checkpoint.mask import Masks
from s2s_tasks.media import Modality

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["SPECS"]

NEEDED: Final = ("torch", "transformers")

VECTORS: Final = frozenset({"classify", "embed"})
TEXT: Final = frozenset({"summarize", "translate", "answer", "codegen", "extract"})
SOUND: Final = frozenset({Modality.AUDIO})
SIGHT: Final = frozenset({Modality.TEXT, Modality.IMAGE})
ENFORCES: Final = Enforces.BY_MASK if Masks.at_hand() else Enforces.NOT

KINDS: Final = {
    "local": Capabilities(
        "any",
        accepts=SIGHT | SOUND,
        follows_words=True,
        enforces=ENFORCES,
        strategies=ANY_DECODING,
        streams=True,
    ),
    "encoder-decoder": Capabilities(
        "encoder-decoder", tasks=TEXT, enforces=ENFORCES, strategies=ANY_DECODING, streams=True
    ),
    "decoder-only": Capabilities(
        "decoder-only", follows_words=True, enforces=ENFORCES, strategies=ANY_DECODING, streams=True
    ),
    "encoder-only": Capabilities("encoder-only", tasks=VECTORS, strategies=frozenset()),
    "speech-encoder-decoder": Capabilities(
        "speech-encoder-decoder",
        accepts=SOUND,
        tasks=frozenset({"transcribe"}),
        reads_words=False,
        strategies=ANY_DECODING,
        streams=True,
    ),
    "vision-language": Capabilities(
        "vision-language",
        accepts=SIGHT,
        follows_words=True,
        enforces=ENFORCES,
        strategies=ANY_DECODING,
        streams=True,
    ),
}
SUMMARIES: Final = {
    "local": "any local checkpoint, by what its config says it is",
    "encoder-decoder": "T5, BART, Marian, M2M-100, NLLB and their like on this machine",
    "decoder-only": "Llama, Qwen, Gemma, GPT, Mamba and their like on this machine",
    "encoder-only": "BERT, RoBERTa, ModernBERT and their like: labels and embeddings",
    "speech-encoder-decoder": "Whisper, Moonshine, Wav2Vec2 and their like: speech to text",
    "vision-language": "Qwen-VL, SmolVLM, Florence-2, BLIP and their like: what is in a picture",
}


def _open(name: str, model: str | None) -> Backend:
    from .opening import opened

    return opened(name, model)


def _availability() -> str:
    missing = [library for library in NEEDED if find_spec(library) is None]
    return f"{' and '.join(missing)} not installed" if missing else ""


def _spec(name: str, can: Capabilities) -> BackendSpec:
    takes = frozenset(KINDS.keys() - {"local"} if name == "local" else {name})
    return BackendSpec(
        name,
        can,
        partial(_open, name),
        summary=SUMMARIES[name],
        extra="local",
        availability=_availability,
        suggest=lambda request, model: suggested(request, model, takes),
    )


SPECS: Final = tuple(_spec(name, can) for name, can in KINDS.items())
