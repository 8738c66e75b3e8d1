"""Requests and tokens per minute: as configured, and as the server tells."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from ..errors import OutOfTime
from .bucket import Bucket
from .told import told_limits

__all__ = ["Rates"]

LONGEST = 60.0
"""Seconds that the word of a server holds back a request: its limits are those of a minute, and
it will say so itself if it is asked too early."""


class Rates:
    """
    The pace of all calls to one account, for threads and event loops alike.

    Within any minute no more requests are let through than configured, the first tenth at once
    and the others evenly. Tokens are those of the input and, at most, of the output.
    """

    def __init__(
        self,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._own = {
            kind: Bucket.of(limit, clock())
            for kind, limit in (("requests", requests_per_minute), ("tokens", tokens_per_minute))
            if limit is not None
        }
        self._told: dict[str, Bucket] = {}
        self._held_until = 0.0

    @property
    def counts_tokens(self) -> bool:
        """Whether it matters how many tokens a request has."""
        return "tokens" in self._own or "tokens" in self._told

    def reserve(self, tokens: int) -> float:
        """Take the next place; the seconds to wait for it. `give_back` what is not used."""
        with self._lock:
            now = self._clock()
            own = [bucket.take(_of(kind, tokens), now) for kind, bucket in self._own.items()]
            told = [bucket.take(_of(kind, tokens), now) for kind, bucket in self._told.items()]
            return max([0.0, *own, *(min(seconds, LONGEST) for seconds in told)])

    def give_back(self, requests: int, tokens: int) -> None:
        """Return a place, or the tokens that were fewer than expected."""
        with self._lock:
            for buckets in (self._own, self._told):
                for kind, bucket in buckets.items():
                    bucket.put(requests if kind == "requests" else tokens)

    def acquire(self, tokens: int, left: float | None = None) -> None:
        """Wait for a place; raises OutOfTime at once if it will not come within `left` seconds."""
        time.sleep(self._wait(tokens, left))

    async def aacquire(self, tokens: int, left: float | None = None) -> None:
        """The async twin of `acquire`."""
        import asyncio

        await asyncio.sleep(self._wait(tokens, left))

    def _wait(self, tokens: int, left: float | None) -> float:
        seconds = self.held() + self.reserve(tokens)
        if left is not None and seconds >= left:
            self.give_back(1, tokens)
            raise too_slow(seconds, left)
        return seconds

    def held(self) -> float:
        """Seconds for which nobody is to be let through."""
        return max(0.0, self._held_until - self._clock())

    def hold(self, seconds: float) -> None:
        """The server has asked to wait."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Keep to what the headers of an answer say of the account's limits."""
        with self._lock:
            now = self._clock()
            for kind, limit in told_limits(headers).items():
                self._told[kind] = Bucket(limit.limit, limit.rate, limit.remaining, now)


def too_slow(seconds: float, left: float) -> OutOfTime:
    """The error of a request whose turn would come too late."""
    return OutOfTime(
        f"the limit of requests or tokens per minute lets it through in {seconds:.1f} s, "
        f"and {left:.1f} s are left",
        limit="total",
        hint="allow more time with timeout=..., or send fewer at once",
    )


def _of(kind: str, tokens: int) -> int:
    return 1 if kind == "requests" else tokens
