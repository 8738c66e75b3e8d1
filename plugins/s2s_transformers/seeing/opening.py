"""From a checkpoint that sees to the backend that runs it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from .chat import opened as chat_opened
from .families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2s_tasks.backend import Backend
    from s2s_tasks.checkpoint.folder import Checkpoint

    from ..device import Placement

    Opened = Callable[[str, Checkpoint, Placement], Backend]

__all__ = ["opened"]


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Backend:
    """
    The backend called `name`: of its family, or else as a chat model.

    Raises Unsupported for a model that cannot be asked here, NotConfigured for files that are
    missing.
    """
    family = FAMILIES.get(checkpoint.model_type)
    if family is None:
        return chat_opened(name, checkpoint, placement)
    module = import_module(f"{__package__}.families.{family}")
    return cast("Opened", module.opened)(name, checkpoint, placement)
