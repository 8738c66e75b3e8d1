"""Several inputs: each result in the order of its input, handed on as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeAlias

from ..client import Tasks
from ..errors import S2SError
from ..exchange import Result
from ..schema import Json
from .exits import FAILED, OK
from .inputs import Input
from .report import dumps, report, report_of_error
from .settings import AnyTask
from .terminal import write

__all__ = ["Outcome", "Sink", "lines", "many"]

Outcome: TypeAlias = Result[object] | S2SError
"""The result of an input, or why it could not even be read."""

Sink: TypeAlias = Callable[[str, Outcome], None]
"""Takes the name of an input and what came of it."""


def many(
    client: Tasks,
    task: AnyTask,
    inputs: Iterable[Input],
    sink: Sink,
    step: Callable[[bool], None],
) -> int:
    """Run them all, calling `step` after each; the exit code tells whether one failed."""
    ledger = _Ledger(sink, step)
    for result in client.map(task, ledger.values(inputs)):
        ledger.done(result)
    ledger.flush()
    return FAILED if ledger.failed else OK


def lines(out: TextIO) -> Sink:
    """A line of JSON for each."""

    def line(name: str, outcome: Outcome) -> None:
        write(f"{dumps(_said(name, outcome))}\n", out)

    return line


def _said(name: str, outcome: Outcome) -> dict[str, Json]:
    if isinstance(outcome, Result):
        return report(outcome, name)
    return report_of_error(outcome, name)


class _Ledger:
    """
    Keeps results in the order of the inputs, those among them that could not be read.

    An unreadable input is no value of the map. It waits here until the results of the
    inputs before it are written.
    """

    def __init__(self, sink: Sink, step: Callable[[bool], None]) -> None:
        self._sink, self._step = sink, step
        self._open: deque[tuple[str, S2SError | None]] = deque()
        self.failed = False

    def values(self, inputs: Iterable[Input]) -> Iterator[object]:
        """The values of those that can be read."""
        for item in inputs:
            try:
                value = item.read()
            except S2SError as error:
                self._open.append((item.name, error))
                self.flush()
                continue
            self._open.append((item.name, None))
            yield value

    def done(self, result: Result[object]) -> None:
        """Hand on the next result, and what could not be read right after it."""
        name, _ = self._open.popleft()
        self._hand_on(name, result, ok=result.ok)
        self.flush()

    def flush(self) -> None:
        """Hand on what could not be read and waits for nothing."""
        while self._open and (error := self._open[0][1]) is not None:
            self._hand_on(self._open.popleft()[0], error, ok=False)

    def _hand_on(self, name: str, outcome: Outcome, *, ok: bool) -> None:
        self.failed = self.failed or not ok
        self._sink(name, outcome)
        self._step(ok)
