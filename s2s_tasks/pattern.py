"""Regular expressions compiled when they are first used, not when a module is imported."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

__all__ = ["pattern"]


def pattern(expression: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """
    A function that gives the compiled pattern.

    Compiling those of the package takes a tenth of the time that `import s2s_tasks` may.
    """

    @cache
    def compiled() -> re.Pattern[str]:
        return re.compile(expression, flags)

    return compiled
