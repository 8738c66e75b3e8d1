"""
Local checkpoints through transformers: models that read text, hear speech or see pictures.

`local` takes any of them; the others take one kind, and refuse a checkpoint of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.hooks import hookimpl

from .card import SPECS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2s_tasks.backend import BackendSpec

__all__ = ["s2s_backends"]


@hookimpl
def s2s_backends() -> Iterable[BackendSpec]:
    """One for each kind of model, and one for all."""
    return SPECS
