"""From the name of a model to a backend that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.checkpoint.prompting import Prompting
from s2s_tasks.checkpoint.wording import Wording
from s2s_tasks.errors import UnknownName, Unsupported

from .device import choose
from .encoder import EncoderOnly
from .engine import TorchEngine

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend
    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["opened"]


def opened(
    name: str, model: str | None, *, device: str | None = None, dtype: str | None = None
) -> Backend:
    """
    The backend called `name` ("local", or an architecture) over the checkpoint `model`.

    `device` and `dtype` as "cpu" and "float32"; by default the hardware decides. Weights are
    loaded at the first request, or by `warm()`.
    """
    if model is None:
        raise UnknownName(
            f"{name} needs a checkpoint", hint="name one: model='org/name' or a folder"
        )
    checkpoint = open_checkpoint(model)
    kind = checkpoint.architecture
    if name not in {"local", kind}:
        raise Unsupported(
            f"{checkpoint.name} is {kind} ({', '.join(checkpoint.classes)}), not {name}",
            hint=f"open it with backend={kind!r} or backend='local'",
        )
    match kind:
        case "encoder-only":
            return EncoderOnly.open(checkpoint, device=device, dtype=dtype, name=name)
        case "speech-encoder-decoder":
            from .hearing.opening import opened as hearing

            return hearing(name, checkpoint, choose(checkpoint, device, dtype))
        case "vision-language":
            from .seeing.opening import opened as seeing

            return seeing(name, checkpoint, choose(checkpoint, device, dtype))
        case _:
            return _generating(name, checkpoint, device, dtype)


def _generating(
    name: str, checkpoint: Checkpoint, device: str | None, dtype: str | None
) -> Generating:
    codec = codec_of(checkpoint)
    encodes = checkpoint.architecture == "encoder-decoder"
    lowering = Wording(checkpoint, codec) if encodes else Prompting(checkpoint, codec)
    engine = TorchEngine(checkpoint, codec, choose(checkpoint, device, dtype))
    return Generating(name, checkpoint, codec, lowering, engine)
