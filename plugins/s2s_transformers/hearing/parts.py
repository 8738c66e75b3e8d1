"""What stands around a speech model: what its sound is turned into, and its tokens into text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint.progress import progress_for_eyes
from s2s_tasks.errors import NotConfigured, Unsupported

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["extractor_of", "tokenizer_of"]

HERE: Final = {"local_files_only": True, "trust_remote_code": False}


def extractor_of(checkpoint: Checkpoint) -> Any:  # a FeatureExtractionMixin of any kind
    """
    Raises Unsupported for one that needs a library that is not here, NotConfigured for a
    checkpoint that does not say what it hears.
    """
    return _made("AutoFeatureExtractor", checkpoint, "preprocessor_config.json")


def tokenizer_of(checkpoint: Checkpoint) -> Any:  # a PreTrainedTokenizerBase
    """Raises as `extractor_of` does."""
    return _made("AutoTokenizer", checkpoint, "its tokenizer")


def _made(auto: str, checkpoint: Checkpoint, part: str) -> Any:
    import transformers

    with progress_for_eyes():
        try:
            return getattr(transformers, auto).from_pretrained(str(checkpoint.folder), **HERE)
        except ImportError as error:
            raise Unsupported(
                f"{checkpoint.name} needs a library that is not here: {_said(error)}",
                hint="install it, or choose another model: Whisper, Wav2Vec2 and Moonshine need none",
            ) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotConfigured(
                f"{part} of {checkpoint.name} cannot be used: {_said(error)}",
                hint="AutoProcessor.from_pretrained(model).save_pretrained(folder) writes what is"
                " needed",
            ) from error


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
