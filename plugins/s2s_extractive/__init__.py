"""The summarizer that is always there: it picks the text's own central sentences.

No model, no download, no network: a few milliseconds for a page, any language
that marks the ends of its sentences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.hooks import hookimpl

from .card import SPEC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2s_tasks.backend import BackendSpec

__all__ = ["s2s_backends"]


@hookimpl
def s2s_backends() -> Iterable[BackendSpec]:
    """The one backend of this plugin."""
    return [SPEC]
