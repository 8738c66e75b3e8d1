"""What a plugin's author tells the contract, and how its claims put their questions."""

from __future__ import annotations

import contextlib
import math
import threading
from typing import TYPE_CHECKING, ClassVar, TypeVar

from ...errors import S2SError
from ...exchange import Completion, Request, Scores, Vector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ...backend import Backend, BackendSpec, Outcome
    from ...exchange import Output

__all__ = ["Subject", "answers", "attempt", "drained", "within"]

T = TypeVar("T")

TEXTS = (
    "The river rose all night. By morning the lower bridge was closed, and the school with it.",
    "Nobody had asked the miller. He had seen the water mark on his door, and kept silent.",
    "Rain is expected until Friday. After that the wind turns to the east, and it will be dry.",
)


class Subject:
    """The backend under test. Override `make_backend`, and what else does not fit yours."""

    plugin_module: ClassVar[str] = ""
    """The module with your `s2s_backends` hook; it is imported in a process of its own."""

    cancel_within: ClassVar[float] = 0.25
    """Seconds after which stopped work must have ended."""

    patience: ClassVar[float] = 60.0
    """Seconds after which anything counts as hanging."""

    limits_output: ClassVar[bool] = False
    """Whether your backend keeps to `max_tokens`. What it cuts must say so in any case."""

    def make_backend(self) -> Backend:
        """A new backend, ready to answer. Each claim has its own: see `opened`."""
        raise NotImplementedError("return the Backend under test")

    def make_spec(self) -> BackendSpec | None:
        """The card that opens it; without one, the claims about cards are skipped."""
        return None

    def example_requests(self) -> Sequence[Request]:
        """At least two requests with different answers, all of which the backend can do."""
        with self.opened() as backend:
            task = min(backend.capabilities.tasks or {"summarize"})
        return [Request(task, (text,), instruction=f"{task} the text") for text in TEXTS]

    def long_request(self) -> Request | None:
        """One that takes a second or more, to be stopped halfway."""
        return None

    def same(self, one: Outcome, other: Outcome) -> bool:
        """Whether two answers to one request are alike; numbers may differ by a thousandth."""
        if not (isinstance(one, Completion) and isinstance(other, Completion)):
            return type(one) is type(other)
        return one.finish is other.finish and _close(one.output, other.output)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Backend]:
        """The backend of one claim, closed after it. Override it to share one that loads slowly."""
        backend = self.make_backend()
        try:
            yield backend
        finally:
            backend.close()


def answers(backend: Backend, requests: Sequence[Request]) -> list[Outcome]:
    """The outcomes in the order of the requests."""
    found = dict(backend.complete(requests))
    missing = [index for index in range(len(requests)) if index not in found]
    assert not missing, f"requests {missing} got no answer"
    return [found[index] for index in range(len(requests))]


def drained(stream: Iterator[str | Completion]) -> tuple[list[str], Completion]:
    """The pieces of the last attempt, and the completion."""
    *pieces, end = stream
    assert isinstance(end, Completion), f"a stream ended with {end!r:.80}, not its Completion"
    texts = [piece for piece in pieces if isinstance(piece, str)]
    last = max((getattr(piece, "attempt", 0) for piece in texts), default=0)
    return [piece for piece in texts if getattr(piece, "attempt", 0) == last], end


def attempt(work: Callable[[], T]) -> T | S2SError:
    """What the work returned, or the typed error that it raised."""
    try:
        return work()
    except S2SError as error:
        return error


def within(seconds: float, work: Callable[[], T]) -> T:
    """Do it on another thread, so that what hangs fails the claim and not the run."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again on the caller's thread
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"it did not end within {seconds:g} s"
    if failed:
        raise failed[0]
    return done[0]


def _close(one: Output, other: Output) -> bool:
    if isinstance(one, Scores) and isinstance(other, Scores):
        return _near_each(one.by_label, other.by_label)
    if isinstance(one, Vector) and isinstance(other, Vector):
        return _near_each(dict(enumerate(one.values)), dict(enumerate(other.values)))
    return one == other


def _near_each(one: Mapping[T, float], other: Mapping[T, float]) -> bool:
    return one.keys() == other.keys() and all(
        math.isclose(one[key], other[key], rel_tol=1e-3, abs_tol=1e-3) for key in one
    )
