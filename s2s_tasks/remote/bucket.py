"""A bucket that fills evenly: each request takes out its share, and waits while there is too little."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import BadSetting

__all__ = ["Bucket"]


@dataclass(slots=True)
class Bucket:
    """`size` is the most it holds, `rate` what comes in a second, `level` what was in at `since`."""

    size: float
    rate: float
    level: float
    since: float

    @classmethod
    def of(cls, per_minute: int, now: float) -> Bucket:
        """A tenth at once and the rest evenly, so that no minute ever sees more."""
        if per_minute < 1:
            raise BadSetting(f"a limit of {per_minute!r} per minute lets nothing through")
        size = max(1, per_minute // 10)
        return cls(size, (per_minute - size + 1) / 60, size, now)

    def take(self, amount: float, now: float) -> float:
        """
        Take it out and give the seconds until it may be used.

        What is larger than the bucket waits for a full one, and those behind it for longer.
        """
        self.level = min(self.size, self.level + (now - self.since) * self.rate)
        self.since = now
        missing = min(amount, self.size) - self.level
        self.level -= amount
        return max(0.0, missing / self.rate)

    def put(self, amount: float) -> None:
        self.level += amount
