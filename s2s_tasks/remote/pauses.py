"""How long to wait before the next attempt: by the server's word, or by ours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["backoff", "parsed_date", "retry_after", "server_time"]

FIRST, LONGEST = 0.5, 8.0
"""Seconds before the second attempt, and the most before a later one: as the Anthropic SDK has it."""


def backoff(failed: int, chance: float) -> float:
    """Seconds after so many failed attempts; `chance` (0 to 1) spreads clients apart."""
    return min(FIRST * 2.0 ** min(failed - 1, 9), LONGEST) * (1 - 0.25 * chance)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """
    Seconds that the server asks to wait; None if it does not, or not in a form to rely on.

    A date is compared with the server's own clock, where it tells it.
    """
    in_ms = _seconds(headers.get("retry-after-ms", ""), 0.001)
    return in_ms or _seconds(headers.get("retry-after", ""), 1) or _until(headers)


def server_time(headers: Mapping[str, str]) -> datetime:
    """The time at the server by its `date` header, or here if it has none."""
    return parsed_date(headers.get("date", "")) or datetime.now(UTC)


def parsed_date(text: str) -> datetime | None:
    """A date as HTTP or RFC 3339 writes it."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text.strip())
        except (ValueError, OverflowError):
            continue
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None


def _seconds(text: str, unit: float) -> float | None:
    try:
        seconds = float(text) * unit
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _until(headers: Mapping[str, str]) -> float | None:
    date = parsed_date(headers.get("retry-after", ""))
    if date is None:
        return None
    seconds = (date - server_time(headers)).total_seconds()
    return seconds if seconds > 0 else None
