"""The usage of an answer, as far as the server tells it, in numbers that can be added up."""

from __future__ import annotations

import math
from typing import Any

from s2s_tasks.exchange import Usage

__all__ = ["usage_of"]


def usage_of(told: object) -> Usage | None:
    """None if nothing is told."""
    if not isinstance(told, dict):
        return None
    read = _count(_inner(told, "prompt_tokens_details").get("cached_tokens"))
    prompt = _count(told.get("prompt_tokens") or told.get("input_tokens"))
    return Usage(
        input_tokens=max(prompt - read, 0),
        output_tokens=_count(told.get("completion_tokens") or told.get("output_tokens")),
        cache_read_tokens=read,
        reasoning_tokens=_count(_inner(told, "completion_tokens_details").get("reasoning_tokens")),
    )


def _inner(told: dict[str, Any], name: str) -> dict[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _count(number: object) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return 0
    return max(int(number), 0)
