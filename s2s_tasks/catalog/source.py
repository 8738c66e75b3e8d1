"""What a task about a text reads: the text itself, or a document that is opened for a model that can."""

from __future__ import annotations

from os import PathLike
from typing import TypeAlias

from ..media import Media, Modality
from .invariants import need_text
from .pictures import need_media

__all__ = ["Source", "prepared"]

Source: TypeAlias = str | Media | PathLike[str]
"""A str is the text, never a path."""


def prepared(value: Source, *allowed: Modality) -> str | Media:
    """Raises BadInput for an empty text, and for what is not of an allowed modality."""
    if isinstance(value, Media | PathLike):
        return need_media(value, *allowed)
    return need_text(value)
