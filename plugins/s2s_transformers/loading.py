"""From a checkpoint's folder to a model that is ready to run, and nothing but its weights."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.checkpoint.progress import progress_for_eyes
from s2s_tasks.errors import NotConfigured

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from s2s_tasks.checkpoint.folder import Checkpoint

    from .device import Placement

__all__ = ["loaded", "weight_bytes"]

HARMLESS: Final = ("position_ids", "rotary_emb", "pooler.", "lm_head.weight", "embed_tokens.weight")
"""Parts that a checkpoint need not hold: they are computed, unused here, or tied to another."""

_one_at_a_time = threading.Lock()  # transformers changes torch's default dtype while it loads


def loaded(checkpoint: Checkpoint, placement: Placement, auto: str) -> PreTrainedModel:
    """
    The model in eval mode, by one of transformers' Auto classes, called `auto`.

    Raises NotConfigured for weights that are missing or of another shape.
    """
    import transformers

    kind: Any = getattr(transformers, auto)
    with _one_at_a_time, progress_for_eyes():
        try:
            model, info = kind.from_pretrained(
                str(checkpoint.folder),
                dtype=placement.dtype,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise NotConfigured(
                f"{checkpoint.name} cannot be loaded as {auto}: {str(error).splitlines()[0]}",
                hint="is it complete, and of an architecture that this backend runs?",
            ) from error
    _check(checkpoint, info)
    moved: PreTrainedModel = model.eval().to(placement.device)
    return moved


def weight_bytes(checkpoint: Checkpoint, dtype: torch.dtype) -> int:
    """Bytes that its weights take once loaded, from the sizes of their files."""
    stored = str(checkpoint.config.get("dtype") or checkpoint.config.get("torch_dtype") or "")
    per_file = 2 if stored in {"float16", "bfloat16"} else 4
    files = sum(path.stat().st_size for path in checkpoint.folder.glob("*.safetensors"))
    return files * dtype.itemsize // per_file


def _check(checkpoint: Checkpoint, info: dict[str, Any]) -> None:
    missing = sorted(
        name for name in info.get("missing_keys", ()) if not any(part in name for part in HARMLESS)
    )
    mismatched = sorted(str(entry[0]) for entry in info.get("mismatched_keys", ()))
    for what, names in (("lacks", missing), ("has another shape of", mismatched)):
        if names:
            raise NotConfigured(
                f"{checkpoint.name} {what} {', '.join(names[:3])} ({len(names)} in all)",
                hint="its weights are incomplete or of another model: download it anew",
            )
