"""
How fast a backend is here: a few shapes of work, each done a few times, within a few seconds.

A shape is done twice over, once with answers of one token and once with longer ones: the one
shows how long the input takes, the difference how long a token of the output does. Small shapes
come first; a larger one is begun only if what is known predicts that there is time for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from statistics import fmean, median
from typing import Final, Protocol, TypeAlias

from ..backend import Backend, BackendSpec
from ..decide.evidence import Evidence, Timing
from ..decide.predict import predict
from ..errors import OutOfTime
from ..exchange import Signal
from .fingerprint import fingerprint
from .memory import Growth
from .rates import rates
from .workload import Workload, asked

__all__ = ["SECONDS", "Subject", "measure"]

SECONDS: Final = 5.0
LENGTHS: Final = (32, 128, 512, 2048)
LARGEST_BATCH: Final = 16
REPEATS: Final = 7
FEW: Final = 4
MANY: Final = 48
"""Fewest and most tokens that an answer is to have."""

SHARE: Final = 0.05
"""Of the time, for one such answer."""

GRACE: Final = 4.0
"""Times the seconds that were allowed: then even a call that was thought to fit is stopped."""


@dataclass(frozen=True)
class Subject:
    """Who is measured, doing the first of the tasks that it can do."""

    backend: str
    model: str | None
    tasks: tuple[str, ...]


def measure(
    subject: Subject,
    openers: Openers,
    *,
    seconds: float = SECONDS,
    said: Callable[[str], object] = len,
) -> Evidence:
    """
    Evidence, taken in about so many `seconds` once the model is loaded.

    `said` is told what is being done. Raises what the backend raises, Unsupported for a task
    it cannot do or no text can be drawn for, OutOfTime for a backend that is far too slow.
    Load time and memory are those of a model that this process has not loaded before.
    """
    spec = openers.spec(subject.backend)
    with Growth() as growth:
        said("loading")
        begin = time.perf_counter()
        backend = openers.open(subject.backend, subject.model)
        backend.warm()
        load = time.perf_counter() - begin
        said("warming up")
        try:
            workload = Workload.of(subject.tasks, backend, _deadline(seconds))
            timings = (*Bench(workload, seconds, said).timings(),)
        except OutOfTime as error:
            raise OutOfTime(
                f"{subject.backend} did not end the least work in {GRACE * seconds:g} s",
                limit="total",
                hint="allow more seconds, or take a smaller model",
            ) from error
    return Evidence(
        subject.backend,
        subject.model,
        workload.task.name,
        load,
        *rates(timings),
        timings,
        growth.peak,
        datetime.now(UTC),
        str(fingerprint(spec.extra)),
    )


class Openers(Protocol):
    """Who knows backends by name and opens them: a Registry."""

    def spec(self, name: str) -> BackendSpec: ...

    def open(self, name: str, model: str | None = None) -> Backend: ...


@dataclass(frozen=True)
class _Run:
    """Seconds of one call; tokens of one input and of one answer, on average."""

    seconds: float
    read: float
    written: float


Shape: TypeAlias = tuple[int, int]
"""Tokens of an input, and inputs of a batch."""

Pairs: TypeAlias = list[tuple[_Run, _Run]]
"""Calls for one token and for more, one after the other: what drifts, drifts for both alike."""


@dataclass
class Bench:
    """Takes the time of one workload: every shape in turn, then all of them again."""

    workload: Workload
    seconds: float
    said: Callable[[str], object]
    _seeds: Iterator[int] = field(default_factory=count, init=False)
    _taken: dict[Shape, Pairs] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._begin = time.monotonic()
        self._signal = _deadline(self.seconds)

    def timings(self) -> Sequence[Timing]:
        """At least one; raises OutOfTime if there was no time for one."""
        try:
            self._take()
        except OutOfTime:
            if not self._taken:
                raise
        return self._found()

    def _take(self) -> None:
        shapes = self._shapes()
        most = self._most(shapes[0])
        for shape in [*shapes] * REPEATS:
            if not self._taken or self._fits(shape, most):
                self._tell(*shape)
                pair = self._timed(shape, 1), self._timed(shape, most)
                self._taken.setdefault(shape, []).append(pair)

    def _found(self) -> Sequence[Timing]:
        return [_timing(batch, pairs) for (_, batch), pairs in self._taken.items()]

    def _tell(self, tokens: int, batch: int) -> None:
        self.said(f"{tokens:,} tokens" + (f" x {batch}" if batch > 1 else ""))

    def _shapes(self) -> Sequence[Shape]:
        """The least work first."""
        longest = min(self.workload.longest or max(LENGTHS), max(LENGTHS))
        shorter = [length for length in LENGTHS if 2 * length <= longest]
        lengths = [*(shorter or [max(1, longest // 4)]), longest]
        batch = min(LARGEST_BATCH, self.workload.backend.capabilities.batch)
        shapes = {(length, width) for length in lengths for width in (1, batch)}
        return sorted(shapes, key=lambda shape: (shape[0] * shape[1], shape))

    def _most(self, shape: Shape) -> int:
        """Tokens of an answer that a small part of the time allows."""
        first, whole = (self._quicker(shape, most) for most in (1, FEW))
        step = max(1e-6, (whole.seconds - first.seconds) / max(1.0, whole.written - 1))
        return max(FEW, min(MANY, int(SHARE * self.seconds / step)))

    def _quicker(self, shape: Shape, most: int) -> _Run:
        """Of two: what is done for the first time takes longer."""
        return min((self._timed(shape, most) for _ in range(2)), key=lambda run: run.seconds)

    def _fits(self, shape: Shape, most: int) -> bool:
        """Whether the time that is left is enough, as far as can be told by now."""
        found = self._found()
        so_far = Evidence("", None, "", 0.0, *rates(found), (*found,))
        expected = predict(so_far, shape[0], most, shape[1])
        left = self._begin + self.seconds - time.monotonic()
        return expected.first_piece + expected.total < left

    def _timed(self, shape: Shape, most: int) -> _Run:
        tokens, batch = shape
        work, seeds = self.workload, [next(self._seeds) for _ in range(batch)]
        requests = [work.request(tokens, most, seed, self._signal) for seed in seeds]
        begin = time.perf_counter()
        answers = asked(work.backend, requests)
        seconds = time.perf_counter() - begin
        read = fmean(work.count(request.text) for request in requests)
        return _Run(seconds, read, fmean(map(work.written, answers)))


def _timing(batch: int, pairs: Pairs) -> Timing:
    """Medians; where more may be written and is not, it comes in one piece: both kinds are one."""
    firsts, wholes = zip(*pairs, strict=True)
    read = round(fmean(run.read for run in wholes))
    least, written = (round(fmean(run.written for run in runs)) for runs in (firsts, wholes))
    if written <= least:
        firsts = wholes = (*firsts, *wholes)
    first, whole = (median(run.seconds for run in runs) for runs in (firsts, wholes))
    return Timing(read, written, batch, first, max(first, whole))


def _deadline(seconds: float) -> Signal:
    return Signal(time.monotonic() + GRACE * seconds)
