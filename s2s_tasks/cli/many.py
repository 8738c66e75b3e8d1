"""Several inputs: a line of JSON for each, in their order, written as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from ..client import Tasks
from ..errors import S2SError
from ..exchange import Result
from ..schema import Json
from .exits import FAILED, OK
from .inputs import Input
from .progress import watched
from .report import dumps, report, report_of_error
from .settings import AnyTask
from .terminal import write

__all__ = ["many"]


def many(
    client: Tasks, task: AnyTask, inputs: Iterable[Input], total: int | None, out: TextIO
) -> int:
    """Run them all. An input that fails is a line with an error; the exit code tells."""
    with watched(total, out) as step:
        ledger = _Ledger(out, step)
        for result in client.map(task, ledger.values(inputs)):
            ledger.done(result)
        ledger.flush()
    return FAILED if ledger.failed else OK


class _Ledger:
    """
    Keeps results in the order of the inputs, those among them that could not be read.

    An unreadable input is no value of the map. It waits here until the results of the
    inputs before it are written.
    """

    def __init__(self, out: TextIO, step: Callable[[bool], None]) -> None:
        self._out, self._step = out, step
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
        """Write the next result, and what could not be read right after it."""
        name, _ = self._open.popleft()
        self._line(report(result, name), ok=result.ok)
        self.flush()

    def flush(self) -> None:
        """Write what could not be read and waits for nothing."""
        while self._open and (error := self._open[0][1]) is not None:
            self._line(report_of_error(error, self._open.popleft()[0]), ok=False)

    def _line(self, said: dict[str, Json], *, ok: bool) -> None:
        self.failed = self.failed or not ok
        write(f"{dumps(said)}\n", self._out)
        self._step(ok)
