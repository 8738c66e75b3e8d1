"""A Whisper as CTranslate2 wants it: safetensors only, and no code of the checkpoint is run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint import conversion
from s2s_tasks.checkpoint.conversion import unequipped
from s2s_tasks.speech.vocabulary import WhisperVocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["converted"]

ENGINE: Final = "CTranslate2"
FORMAT: Final = "1"
"""Part of the key: another way of converting makes another folder."""

MANY: Final = ""
"""The token by which CTranslate2 4.8 knows a vocabulary of many languages: OpenAI's has it."""


def converted(checkpoint: Checkpoint, quantization: str) -> Path:
    """
    The folder of the converted checkpoint; made now if it is not there, or damaged.

    Raises MissingExtra where torch and transformers would be needed and are not installed, and
    NotConfigured for a checkpoint that CTranslate2 cannot run.
    """
    work = partial(_convert, checkpoint, quantization)
    return conversion.converted(checkpoint, "whisper", f"{quantization}-{FORMAT}", work)


def _convert(checkpoint: Checkpoint, quantization: str, work: Path) -> None:
    try:
        import torch  # noqa: F401  # the converter does not say that they are missing
        import transformers  # noqa: F401
        from ctranslate2.converters import TransformersConverter
    except ImportError as error:
        raise unequipped(checkpoint, "whisper") from error
    converter = _converter(TransformersConverter, checkpoint)
    with conversion.converting(checkpoint, ENGINE):
        converter.convert(str(work), quantization=quantization, force=True)


def _converter(base: type[Any], checkpoint: Checkpoint) -> Any:
    """A TransformersConverter that takes the weights and the vocabulary from us."""
    found = base(str(checkpoint.folder), low_cpu_mem_usage=True)
    known = WhisperVocabulary.of(checkpoint)
    found.load_model = _model
    found.load_tokenizer = lambda *_, **__: _Spelling(known)
    found._load = partial(_settled, known, found._load)  # noqa: SLF001  # its only seam
    return found


def _model(kind: Any, folder: str, **options: Any) -> Any:
    return kind.from_pretrained(folder, use_safetensors=True, local_files_only=True, **options)


def _settled(known: WhisperVocabulary, load: Callable[[], Any]) -> Any:
    """The specification, with the tokens of languages and those that are never written."""
    spec = load()
    spec.config.lang_ids = sorted(known.languages.values())
    spec.config.suppress_ids = [*known.suppressed]
    spec.config.suppress_ids_begin = [*known.begin_suppressed]
    spec.register_vocabulary(_tokens(known, len(spec.decoder.embeddings.weight)))
    return spec


def _tokens(known: WhisperVocabulary, size: int) -> list[str]:
    """One for every row of the decoder's embeddings. Of text tokens, only the ids are used."""
    named = {number: token for token, number in known.spelling.items()}
    tokens = [named.get(number, f"<unused {number}>") for number in range(size)]
    if known.languages and MANY not in tokens:
        tokens[0] = MANY
    return tokens


class _Spelling:
    """What the converter asks of a tokenizer."""

    def __init__(self, known: WhisperVocabulary) -> None:
        self._known = known

    def get_vocab(self) -> dict[str, int]:
        return {**self._known.spelling}
