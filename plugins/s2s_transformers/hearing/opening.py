"""From a checkpoint that hears to a backend that transcribes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.errors import Unsupported
from s2s_tasks.speech.transcribing import Transcribing
from s2s_tasks.speech.vocabulary import WhisperVocabulary
from s2s_tasks.speech.whisper import Whisper

from .ctc import Letters
from .ear import TorchEar
from .transducer import AUTO as TRANSDUCERS
from .transducer import Transducer
from .writing import Writing

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.speech.listener import Listener

    from ..device import Placement

__all__ = ["opened"]

WRITING: Final = frozenset({
    "moonshine", "moonshine_streaming", "speech-encoder-decoder", "speech_to_text", "speecht5",
})  # fmt: skip
"""Model types that need no more than their sound."""

TALKING: Final = "is a language model with an ear, and its prompts are not known here"
PROMPTED: Final = "has to be told the language before it writes, and how is not known here"
BANKED: Final = "needs torchaudio to make its features, which is not used here"
STREAMING: Final = "hears sound as it comes, and the way to feed it is not known here"
OTHERS: Final = {
    "canary": PROMPTED,
    "cohere_asr": PROMPTED,
    "seamless_m4t": PROMPTED,
    "seamless_m4t_v2": PROMPTED,
    "fun_asr_nano": BANKED,
    "granite_speech": BANKED,
    "granite_speech_plus": BANKED,
    "dia": "speaks, and does not listen",
    "pop2piano": "writes notes, and no words",
    "vibevoice": "speaks, and does not listen",
    "kyutai_speech_to_text": STREAMING,
    "voxtral_realtime": STREAMING,
    "nemotron_asr_streaming": STREAMING,
    "nemotron3_5_asr": STREAMING,
}
"""Why a checkpoint of this type is refused."""


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Backend:
    """Weights are loaded at the first request. Raises Unsupported for what cannot be run."""
    return Transcribing(name, checkpoint, _listener(checkpoint, placement))


def _listener(checkpoint: Checkpoint, placement: Placement) -> Listener:
    kind = checkpoint.model_type
    if kind == "whisper":
        ear = TorchEar(checkpoint, WhisperVocabulary.of(checkpoint), placement)
        return Whisper(checkpoint, ear)
    if any(one.endswith("ForCTC") for one in checkpoint.classes):
        return Letters(checkpoint, placement)
    if set(checkpoint.classes) & set(TRANSDUCERS):
        return Transducer(checkpoint, placement)
    if kind in WRITING:
        return Writing(checkpoint, placement)
    raise Unsupported(
        f"{checkpoint.name} is a {kind}: it {OTHERS.get(kind, TALKING)}",
        hint="take a Whisper, a Moonshine, a Parakeet, or a Wav2Vec2 and its like (CTC)",
    )
