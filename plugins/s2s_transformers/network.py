"""An encoder at work: rows of ids in, a vector for each out."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import torch

from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.checkpoint.shelf import SHELF

from .loading import loaded, weight_bytes
from .rows import Row
from .watch import heed, heeding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformers import PreTrainedModel

    from s2s_tasks.checkpoint.folder import Checkpoint

    from .device import Placement
    from .rows import Round
    from .skill import Skill

__all__ = ["Network"]

ROWS: Final = {"cpu": 64, "cuda": 256, "mps": 64}
TOKENS: Final = {"cpu": 512, "cuda": 65_536, "mps": 8_192}
"""Of one batch, padding included: a CPU is as fast with few as with many, and padding then costs less."""

PROBES: Final = ("a b c", "a b c d e f g h i j k l m")

EXACT: Final = {torch.float32: 1e-4}
ROUGH: Final = 3e-2
"""How far padding may move a vector, as a share of its largest number, by type of numbers."""


class _Loaded(NamedTuple):
    model: PreTrainedModel
    pads: bool


class Network:
    """
    One checkpoint on one device, loaded when it is first needed.

    Where its skill has a pooling, the vectors are embeddings; else the logits of its head.
    """

    def __init__(self, checkpoint: Checkpoint, skill: Skill, placement: Placement) -> None:
        self._checkpoint, self._placement, self._pooling = checkpoint, placement, skill.pooling
        self._auto = "AutoModel" if skill.pooling else "AutoModelForSequenceClassification"
        self._codec = skill.codec
        self._pad = getattr(skill.config, "pad_token_id", None)
        self._has_types = (getattr(skill.config, "type_vocab_size", None) or 0) > 1

    def batches(self, rows: Sequence[Row]) -> list[list[Row]]:
        """Rows of like length together; one by one for a model that has no token to pad with."""
        kind = self._placement.device.type
        most = 1 if self._pad is None else ROWS[kind]
        places = batches([*map(_length, rows)], tokens=TOKENS[kind], rows=most)
        return [[rows[at] for at in batch] for batch in places]

    def vectors(self, rows: Sequence[Row], watch: Round) -> list[torch.Tensor]:
        """Of rows in order of length. Raises what `watch` raises, which every layer checks."""
        with self._borrowed() as (model, pads), heeding(watch):
            watch.check()
            groups = [[*rows]] if pads else [[*of] for _, of in groupby(rows, _length)]
            return [vector for group in groups for vector in self._run(model, group)]

    def warm(self) -> None:
        with self._borrowed():
            pass

    @torch.inference_mode()
    def _run(self, model: PreTrainedModel, rows: Sequence[Row]) -> torch.Tensor:
        inputs = self._inputs(rows)
        output: Any = model(**inputs)
        if self._pooling is None:
            logits: torch.Tensor = output.logits.float().cpu()
            return logits
        tokens = output.last_hidden_state.float()
        pooled = self._pooling.pooled(tokens, inputs["attention_mask"])
        return self._pooling.finished(pooled.cpu())

    def _inputs(self, rows: Sequence[Row]) -> dict[str, torch.Tensor]:
        """Padded on the right, where encoders place nothing that counts."""
        width = max(map(_length, rows))
        lengths = torch.tensor([[*map(_length, rows)]]).T
        inputs = {
            "input_ids": torch.tensor([_wide(row.ids, width, self._pad or 0) for row in rows]),
            "attention_mask": (torch.arange(width)[None, :] < lengths).long(),
        }
        if self._has_types:
            inputs["token_type_ids"] = torch.tensor([_wide(row.types, width) for row in rows])
        return {name: tensor.to(self._placement.device) for name, tensor in inputs.items()}

    @contextmanager
    def _borrowed(self) -> Iterator[_Loaded]:
        placement = self._placement
        key = self._checkpoint.folder, self._checkpoint.revision, placement, self._auto
        size = weight_bytes(self._checkpoint, placement.dtype)
        with SHELF.borrow(key, self._load, size) as found:
            yield found

    def _load(self) -> _Loaded:
        model = loaded(self._checkpoint, self._placement, self._auto)
        pads = self._pad is not None and self._bears_padding(model)
        heed(model)
        return _Loaded(model, pads)

    def _bears_padding(self, model: PreTrainedModel) -> bool:
        """Tried, since a mask is not all: convolutions and Fourier transforms mix padding in."""
        short, long = (Row(tuple(self._codec.wrapped(text))) for text in PROBES)
        [alone], [beside, _] = self._run(model, [short]), self._run(model, [short, long])
        most = EXACT.get(self._placement.dtype, ROUGH) * alone.abs().max()
        return bool((alone - beside).abs().max() <= most)


def _wide(row: Sequence[int], width: int, filler: int = 0) -> list[int]:
    return [*row, *[filler] * (width - len(row))]


def _length(row: Row) -> int:
    return len(row.ids)
