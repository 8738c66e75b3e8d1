"""What a reader of a stream is shown: only text that stands, and a clear break where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..exchange import Piece, Request


class Show:
    """
    Turns the raw text of one request after another into pieces.

    `settled` is the task's word on how much of a partial answer stands. Within an attempt,
    pieces only ever append; text that must be taken back starts the next attempt, which
    begins with all that still stands.
    """

    def __init__(self, settled: Callable[[str], str]) -> None:
        self._settled = settled
        self._attempt = 0
        self._before = ""
        self._lead = ""
        self._partial = ""
        self._shown = ""
        self._voice = 0

    def begin(self, request: Request) -> Iterator[Piece]:
        """The next request is streamed; one that carries a complaint replaces the last."""
        if request.earlier is None:
            self._before += self._shown
            self._shown = ""
        self._lead, self._partial, self._voice = request.lead or "", "", 0
        if request.earlier is not None:
            yield from self._take_back()

    def more(self, text: str) -> Iterator[Piece]:
        """More raw text of the present request."""
        voice = getattr(text, "attempt", 0)
        if voice != self._voice:  # a wrapping backend has begun anew, with another model
            self._voice, self._partial = voice, ""
        self._partial += text
        standing = self._settled(self._partial)
        yield from self._emit(self._lead + standing if standing else "")

    def rest(self, value: str) -> Iterator[Piece]:
        """What the value has beyond the text shown, so that the pieces make up the value."""
        if value.startswith(self._before):
            yield from self._emit(value[len(self._before) :])
        else:
            self._before = ""
            yield from self._take_back()
            yield from self._emit(value)

    def _emit(self, current: str) -> Iterator[Piece]:
        if not current.startswith(self._shown):
            yield from self._take_back()
        if new := current[len(self._shown) :]:
            self._shown = current
            yield Piece(new, self._attempt)

    def _take_back(self) -> Iterator[Piece]:
        if self._before or self._shown:
            self._attempt += 1
        self._shown = ""
        if self._before:
            yield Piece(self._before, self._attempt)
