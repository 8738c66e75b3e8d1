"""One answer as it is read from a stream: the pieces, and the completion at the end, whole or not."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from s2s_tasks.exchange import Completion, Piece, Signal
from s2s_tasks.remote.patience import Patience

from .complaints import Complained, told_in_stream
from .growing import Growing, event_of
from .lifting import lift, not_a_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx2

    from s2s_tasks.exchange import Attempt, Request

    from .lowering import Lowered

__all__ = ["Reading", "hurried"]

REST: Final = 0.05
"""Seconds for what comes after the end, so that the connection can be used again."""


@dataclass
class Reading:
    """Takes in one event after another; `first` is text that came while the stream was opened."""

    request: Request
    lowered: Lowered
    first: str = ""
    attempts: tuple[Attempt, ...] = ()
    _growing: Growing = field(default_factory=Growing)
    _shown: list[str] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        return self._growing.begun

    @property
    def ended(self) -> bool:
        return self._growing.ended

    def take(self, data: str) -> str:
        """The text that an event adds; raises Complained, and BackendError for what is no event."""
        if not data:
            return ""
        event = event_of(data)
        if event.get("type") == "error":
            raise Complained(told_in_stream(event))
        text = self._growing.push(event)
        if text:
            self._shown.append(text)
        return text

    def need_begun(self) -> None:
        """Raise BackendError for a stream that ended before it began."""
        if not self.begun:
            raise not_a_message("it is not a stream of the Messages API, or an empty one")

    def end(self, trouble: str = "") -> Iterator[str | Completion]:
        """The completion, after the text once more if its spelling had to be changed."""
        if not self.ended:
            trouble = trouble or "the stream ended before the message did"
        elif trouble:
            trouble = ""  # all of it had come
        message = {**self._growing.message, "type": "message"}
        made = lift(message, self.request, self.lowered, trouble)
        if made.partial != "".join(self._shown):
            yield Piece(made.partial, attempt=1)
        yield _with(made, self.attempts)


def _with(completion: Completion, attempts: tuple[Attempt, ...]) -> Completion:
    return replace(completion, attempts=(*attempts, *completion.attempts))


def hurried(timeout: httpx2.Timeout) -> None:
    """Wait for what comes next for a moment only."""
    if isinstance(timeout.read, Patience):
        timeout.read.signal = Signal(time.monotonic() + REST)
