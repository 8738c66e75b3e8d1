"""From the name of a model to a backend that runs it through CTranslate2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from s2s_tasks.checkpoint.computing import computing
from s2s_tasks.checkpoint.conversion import ORIGINAL, is_converted, original
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.errors import UnknownName, Unsupported
from s2s_tasks.speech.transcribing import Transcribing
from s2s_tasks.speech.vocabulary import WhisperVocabulary
from s2s_tasks.speech.whisper import POSITIONS, Whisper

from .adopting import WEIGHTS, adopted, is_foreign
from .card import NAME
from .convert import converted
from .ear import CT2Ear

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["opened"]


def opened(model: str | None, *, device: str | None = None, compute: str | None = None) -> Backend:
    """
    The backend over `model`: a name on the hub or a folder, of a checkpoint or of one that was
    converted by us or as faster-whisper takes it.

    `device` is "cpu" or "cuda" (S2S_DEVICE), `compute` the type of numbers (S2S_COMPUTE; int8).
    """
    if model is None:
        raise UnknownName(
            "whisper needs a checkpoint", hint="name one: model='openai/whisper-base' or a folder"
        )
    device, compute = computing(device, compute)
    folder, checkpoint = _folder(model, compute)
    positions = checkpoint.config.get("max_target_positions")
    ear = CT2Ear(
        folder,
        WhisperVocabulary.of(checkpoint),
        positions=positions if isinstance(positions, int) else POSITIONS,
        device=device,
        compute=compute,
    )
    return Transcribing(NAME, checkpoint, Whisper(checkpoint, ear))


def _folder(model: str, compute: str) -> tuple[Path, Checkpoint]:
    """The converted folder, and the checkpoint as its settings and tokenizer describe it."""
    own = Path(model).expanduser()
    if is_converted(own):
        return own, _whisper(original(own, model))
    checkpoint = open_checkpoint(model, converted=WEIGHTS)
    if is_foreign(checkpoint.folder):
        return checkpoint.folder, adopted(checkpoint)
    folder = converted(_whisper(checkpoint), compute)
    return folder, Checkpoint(folder / ORIGINAL, checkpoint.name, checkpoint.revision)


def _whisper(checkpoint: Checkpoint) -> Checkpoint:
    if checkpoint.model_type == "whisper":
        return checkpoint
    raise Unsupported(
        f"{checkpoint.name} is {checkpoint.model_type or 'of no known type'}, and only Whispers"
        " are run here",
        hint="open it with backend='local'",
    )
