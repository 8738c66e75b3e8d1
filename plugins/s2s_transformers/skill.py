"""
What an encoder can do, as its files tell.

A classification head makes it a classifier: by its own labels or, if it was trained on
entailment, by any. Any other encoder embeds, and names the label whose embedding is nearest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.positions import encoder_positions
from s2s_tasks.errors import Unsupported

from .config import config_of
from .embedding import Embedding
from .labels import Nearest, labelling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import PretrainedConfig

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.folder import Checkpoint

    from .pooling import Pooling
    from .rows import Reading

__all__ = ["Skill", "skill_of"]

HEAD: Final = "ForSequenceClassification"
BARE: Final = ("Model", "ForMaskedLM", "ForPreTraining")

PADDED_POSITIONS: Final = frozenset({
    "camembert", "data2vec-text", "esm", "ibert", "longformer", "luke", "mpnet", "roberta",
    "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl", "xmod",
})  # fmt: skip
"""Model types that count positions from the one after `pad_token_id`, as fairseq did."""


@dataclass(frozen=True)
class Skill:
    """
    `readings` by task. `positions`: tokens of a row, None for no bound. `pooling`: how vectors
    are made of those of tokens; None for a model whose head makes them.
    """

    config: PretrainedConfig
    codec: Codec
    readings: Mapping[str, Reading]
    positions: int | None
    pooling: Pooling | None = None

    @property
    def context(self) -> int | None:
        """Tokens of a text that fit, beside what stands around it."""
        overhead = max(reading.overhead for reading in self.readings.values())
        return None if self.positions is None else max(1, self.positions - overhead)

    @property
    def params(self) -> frozenset[str]:
        return frozenset[str]().union(*(reading.params for reading in self.readings.values()))


def skill_of(checkpoint: Checkpoint) -> Skill:
    """Raises Unsupported for a model that was trained for something else."""
    codec, config = codec_of(checkpoint), config_of(checkpoint)
    positions = _positions(checkpoint, config)
    if any(name.endswith(HEAD) for name in checkpoint.classes):
        labels = labelling(config, codec, checkpoint.name)
        return Skill(config, codec, {"classify": labels}, positions)
    if checkpoint.classes and not any(name.endswith(BARE) for name in checkpoint.classes):
        raise Unsupported(
            f"{checkpoint.name} is a {', '.join(checkpoint.classes)}: it gives no labels of a"
            " text, and was not made to embed one",
            hint="choose a classifier, a zero-shot (NLI) model or an embedder",
        )
    embedding = Embedding(checkpoint, codec)
    nearest = Nearest(embedding.row, embedding.warnings)
    readings: dict[str, Reading] = {"embed": embedding, "classify": nearest}
    trained = _least(positions, embedding.positions)
    return Skill(config, codec, readings, trained, embedding.pooling)


def _positions(checkpoint: Checkpoint, config: PretrainedConfig) -> int | None:
    """Tokens that it has places for or was trained with, whichever are fewer."""
    learned: int | None = getattr(config, "max_position_embeddings", None)
    if learned and config.model_type in PADDED_POSITIONS:
        learned -= (config.pad_token_id or 0) + 1
    return _least(learned, encoder_positions(checkpoint))


def _least(*numbers: int | None) -> int | None:
    return min((number for number in numbers if number and number > 0), default=None)
