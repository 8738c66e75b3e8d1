"""Texts as an embedder was trained to read them: its prompt, its letters, its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.exchange import Completion, Vector

from .pooling import is_listed, pooling_of
from .rows import Reading, Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

__all__ = ["Embedding"]


class Embedding(Reading):
    """
    One vector for each text, under the prompt that the checkpoint says is its default.

    `positions`: the most tokens of a row that it was trained with, None if it does not say.
    `warnings` go with every answer.
    """

    def __init__(self, checkpoint: Checkpoint, codec: Codec) -> None:
        reads = checkpoint.settings("sentence_bert_config.json")
        self._codec, self._lowers = codec, bool(reads.get("do_lower_case"))
        self.positions = _whole(reads.get("max_seq_length"))
        self._prompt, self.warnings = _prompt(checkpoint)
        self.overhead = len(self.row("").ids)
        ahead = self.overhead - 1  # all but the token that ends it
        self.pooling = pooling_of(checkpoint, ahead if self._prompt else 0)

    def row(self, text: str) -> Row:
        read = self._prompt + text
        return Row(tuple(self._codec.wrapped(read.lower() if self._lowers else read)))

    def rows(self, request: Request) -> tuple[Row, ...]:
        return (self.row(request.text),)

    def answer(self, request: Request, vectors: Sequence[torch.Tensor]) -> Completion:
        del request
        [vector] = vectors
        return Completion(Vector(tuple(vector.tolist())), warnings=self.warnings)


def _prompt(checkpoint: Checkpoint) -> tuple[str, tuple[str, ...]]:
    """The default prompt, and what to warn of."""
    if not is_listed(checkpoint):
        said = "the checkpoint does not say that it was trained to embed texts: near vectors may mean little"
        return "", (said,)
    told = checkpoint.settings("config_sentence_transformers.json")
    listed = told.get("prompts")
    prompts = listed if isinstance(listed, dict) else {}
    default = prompts.get(told.get("default_prompt_name"))
    if isinstance(default, str):
        return default, ()
    names = ", ".join(sorted(str(name) for name, prompt in prompts.items() if prompt))
    if not names:
        return "", ()
    return "", (
        f"the checkpoint has prompts ({names}), and none by default: put them before texts",
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None
