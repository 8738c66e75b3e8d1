"""A checkpoint as CTranslate2 wants it: safetensors only, and no code of the checkpoint is run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint import conversion
from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.conversion import unable, unequipped
from s2s_tasks.checkpoint.positions import start_token

from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["converted", "vocabulary_size"]

ENGINE: Final = "CTranslate2"
FORMAT: Final = "2"
"""Part of the key: another way of converting makes another folder."""

UNSAID: Final = {
    "bart": {"normalize_before": False},
    "mbart": {"normalize_before": True},
    "pegasus": {"normalize_before": True, "normalize_embedding": False},
}
"""What configs of these kinds said until transformers 5 left it out."""

OTHER_ANSWERS: Final = frozenset({"t5gemma", "t5gemma2"})
"""Kinds that convert, and then do not say what they say in transformers (greedy, float32)."""


def converted(checkpoint: Checkpoint, quantization: str) -> Path:
    """
    The folder of the converted checkpoint; made now if it is not there, or damaged.

    Raises MissingExtra where torch and transformers would be needed and are not installed, and
    NotConfigured for a checkpoint that CTranslate2 cannot run.
    """
    if checkpoint.model_type in OTHER_ANSWERS:
        raise unable(checkpoint, ENGINE, "its answers there are not those of transformers")
    work = partial(_convert, checkpoint, quantization)
    return conversion.converted(checkpoint, "ctranslate2", f"{quantization}-{FORMAT}", work)


def vocabulary_size(checkpoint: Checkpoint) -> int:
    """How many ids the model has."""
    config = checkpoint.config
    size = config.get("vocab_size")
    return size if isinstance(size, int) else codec_of(checkpoint).size


def _convert(checkpoint: Checkpoint, quantization: str, work: Path) -> None:
    try:
        import torch  # noqa: F401  # the converter does not say that they are missing
        import transformers  # noqa: F401
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise unequipped(checkpoint, "fast") from error
    converter = _converter(TransformersConverter, checkpoint)
    with conversion.converting(checkpoint, ENGINE):
        converter.convert(str(work), quantization=quantization, force=True)


def _converter(base: type[Any], checkpoint: Checkpoint) -> Any:
    """A TransformersConverter that takes the weights and the vocabulary from us."""
    found = base(str(checkpoint.folder), low_cpu_mem_usage=True)
    found.load_model = partial(_model, checkpoint)
    spelling = _Spelling(checkpoint)
    found.load_tokenizer = lambda *_, **__: spelling
    found._load = partial(_begun, checkpoint, spelling, found._load)  # noqa: SLF001  # its only seam
    return found


def _begun(checkpoint: Checkpoint, spelling: _Spelling, load: Callable[[], Any]) -> Any:
    """The specification, beginning as the checkpoint's settings say."""
    spec = load()
    start = start_token(checkpoint) if checkpoint.architecture == "encoder-decoder" else None
    told = spec.config.__dict__.get("decoder_start_token") if start is not None else None
    if told is not None or checkpoint.tokenizer.get("tokenizer_class") == "MBart50Tokenizer":
        spec.config.decoder_start_token = spelling.convert_ids_to_tokens(start or 0)
    return spec


def _model(checkpoint: Checkpoint, kind: Any, folder: str, **options: Any) -> Any:
    model = kind.from_pretrained(folder, use_safetensors=True, local_files_only=True, **options)
    if (
        checkpoint.model_type == "marian"
        and model.model.shared.weight[model.config.pad_token_id].any()
    ):
        raise ValueError(
            "training moved the row of its padding token, which a Marian's decoder begins from"
        )
    for name, value in UNSAID.get(checkpoint.model_type, {}).items():
        if not hasattr(model.config, name):
            setattr(model.config, name, value)
    return model


class _Spelling:
    """What the converter asks of a tokenizer."""

    special_tokens_map: Final[dict[str, str]] = {}

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._vocabulary = Vocabulary(codec_of(checkpoint), vocabulary_size(checkpoint))

    def get_vocab(self) -> dict[str, int]:
        return self._vocabulary.ids

    def convert_ids_to_tokens(self, number: int) -> str:
        return self._vocabulary.tokens[number]

    def __getattr__(self, name: str) -> str:
        """bos_token, eos_token, pad_token, unk_token: by the settings, else by the tokenizer's."""
        if not name.endswith("_token"):
            raise AttributeError(name)
        number = self._checkpoint.generation.get(f"{name}_id")
        number = number[0] if isinstance(number, list) else number
        if isinstance(number, int):
            return self._vocabulary.tokens[number]
        told = self._checkpoint.tokenizer.get(name)
        told = told.get("content") if isinstance(told, dict) else told
        return told if isinstance(told, str) and told in self._vocabulary.ids else ""
