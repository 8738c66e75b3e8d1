"""
Every server that speaks the dialect of OpenAI's chat completions, as far as it really does.

Servers differ in what they accept, honour, enforce and report. A profile says how; a probe tells
which profile a server has. Lowering and lifting are pure, and read the profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.hooks import hookimpl

from .card import spec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2s_tasks.backend import BackendSpec

__all__ = ["s2s_backends"]


@hookimpl
def s2s_backends() -> Iterable[BackendSpec]:
    """The one backend of this plugin."""
    return [spec()]
