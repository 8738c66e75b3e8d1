"""What a reader of a stream is shown: only text that stands, and a clear break where it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..exchange import Piece, Request
from ..task import Draft


class Show:
    """
    Turns the raw text of one request after another into pieces.

    `draft` begins the task's word on how much of one answer stands. Within an attempt,
    pieces only ever append; text that must be taken back starts the next attempt, which
    begins with all that still stands.
    """

    def __init__(self, draft: Callable[[], Draft]) -> None:
        self._new = draft
        self._draft = draft()
        self._attempt = 0
        self._before = ""
        self._lead = ""
        self._shown = ""
        self._voice = 0

    def begin(self, request: Request) -> Iterator[Piece]:
        """The next request is streamed; one that carries a complaint replaces the last."""
        if request.earlier is None:
            self._before += self._shown
            self._shown = ""
        self._lead, self._draft, self._voice = request.lead or "", self._new(), 0
        if request.earlier is not None:
            yield from self._take_back()

    def more(self, text: str) -> Iterator[Piece]:
        """More raw text of the present request."""
        voice = getattr(text, "attempt", 0)
        if voice != self._voice:  # a wrapping backend has begun anew, with another model
            self._voice, self._draft = voice, self._new()
        self._draft.more(text)
        standing = self._draft.text
        yield from self._emit(self._lead + standing if standing else "")

    def rest(self, text: str) -> Iterator[Piece]:
        """What the text of the value has beyond what is shown, so that the pieces make it up."""
        self._draft = self._new()
        self._draft.whole(text)
        if text.startswith(self._before):
            yield from self._emit(text[len(self._before) :])
        else:
            self._before = ""
            yield from self._take_back()
            yield from self._emit(text)

    def _emit(self, current: str) -> Iterator[Piece]:
        if not current.startswith(self._shown):
            yield from self._take_back()
        if new := current[len(self._shown) :]:
            self._shown = current
            yield self._piece(new)

    def _take_back(self) -> Iterator[Piece]:
        if self._before or self._shown:
            self._attempt += 1
        self._shown = ""
        if self._before:
            yield Piece(self._before, self._attempt)

    def _piece(self, text: str) -> Piece:
        value = self._draft.value
        return Piece(text, self._attempt) if value is None else Piece(text, self._attempt, value)
