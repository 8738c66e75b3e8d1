"""Progress bars on standard error, for somebody who is watching and sees nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ..client import Tasks
from ..exchange import Media, Modality, Result
from .settings import AnyTask
from .terminal import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["heard", "watched"]

Step = Callable[[bool], None]


@contextmanager
def watched(total: int | None, out: TextIO | None = None) -> Iterator[Step]:
    """
    A function to call after each item, with whether it went well.

    `out` is where data goes meanwhile: in a terminal, that is progress enough.
    """
    if not _unseen(out):
        yield lambda _: None
        return
    from rich.progress import MofNCompleteColumn, TextColumn  # rich is loaded only to draw

    with _bar(MofNCompleteColumn(), TextColumn("{task.fields[bad]}")) as bar:
        task = bar.add_task("", total=total, bad="")
        failed = 0

        def step(ok: bool) -> None:
            nonlocal failed
            failed += not ok
            bar.update(task, advance=1, bad=f"{failed} failed" if failed else "")

        yield step


def heard(client: Tasks, task: AnyTask, value: object, out: TextIO) -> Result[object]:
    """The result of one value; of a recording, with a bar that tells how far it was heard."""
    recorded = isinstance(value, Media) and value.modality is Modality.AUDIO
    if not recorded or not _unseen(out):
        return client.run(task, value)
    from rich.progress import TextColumn

    with (
        _bar(TextColumn("{task.fields[clock]}")) as bar,
        client.stream(task, value) as stream,
    ):
        shown = bar.add_task("", total=None, clock="")
        for piece in stream:
            if isinstance(piece.value, dict):
                _move(bar, shown, piece.value)
        return stream.result


def _move(bar: Progress, shown: TaskID, said: dict[str, object]) -> None:
    """To where the recording is heard, in seconds; nowhere if the backend does not say."""
    done, total = said.get("heard"), said.get("duration")
    if isinstance(done, int | float):
        whole = total if isinstance(total, int | float) and total > 0 else None
        clock = _clock(done) + (f" of {_clock(whole)}" if whole else "")
        bar.update(shown, completed=done, total=whole, clock=clock)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _unseen(out: TextIO | None) -> bool:
    return is_terminal(sys.stderr) and not is_terminal(out)


def _bar(*columns: object) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TimeRemainingColumn

    # Data must not pass through the bar's console, which is standard error.
    return Progress(
        BarColumn(),
        *columns,  # type: ignore[arg-type]  # columns of rich, which is not loaded above
        TimeRemainingColumn(),
        console=Console(stderr=True),
        redirect_stdout=False,
        redirect_stderr=False,
        transient=True,
    )
