"""How a caller tells a running backend to stop."""

from __future__ import annotations

import threading
import time

from ..errors import Cancelled, OutOfTime

__all__ = ["Signal"]

_never = threading.Event()  # its wait() is a sleep that Ctrl-C interrupts


class Signal:
    """
    Tells a backend to stop: the caller went away, or the deadline passed.

    Backends call `check()` between steps (at least four times a second). `deadline` is a
    time of `time.monotonic()`.
    """

    __slots__ = ("_aborted", "deadline")

    def __init__(self, deadline: float | None = None) -> None:
        self.deadline = deadline
        self._aborted = False

    def abort(self) -> None:
        self._aborted = True

    @property
    def aborted(self) -> bool:
        return self._aborted

    def remaining(self) -> float | None:
        """Seconds until the deadline; None if there is none."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        """Raise Cancelled or OutOfTime if the work should stop."""
        if self._aborted:
            raise Cancelled("the work was stopped")
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise OutOfTime("no answer within the timeout", limit="total")

    def overdue(self, grace: float) -> bool:
        """Whether the deadline passed more than `grace` seconds ago."""
        return self.deadline is not None and time.monotonic() >= self.deadline + grace

    def wait(self, seconds: float) -> None:
        """Sleep, but raise as soon as the work should stop."""
        until = time.monotonic() + seconds
        self.check()
        while (left := until - time.monotonic()) > 0:
            _never.wait(min(left, 0.05))
            self.check()
