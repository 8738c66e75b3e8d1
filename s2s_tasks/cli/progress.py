"""A progress bar on standard error, for somebody who is watching and sees nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from .terminal import is_terminal

__all__ = ["watched"]

Step = Callable[[bool], None]


@contextmanager
def watched(total: int | None, out: TextIO) -> Iterator[Step]:
    """A function to call after each item, with whether it went well."""
    if not is_terminal(sys.stderr) or is_terminal(out):
        yield lambda _: None
        return
    from rich.console import Console  # rich is loaded only to draw
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    # Data must not pass through the bar's console, which is standard error.
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[bad]}"), Remaining())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, redirect_stdout=False, redirect_stderr=False, transient=True
    ) as bar:
        task = bar.add_task("", total=total, bad="")
        failed = 0

        def step(ok: bool) -> None:
            nonlocal failed
            failed += not ok
            bar.update(task, advance=1, bad=f"{failed} failed" if failed else "")

        yield step
