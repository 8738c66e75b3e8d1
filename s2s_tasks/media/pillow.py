"""Pillow, where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import MissingExtra

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["pillow"]


def pillow() -> ModuleType:
    """Its module `Image`. Raises MissingExtra."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra(
            "pictures are opened with Pillow, which is not installed", hint="pip install pillow"
        ) from error
    return Image
