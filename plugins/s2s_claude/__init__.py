"""
Claude through the official SDK: any task in words, pictures, PDFs, and answers held to a schema.

What is sent and what is made of the answer are pure functions; one retry layer is ours, the
SDK's is off; nothing of the SDK is imported before a model is opened.
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
