"""
The processor of a checkpoint, as far as pictures need it.

It comes without torchvision: pictures are read by the Pillow twins of the image processors, and
the half that reads videos is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint.progress import progress_for_eyes
from s2s_tasks.errors import NotConfigured, Unsupported

from ..config import config_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["image_processor_of", "processor_of"]

STATED: Final = (
    "processor_config.json", "preprocessor_config.json", "video_preprocessor_config.json",
    "tokenizer_config.json",
)  # fmt: skip
"""Where the class of the processor stands, by rank."""

IN_PLACE_OF: Final = {"SmolVLMProcessor": "Idefics3Processor"}
"""Processors that say the same of pictures, and want no library for videos (num2words)."""

HERE: Final = {"local_files_only": True, "trust_remote_code": False}


def processor_of(checkpoint: Checkpoint) -> Any:  # a ProcessorMixin, or its dummy
    """
    Raises Unsupported for a checkpoint whose processor needs what is not here, NotConfigured for
    one without the files of a processor.
    """
    kind = _kind(checkpoint)
    with progress_for_eyes():
        try:
            parts = [*_parts(checkpoint, kind)]
            settings, _ = kind.get_processor_dict(str(checkpoint.folder), **HERE)
            return kind.from_args_and_dict(parts, settings)
        except ImportError as error:
            raise _lacking(checkpoint, error) from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _broken(checkpoint, error) from error


def image_processor_of(checkpoint: Checkpoint) -> Any:  # a BaseImageProcessor
    """What turns pictures into tensors; raises as `processor_of` does."""
    from transformers import AutoImageProcessor

    try:
        return AutoImageProcessor.from_pretrained(str(checkpoint.folder), backend="pil", **HERE)
    except ImportError as error:
        raise _lacking(checkpoint, error) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        told = _lacking if "missing dependencies" in str(error) else _broken
        raise told(checkpoint, error) from error


def _kind(checkpoint: Checkpoint) -> Any:  # a class that transformers names
    from transformers.models.auto.processing_auto import (
        PROCESSOR_MAPPING,
        processor_class_from_name,
    )

    stated = [str(checkpoint.settings(file).get("processor_class") or "") for file in STATED]
    usual = getattr(PROCESSOR_MAPPING.get(type(config_of(checkpoint)), None), "__name__", "")
    name = next(filter(None, stated), usual)
    kind = processor_class_from_name(IN_PLACE_OF.get(name, name)) if name else None
    if kind is None:
        raise Unsupported(
            f"{checkpoint.name} has a processor that transformers does not know: {name or 'none'}",
            hint="take a checkpoint whose processor is part of transformers",
        )
    return _stills(kind)


def _stills(kind: Any) -> Any:  # classes
    """The same class, which may do without what reads videos."""

    class Stills(kind):  # type: ignore[misc]
        def check_argument_for_proper_class(self, argument_name: str, argument: object) -> object:
            if argument is None and argument_name == "video_processor":
                return None
            return super().check_argument_for_proper_class(argument_name, argument)

    return Stills


def _parts(checkpoint: Checkpoint, kind: Any) -> Iterator[object]:  # a class
    import transformers

    for part in kind.get_attributes():
        match part:
            case "image_processor":
                yield image_processor_of(checkpoint)
            case "tokenizer":
                yield transformers.AutoTokenizer.from_pretrained(str(checkpoint.folder), **HERE)
            case "video_processor":
                yield None
            case "feature_extractor" | "audio_processor":
                auto = transformers.AutoFeatureExtractor
                yield auto.from_pretrained(str(checkpoint.folder), **HERE)
            case _:
                raise ValueError(f"its processor has a part called {part}")


def _lacking(checkpoint: Checkpoint, error: Exception) -> Unsupported:
    said = " ".join(str(error).split())
    return Unsupported(
        f"the processor of {checkpoint.name} needs a library that is not here: {said[:300]}",
        hint="install it, or choose another model: SmolVLM and Qwen-VL need none",
    )


def _broken(checkpoint: Checkpoint, error: Exception) -> NotConfigured:
    said = " ".join(str(error).split())
    return NotConfigured(
        f"the processor of {checkpoint.name} cannot be used: {said[:300]}",
        hint="is preprocessor_config.json there? AutoProcessor.from_pretrained(model)"
        ".save_pretrained(folder) writes all that is needed",
    )
