"""How long to wait for the next bytes of a server: a timeout that knows deadline and signal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from ..errors import S2SError
from ..exchange import Signal

if TYPE_CHECKING:
    import httpx2

__all__ = ["Patience", "timeouts"]

LOOK = 0.25
"""Seconds between two looks at the signal."""
IDLE = 600.0
"""Seconds of silence after which a server is given up where nobody says less, as in the SDKs."""
CONNECT = 5.0
"""Seconds to reach a server."""


class Patience(float):
    """
    The seconds of silence that one request puts up with; a plain timeout to those who know no more.

    HTTP clients hand the timeout of a request down to each read of its socket as it is. That
    is how the deadline of the whole call gets there, which no timeout between bytes can keep.
    """

    signal: Signal

    def __new__(cls, idle: float, signal: Signal) -> Self:
        patience = super().__new__(cls, idle)
        patience.signal = signal
        return patience

    def steps(self) -> Iterator[float]:
        """Timeouts to try one after another; raises what ends the call between them."""
        until = time.monotonic() + self
        while True:
            self.check()
            left = until - time.monotonic()
            if left <= 0:
                return
            yield min(LOOK, left, self.signal.remaining() or LOOK)

    def at_most(self) -> float:
        """The seconds of one timeout that cannot be tried again."""
        return min(self, self.signal.remaining() or LOOK)

    def check(self) -> None:
        """Raise Cancelled or OutOfTime, with the mark of a request that was sent."""
        try:
            self.signal.check()
        except S2SError as error:
            error.maybe_billed = True
            raise


def timeouts(
    signal: Signal, left: float | None, *, idle: float = IDLE, connect: float = CONNECT
) -> httpx2.Timeout:
    """The timeouts of one request, of a client that is `guarded`."""
    import httpx2

    patience = Patience(idle, signal)
    reach = connect if left is None else min(connect, left)
    return httpx2.Timeout(connect=reach, read=patience, write=patience, pool=reach)
