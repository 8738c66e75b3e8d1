"""From the name of a model to a backend that runs it through CTranslate2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.computing import computing
from s2s_tasks.checkpoint.conversion import ORIGINAL, is_converted, original
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.checkpoint.prompting import Prompting
from s2s_tasks.checkpoint.wording import Wording
from s2s_tasks.errors import UnknownName, Unsupported

from .card import NAME
from .convert import converted, vocabulary_size
from .engine import CT2Engine
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["opened"]

OTHERS: Final = {
    "encoder-only": (
        "which CTranslate2 does not label or embed with here",
        "open it with backend='local'",
    ),
    "speech-encoder-decoder": (
        "which is another backend's",
        "open a Whisper with backend='whisper', any other with backend='local'",
    ),
    "vision-language": ("which CTranslate2 does not run", "open it with backend='local'"),
}
"""Kinds of models that are refused, with the reason and the way out."""


def opened(model: str | None, *, device: str | None = None, compute: str | None = None) -> Backend:
    """
    The backend over `model`: a name on the hub, a checkpoint's folder or a converted folder.

    `device` is "cpu" or "cuda" (S2S_DEVICE), `compute` one of COMPUTE (S2S_COMPUTE; int8).
    """
    if model is None:
        raise UnknownName("fast needs a checkpoint", hint="name one: model='org/name' or a folder")
    device, compute = computing(device, compute)
    folder, checkpoint = _folder(model, compute)
    codec = codec_of(checkpoint)
    encodes = checkpoint.architecture == "encoder-decoder"
    engine = CT2Engine(
        folder,
        codec,
        Vocabulary(codec, vocabulary_size(checkpoint)),
        encodes=encodes,
        device=device,
        compute=compute,
    )
    lowering = Wording(checkpoint, codec) if encodes else Prompting(checkpoint, codec)
    return Generating(NAME, checkpoint, codec, lowering, engine)


def _folder(model: str, compute: str) -> tuple[Path, Checkpoint]:
    """The converted folder, and the checkpoint as its settings and tokenizer describe it."""
    own = Path(model).expanduser()
    if is_converted(own):
        return own, original(own, model)
    checkpoint = open_checkpoint(model)
    if (kind := checkpoint.architecture) in OTHERS:
        does_not, instead = OTHERS[kind]
        raise Unsupported(f"{checkpoint.name} is {kind}, {does_not}", hint=instead)
    folder = converted(checkpoint, compute)
    return folder, Checkpoint(folder / ORIGINAL, checkpoint.name, checkpoint.revision)
