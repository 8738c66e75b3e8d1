"""The loading bars of transformers: where somebody may look at them, and silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["progress_for_eyes"]


@contextmanager
def progress_for_eyes() -> Iterator[None]:
    """Bars only if stderr is a terminal."""
    from transformers.utils import logging

    seen = logging.is_progress_bar_enabled()
    if sys.stderr is None or not sys.stderr.isatty():
        logging.disable_progress_bar()
    try:
        yield
    finally:
        if seen:
            logging.enable_progress_bar()
