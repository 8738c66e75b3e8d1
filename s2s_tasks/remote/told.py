"""The limits that servers tell in the headers of their answers, in two dialects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .pauses import parsed_date, server_time

__all__ = ["Told", "told_limits"]

MINUTE = 60.0
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


@dataclass(frozen=True)
class Told:
    """`remaining` of `limit`, which is full again in `reset` seconds."""

    limit: int
    remaining: int
    reset: float

    @property
    def rate(self) -> float:
        """What comes back in a second: evenly, as both providers document."""
        missing = self.limit - self.remaining
        return missing / self.reset if missing and self.reset else self.limit / MINUTE


def told_limits(headers: Mapping[str, str]) -> dict[str, Told]:
    """By "requests" and "tokens", as far as they are told in a form to rely on."""
    found = {
        "requests": _told(headers, "requests"),
        "tokens": _told(headers, "tokens") or _told(headers, "input-tokens"),
    }
    return {kind: told for kind, told in found.items() if told}


def _told(headers: Mapping[str, str], kind: str) -> Told | None:
    def said(what: str) -> str:
        ours, theirs = f"anthropic-ratelimit-{kind}-{what}", f"x-ratelimit-{what}-{kind}"
        return headers.get(ours, "") or headers.get(theirs, "")

    limit, remaining = _count(said("limit")), _count(said("remaining"))
    if not limit or remaining is None:
        return None
    return Told(limit, min(remaining, limit), _reset(said("reset"), headers))


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None  # noqa: PLR2004


def _reset(text: str, headers: Mapping[str, str]) -> float:
    """Seconds: from "6m0s", "20ms" or bare seconds, or from a date; a minute if unreadable."""
    if spans := SPAN.findall(text):
        return sum(float(number) * UNITS[unit] for number, unit in spans)
    if (count := _count(text)) is not None:
        return float(count)
    date = parsed_date(text)
    seconds = (date - server_time(headers)).total_seconds() if date else MINUTE
    return max(seconds, 0.0)
