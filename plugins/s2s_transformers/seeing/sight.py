"""What a family of models that see is told by the files of its checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint.codec import Codec, codec_of
from s2s_tasks.checkpoint.specials import named_tokens
from s2s_tasks.errors import NotConfigured

from ..config import config_of
from ..skill import PADDED_POSITIONS
from .processor import image_processor_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import PretrainedConfig

    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["Sight", "sight_of"]

IDS: Final = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")


@dataclass(frozen=True)
class Sight:
    """`images` turns pictures into tensors."""

    checkpoint: Checkpoint
    config: PretrainedConfig
    codec: Codec
    images: Any

    @property
    def name(self) -> str:
        return self.checkpoint.name

    @property
    def writer(self) -> PretrainedConfig:
        """The config of what writes."""
        return self.config.get_text_config(decoder=True)

    @property
    def settings(self) -> Mapping[str, object]:
        """As in Lowered; ids that the checkpoint does not set are those of what writes."""
        own = {name: getattr(self.writer, name, None) for name in IDS}
        return {**own, **self.checkpoint.generation}

    @property
    def start(self) -> tuple[int, ...]:
        """What a decoder begins with, as in Source. Raises NotConfigured if that is not told."""
        names = ("decoder_start_token_id", "bos_token_id", "forced_bos_token_id")
        begin, bos, forced = (self.settings.get(name) for name in names)
        first = bos if begin is None else begin
        if not isinstance(first, int):
            raise NotConfigured(
                f"{self.name} does not say what its decoder begins with",
                hint="its generation_config.json needs a decoder_start_token_id",
            )
        return (first, forced) if isinstance(forced, int) else (first,)

    @property
    def places(self) -> int | None:
        """Tokens that what writes has places for; None for no bound."""
        learned = getattr(self.writer, "max_position_embeddings", None)
        if learned and self.writer.model_type in PADDED_POSITIONS:
            learned -= (self.writer.pad_token_id or 0) + 1
        return learned if isinstance(learned, int) and learned > 0 else None

    @property
    def processor_class(self) -> str:
        """The class of the processor it was saved with, "" for none."""
        files = ("processor_config.json", "preprocessor_config.json", "tokenizer_config.json")
        told = (self.checkpoint.settings(file).get("processor_class") for file in files)
        return next((str(name) for name in told if name), "")

    def token(self, name: str) -> str:
        """A special token of its tokenizer by name: "</s>" of "eos_token"."""
        return named_tokens(self.checkpoint).get(name, "")


def sight_of(checkpoint: Checkpoint, codec: Codec | None = None) -> Sight:
    """Raises NotConfigured or Unsupported for files that are missing or cannot be used here."""
    return Sight(
        checkpoint,
        config_of(checkpoint),
        codec or codec_of(checkpoint),
        image_processor_of(checkpoint),
    )
