"""A backend that records what another one answers, and replays it without asking again."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from ..backend import Backend
from ..errors import BackendError, BadSetting, NotConfigured
from ..exchange import Completion, Finish, Piece, Speech, Spoken
from .identity import describe, fingerprint
from .tape import Count, Take, Tape, Voice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal
    from os import PathLike

    from ..backend import Misfit, Outcome
    from ..exchange import Request

__all__ = ["Mode", "Recorded"]

Mode: TypeAlias = Literal["auto", "replay", "record"]


class Recorded(Backend):
    """
    Wraps `backend` and keeps its answers in the file at `path`.

    "auto" asks only what is not recorded yet, "replay" asks nothing, "record" asks all
    again. Without a backend all is replayed, in the name of the one that was recorded.
    A request is known by all that can change its answer and by the model: see
    `fingerprint`. Neither failures nor broken streams nor `raw` answers are recorded.

    In replay, a request that is not recorded fails with a BackendError that says in what it
    differs from the nearest one. Raises NotConfigured if there is nothing to replay, and
    BackendError for a file that is not a recording.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from s2s_tasks.exchange import Request
    >>> from s2s_tasks.testing import Scripted
    >>> path, asked = Path(mkdtemp(), "answers.jsonl"), Request("translate", ("Hello",))
    >>> real = Recorded(Scripted("Hallo"), path)
    >>> [answer.partial for _, answer in real.complete([asked])]
    ['Hallo']
    >>> [answer.partial for _, answer in Recorded(None, path).complete([asked])]
    ['Hallo']
    """

    def __init__(
        self, backend: Backend | None, path: str | PathLike[str], mode: Mode = "auto"
    ) -> None:
        if mode not in get_args(Mode):
            raise BadSetting(f"mode={mode!r} is not one of {', '.join(get_args(Mode))}")
        if mode == "record" and backend is None:
            raise BadSetting("mode='record' needs a backend to ask")
        self.backend, self.mode, self.tape = backend, mode, Tape(Path(path))
        if backend is not None:
            self.name, self.model = backend.name, backend.model
            self.capabilities = backend.capabilities
        else:
            self._speak_for(self.tape.voice)

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        """What is recorded comes first; the rest is asked in one call."""
        unknown: list[int] = []
        for index, request in enumerate(requests):
            if take := self._find(request):
                request.signal.check()
                yield index, take.completion
            else:
                unknown.append(index)
        if unknown:
            yield from self._asked(unknown, [requests[index] for index in unknown])

    def stream(self, request: Request) -> Iterator[str | Completion]:
        """In the pieces of the first time; in one if it was not streamed then."""
        if take := self._find(request):
            for piece in _pieces(take):
                request.signal.check()
                yield piece
            yield take.completion
        elif backend := self._asking():
            yield from self._streamed(backend, request)
        else:
            raise self._unknown(request)

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Those of the backend itself, or by its recorded capabilities."""
        teller = self.backend.misfits if self.backend else super().misfits
        return teller(request, local_only=local_only)

    def count_tokens(self, text: str) -> int:
        """By the backend, and recorded if it has a limit of context: requests depend on it."""
        if self.backend is None:
            counted = self.tape.counts.get(_digest(text))
            return super().count_tokens(text) if counted is None else counted
        tokens = self.backend.count_tokens(text)
        if self.mode != "replay" and self.capabilities.context is not None:
            self._add(Count(_digest(text), tokens))
        return tokens

    def price(self, request: Request) -> Decimal | None:
        """What it cost when it was recorded."""
        if take := self._find(request):
            return take.completion.cost
        return self.backend.price(request) if self.backend else super().price(request)

    def repairs(self, allowed: int) -> int:
        """As many as the backend's."""
        return self.backend.repairs(allowed) if self.backend else super().repairs(allowed)

    def warm(self) -> None:
        """Only where everything will be asked."""
        if self.backend and self.mode == "record":
            self.backend.warm()

    def close(self) -> None:
        """Close the backend; the file is never held open."""
        if self.backend:
            self.backend.close()

    def _speak_for(self, voice: Voice | None) -> None:
        if voice is None:
            raise NotConfigured(
                f"there is no recording at {self.tape.path}",
                hint="record one with Recorded(backend, path), then commit the file",
            )
        self.name, self.model, self.capabilities = voice.backend, voice.model, voice.able()

    def _asking(self) -> Backend | None:
        return None if self.mode == "replay" else self.backend

    def _key(self, request: Request) -> str:
        return fingerprint(describe(request), self.model)

    def _find(self, request: Request) -> Take | None:
        return None if self.mode == "record" else self.tape.takes.get(self._key(request))

    def _asked(
        self, places: Sequence[int], requests: Sequence[Request]
    ) -> Iterator[tuple[int, Outcome]]:
        if backend := self._asking():
            for index, answer in backend.complete(requests):
                self._record(requests[index], answer, ())
                yield places[index], answer
        else:
            for place, request in zip(places, requests, strict=True):
                yield place, self._unknown(request)

    def _streamed(self, backend: Backend, request: Request) -> Iterator[str | Completion]:
        pieces: list[str] = []
        for item in backend.stream(request):
            if isinstance(item, Completion):
                self._record(request, item, pieces)
            else:
                pieces.append(item)
            yield item

    def _record(self, request: Request, answer: Outcome, pieces: Sequence[str]) -> None:
        if isinstance(answer, Completion) and answer.finish is not Finish.BROKEN:
            described = describe(request)
            key = fingerprint(described, self.model)
            said = replace(answer, raw=None)
            self._add(Take(key, self.model, described, said, tuple(map(_plain, pieces))))

    def _add(self, line: Take | Count) -> None:
        if self.tape.voice is None:
            self.tape.add(Voice.of(self))
        self.tape.add(line)

    def _unknown(self, request: Request) -> BackendError:
        return BackendError(
            f"{self.tape.path} has no recording of this request to {request.task}"
            + self._nearest(describe(request)),
            hint='record it with a real backend: Recorded(backend, path, mode="auto")',
        )

    def _nearest(self, asked: dict[str, object]) -> str:
        differences = [
            [part for part in {**asked, **said} if asked.get(part) != said.get(part)]
            + ["model"] * (take.model != self.model)
            for take in self.tape.takes.values()
            if (said := take.request).get("task") == asked["task"]
        ]
        nearest = min(differences, key=len, default=[])
        return f"; the nearest differs in {', '.join(nearest)}" if nearest else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _pieces(take: Take) -> Iterator[str]:
    if isinstance(take.completion.output, Speech):
        yield from Spoken.each_of(take.completion.output)
        return
    for piece in take.pieces or [take.completion.partial]:
        if piece:
            yield Piece(piece) if isinstance(piece, str) else Piece(piece[1], piece[0])


def _plain(piece: str) -> str | tuple[int, str]:
    attempt = getattr(piece, "attempt", 0)
    return (attempt, str(piece)) if attempt else str(piece)
