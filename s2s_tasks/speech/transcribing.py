"""
A speech model as a backend, whatever kind it is.

Recordings are read while they are heard, and hardly ahead, so hours of sound need no more memory
than minutes. Windows of all requests of a call share batches: many short recordings are as fast
as a long one. The first batch is small, that of a stream one window, which is short; from then
on they double.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeAlias

from ..backend import Backend, Capabilities, Misfit, Outcome
from ..checkpoint.fork import ForkGuard
from ..checkpoint.notes import notes_of
from ..errors import BackendError, S2SError
from ..exchange import Completion, Modality, Request, Spoken
from .listener import Listener, Said
from .reel import Cutter, Reel
from .sitting import Sitting
from .window import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..checkpoint.folder import Checkpoint
    from .window import Samples

__all__ = ["Transcribing"]

ARCHITECTURE: Final = "speech-encoder-decoder"

FIRST: Final = 4
"""Windows of the first batch: the model need not wait until more of them are read."""

AHEAD: Final = 2
"""Batches of recordings that are open at once: one is heard, and the next is read."""

LEAST: Final = 2
"""Windows of a recording that may wait: with room for one more, a short one is read to its end."""

READERS: Final = 2
"""Threads that read."""


def _where_somebody_speaks(listener: Listener) -> Cutter:
    def cut(sound: Iterable[Samples], most: float) -> Iterator[Window]:
        from .windows import windows

        return windows(sound, most=most, dense=listener.dense)

    return cut


class Transcribing(Backend):
    """
    `cutter`: what makes windows of sound, by default those in which somebody speaks.

    Raises ForkedAfterLoad where it is used in a fork of the process that opened it.
    """

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        listener: Listener,
        *,
        cutter: Cutter | None = None,
    ) -> None:
        self.name = name
        self.model = checkpoint.name
        self.listener = listener
        self._notes = notes_of(checkpoint)
        self._cutter = cutter or _where_somebody_speaks(listener)
        self._fork = ForkGuard()
        self.capabilities = Capabilities(
            architecture=ARCHITECTURE,
            accepts=frozenset({Modality.AUDIO}),
            tasks=frozenset({"transcribe"}),
            params=listener.params,
            reads_words=False,
            languages=listener.languages,
            strategies=listener.strategies,
            streams=True,
            concurrency=listener.concurrency,
            batch=listener.batch,
        )

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        self._fork.check()
        table = _Table(self.listener)
        waiting = deque(enumerate(requests))
        most = self.listener.batch
        size, depth = min(FIRST, most), max(LEAST, most // max(1, len(requests)))
        try:
            while waiting or table.sittings:
                while waiting and len(table.sittings) < AHEAD * most:
                    table.seat(*waiting.popleft(), self._cutter, depth)
                table.hear(size)
                size = min(2 * size, most)
                for sitting, error in table.ended():
                    yield sitting.number, self._outcome(sitting, error)
        finally:
            table.close()

    def stream(self, request: Request) -> Iterator[str | Completion]:
        self._fork.check()
        table = _Table(self.listener)
        table.seat(0, request, self._cutter, max(LEAST, self.listener.batch))
        size = 1
        try:
            while table.sittings:
                yield from table.hear(size)
                size = min(2 * size, self.listener.batch)
                for sitting, error in table.ended():
                    if error is not None:
                        raise error
                    yield sitting.completion(self.model, self._notes)
        finally:
            table.close()

    def _outcome(self, sitting: Sitting, error: S2SError | None) -> Outcome:
        if error is None:
            return sitting.completion(self.model, self._notes)
        return _failed(error)

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = self.capabilities.misfits(request, local_only=local_only)
        if not found and len(request.parts) != 1:
            return (Misfit("input", "hears one recording at a time"),)
        return found or self.listener.misfits(request)

    def warm(self) -> None:
        self._fork.check()
        self.listener.warm()

    def close(self) -> None:
        self.listener.close()


Seat: TypeAlias = tuple[Sitting, Window]


class _Table:
    """The recordings that are heard together."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="s2s-reader")
        self.sittings: list[Sitting] = []
        self._ended: list[tuple[Sitting, S2SError | None]] = []

    def seat(self, number: int, request: Request, cutter: Cutter, depth: int) -> None:
        """Begin with one more recording."""
        [media] = request.media
        reel = Reel(
            media,
            request.signal,
            self._listener.seconds,
            cutter,
            executor=self._readers,
            depth=depth,
        )
        sitting = Sitting(number, request, reel)
        sitting.begin()
        self.sittings.append(sitting)

    def hear(self, most: int) -> list[Spoken]:
        """Take up to so many windows in turn from all, hear them, and give what is said."""
        heard = self._heard(self._gathered(most))
        spoken = [piece for seat, window, said in heard for piece in seat.take(window, said)]
        for sitting in [sitting for sitting in self.sittings if sitting.over]:
            self._end(sitting, None)
        return spoken

    def ended(self) -> Iterator[tuple[Sitting, S2SError | None]]:
        """Those that came to their end, or failed with an error, since this was asked last."""
        ended, self._ended = self._ended, []
        for sitting, error in ended:
            sitting.close()
            yield sitting, error

    def close(self) -> None:
        for sitting in self.sittings:
            sitting.close()
        self._readers.shutdown()

    def _gathered(self, most: int) -> list[Seat]:
        batch: list[Seat] = []
        while able := [one for one in self.sittings if not (one.waits or one.over)]:
            for sitting in able:
                if len(batch) == most:
                    return batch
                if window := self._next(sitting):
                    batch.append((sitting, window))
        return batch

    def _next(self, sitting: Sitting) -> Window | None:
        try:
            return sitting.next()
        except S2SError as error:
            self._end(sitting, error)
            return None

    def _heard(self, batch: Sequence[Seat]) -> list[tuple[Sitting, Window, Said]]:
        """Without windows of recordings that fail."""
        batch = [(sitting, window) for sitting, window in batch if sitting in self.sittings]
        if not batch:
            return []
        windows = [window for _, window in batch]
        recordings = [sitting.recording for sitting, _ in batch]
        try:
            found = self._listener.hear(windows, recordings)
        except S2SError as error:
            return self._heard_apart(batch, error)
        return [(*seat, said) for seat, said in zip(batch, found, strict=True)]

    def _heard_apart(
        self, batch: Sequence[Seat], error: S2SError
    ) -> list[tuple[Sitting, Window, Said]]:
        """After an error: without those who were asked to stop, else one recording at a time."""
        sittings = [*dict.fromkeys(sitting for sitting, _ in batch)]
        stopped = {sitting: stop for sitting in sittings if (stop := _stop(sitting))}
        for sitting, stop in stopped.items():
            self._end(sitting, stop)
        if stopped:
            return self._heard(batch)
        if len(sittings) == 1:
            self._end(sittings[0], error)
            return []
        alone = ([seat for seat in batch if seat[0] is sitting] for sitting in sittings)
        return [heard for seats in alone for heard in self._heard(seats)]

    def _end(self, sitting: Sitting, error: S2SError | None) -> None:
        self.sittings.remove(sitting)
        self._ended.append((sitting, error))


def _stop(sitting: Sitting) -> S2SError | None:
    try:
        sitting.recording.request.signal.check()
    except S2SError as stop:
        return stop
    return None


def _failed(error: S2SError) -> BackendError:
    return error  # type: ignore[return-value]  # the engine room takes any S2SError of a request
