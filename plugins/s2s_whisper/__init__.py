"""
Whisper through CTranslate2: int8 on any CPU, every core busy, no torch once converted.

A checkpoint is converted once, into our cache, or beforehand into a folder of one's own; a
folder as faster-whisper takes it needs no converting.
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
