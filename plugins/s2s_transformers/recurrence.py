"""Which models keep a state that nothing can be taken back out of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["recurrent"]

MARKS: Final = ("mamba", "ssm", "state_size", "linear_", "conv_kernel", "time_step_rank", "rwkv")
"""How settings begin that only such models have."""


def recurrent(checkpoint: Checkpoint) -> bool:
    """By its config, or that of the language model inside one that sees."""
    part = checkpoint.config.get("text_config")
    names = {*checkpoint.config, *(part if isinstance(part, dict) else ())}
    return any(str(name).startswith(MARKS) for name in names)
