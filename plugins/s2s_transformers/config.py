"""A checkpoint's config with the defaults of its class, which an older config.json leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.errors import NotConfigured

if TYPE_CHECKING:
    from transformers import PretrainedConfig

    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["config_of"]


def config_of(checkpoint: Checkpoint) -> PretrainedConfig:
    """Raises NotConfigured for one that transformers does not know or cannot read."""
    from transformers import AutoConfig

    try:
        config: PretrainedConfig = AutoConfig.from_pretrained(
            str(checkpoint.folder), trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise NotConfigured(
            f"config.json of {checkpoint.name} cannot be used: {str(error).splitlines()[0]}",
            hint="is it of an architecture that the installed transformers has?",
        ) from error
    return config
