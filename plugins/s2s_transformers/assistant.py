"""Assistants: smaller models that guess ahead, which must speak the very same ids."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.decoding import Assistant
from s2s_tasks.errors import S2SError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from transformers import PreTrainedModel

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.checkpoint.source import Source

    Borrow = Callable[[Checkpoint], AbstractContextManager[PreTrainedModel]]

__all__ = ["assisting", "obstacle"]

SAMPLE = "The 12 quick foxes ran, öäü 漢字 — don't!"


def obstacle(codec: Codec, assistant: Assistant) -> str:
    """Why this assistant cannot help a model with that codec; empty if it can."""
    try:
        other = codec_of(open_checkpoint(assistant.model))
    except S2SError as error:
        return f"cannot open the assistant: {error}"
    same = other.size == codec.size and other.encode(SAMPLE) == codec.encode(SAMPLE)
    return "" if same else f"does not share a vocabulary with {assistant.model}"


def assisting(source: Source, borrow: Borrow) -> AbstractContextManager[dict[str, object]]:
    """What `generate` is told of the source's assistant, if it has one."""
    ahead = getattr(source.search.decoding, "speculation", None)
    return _assisting(ahead, borrow) if isinstance(ahead, Assistant) else nullcontext({})


@contextmanager
def _assisting(assistant: Assistant, borrow: Borrow) -> Iterator[dict[str, object]]:
    with borrow(open_checkpoint(assistant.model)) as model:
        model.generation_config.num_assistant_tokens = assistant.tokens
        yield {"assistant_model": model}
