"""From the name of a model to a backend that runs it through CTranslate2."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.digest import verify
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.checkpoint.prompting import Prompting
from s2s_tasks.checkpoint.wording import Wording
from s2s_tasks.errors import BadSetting, NotConfigured, UnknownName, Unsupported

from .card import NAME
from .convert import ORIGINAL, converted, is_converted, vocabulary_size
from .engine import CT2Engine
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend

__all__ = ["opened"]

DEVICES: Final = ("cpu", "cuda")
COMPUTE: Final = ("int8", "float32", "float16", "bfloat16", "int16")


def opened(model: str | None, *, device: str | None = None, compute: str | None = None) -> Backend:
    """
    The backend over `model`: a name on the hub, a checkpoint's folder or a converted folder.

    `device` is "cpu" or "cuda" (S2S_DEVICE), `compute` one of COMPUTE (S2S_COMPUTE; int8).
    """
    if model is None:
        raise UnknownName("fast needs a checkpoint", hint="name one: model='org/name' or a folder")
    device = device or os.environ.get("S2S_DEVICE") or "cpu"
    compute = compute or os.environ.get("S2S_COMPUTE") or "int8"
    _check("device", device, DEVICES)
    _check("compute", compute, COMPUTE)
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


def _check(name: str, told: str, known: tuple[str, ...]) -> None:
    if told not in known:
        raise BadSetting(f"{name}={told!r} is unknown", hint=f"it is {' or '.join(known)}")


def _folder(model: str, compute: str) -> tuple[Path, Checkpoint]:
    """The converted folder, and the checkpoint as its settings and tokenizer describe it."""
    own = Path(model).expanduser()
    if is_converted(own):
        if not verify(own):
            raise NotConfigured(
                f"{own} is not as it was converted: a file was changed, added or lost",
                hint="convert the checkpoint anew, or copy the folder once more",
            )
        return own, Checkpoint(own / ORIGINAL, name=model)
    checkpoint = open_checkpoint(model)
    if checkpoint.architecture == "encoder-only":
        raise Unsupported(
            f"{checkpoint.name} is encoder-only, which CTranslate2 does not label or embed with here",
            hint="open it with backend='local'",
        )
    folder = converted(checkpoint, compute)
    return folder, Checkpoint(folder / ORIGINAL, checkpoint.name, checkpoint.revision)
