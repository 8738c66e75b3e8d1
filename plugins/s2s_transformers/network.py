"""An encoder at work: rows of ids in, a vector for each out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import torch

from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.checkpoint.shelf import SHELF

from .loading import loaded, weight_bytes
from .watch import Watch, heed, heeding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformers import PreTrainedModel

    from s2s_tasks.checkpoint.folder import Checkpoint

    from .device import Placement
    from .rows import Round, Row
    from .skill import Skill

__all__ = ["Network"]

ROWS: Final = {"cpu": 64, "cuda": 256, "mps": 64}
TOKENS: Final = {"cpu": 2_048, "cuda": 65_536, "mps": 8_192}
"""Of one batch, padding included: on a CPU, more of them are no faster, and leave its cache."""


class Network:
    """
    One checkpoint on one device, loaded when it is first needed.

    Where its skill has a pooling, the vectors are embeddings; else the logits of its head.
    """

    def __init__(self, checkpoint: Checkpoint, skill: Skill, placement: Placement) -> None:
        self._checkpoint, self._placement, self._pooling = checkpoint, placement, skill.pooling
        self._auto = "AutoModel" if skill.pooling else "AutoModelForSequenceClassification"
        self._pad = getattr(skill.config, "pad_token_id", None)
        self._has_types = (getattr(skill.config, "type_vocab_size", None) or 0) > 1

    def batches(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows of like length together; one by one for a model that has no token to pad with."""
        kind = self._placement.device.type
        most = 1 if self._pad is None else ROWS[kind]
        places = batches([len(row.ids) for row in rows], tokens=TOKENS[kind], rows=most)
        return [[rows[at] for at in batch] for batch in places]

    def vectors(self, rows: Sequence[Row], watch: Round) -> list[torch.Tensor]:
        """Raises what `watch` raises, which every layer checks."""
        checked = cast("Watch", watch)  # of which it needs no more than check()
        with self._model() as model, torch.inference_mode(), heeding(checked):
            watch.check()
            inputs = self._inputs(rows)
            output: Any = model(**inputs)
            if self._pooling is None:
                return [*output.logits.float().cpu()]
            tokens = output.last_hidden_state.float()
            pooled = self._pooling.pooled(tokens, inputs["attention_mask"])
            return [*self._pooling.finished(pooled.cpu())]

    def warm(self) -> None:
        with self._model():
            pass

    def _inputs(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """Padded on the right, where encoders place nothing that counts."""
        width = max(len(row.ids) for row in rows)
        lengths = torch.tensor([[len(row.ids)] for row in rows])
        inputs = {
            "input_ids": torch.tensor([_wide(row.ids, width, self._pad or 0) for row in rows]),
            "attention_mask": (torch.arange(width)[None, :] < lengths).long(),
        }
        if self._has_types:
            inputs["token_type_ids"] = torch.tensor([_wide(row.types, width) for row in rows])
        return {name: tensor.to(self._placement.device) for name, tensor in inputs.items()}

    @contextmanager
    def _model(self) -> Iterator[PreTrainedModel]:
        placement = self._placement
        key = self._checkpoint.folder, self._checkpoint.revision, placement, self._auto
        size = weight_bytes(self._checkpoint, placement.dtype)
        with SHELF.borrow(key, self._load, size) as model:
            yield model

    def _load(self) -> PreTrainedModel:
        model = loaded(self._checkpoint, self._placement, self._auto)
        heed(model)
        return model


def _wide(row: Sequence[int], width: int, filler: int = 0) -> list[int]:
    return [*row, *[filler] * (width - len(row))]
