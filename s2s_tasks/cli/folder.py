"""A file for each input, in a folder: `out/talk.srt` for `talk.mp3`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ..exchange import Result
from .ending import complain
from .inputs import Input
from .many import Outcome
from .one import remark
from .options import Run
from .output import opened
from .report import dumps, report
from .settings import AnyTask
from .shown import shown, speaks
from .terminal import note, write

__all__ = ["Files", "is_folder"]

NAMELESS: Mapping[str, str] = {"-": "stdin", "--text": "text"}


def is_folder(path: str | None) -> bool:
    """Whether an output is meant as a folder: it is one, or its name ends like one."""
    return path is not None and (path.endswith(("/", os.sep)) or Path(path).is_dir())


class Files:
    """
    Writes values under the names of their inputs; what there is to say of them is said at the end.

    Raises UsageError before any work if two inputs would get one file, or there is no
    folder to be made.
    """

    def __init__(self, folder: str, inputs: Sequence[Input], task: AnyTask, run: Run) -> None:
        self._task, self._run = type(task), run
        self._paths = _planned(Path(folder), inputs, _ending(self._task, run))
        self._to_tell: list[tuple[str, Outcome]] = []
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise click.UsageError(f"cannot write to {folder!r}: {error.strerror}") from error

    def take(self, name: str, outcome: Outcome) -> None:
        """Write what came of the input called `name`."""
        if not isinstance(outcome, Result) or not outcome.ok:
            self._to_tell.append((name, outcome))
            return
        with opened(str(self._paths[name]), keep=False) as file:
            write(self._text(outcome, name), file)
        if self._run.verbose or outcome.warnings or not outcome.coverage.complete:
            self._to_tell.append((name, outcome))

    def close(self) -> None:
        """Tell what is not as asked, now that no progress bar is in the way."""
        for name, outcome in self._to_tell:
            note(f"{name}:")
            error = outcome.error if isinstance(outcome, Result) else outcome
            if error is not None:
                complain(error)
            elif isinstance(outcome, Result):
                remark(outcome, verbose=self._run.verbose)

    def _text(self, result: Result[object], name: str) -> str:
        if self._run.json:
            return f"{dumps(report(result, name), indent=2)}\n"
        return shown(result.value, self._task, self._run, pretty=True)


def _ending(task: type[AnyTask], run: Run) -> str:
    if run.format and run.format != "text":
        return run.format
    return "json" if run.json or not speaks(task) else "txt"


def _planned(folder: Path, inputs: Sequence[Input], ending: str) -> dict[str, Path]:
    """The file of each input, by its name; the folders that inputs lie in are left out."""
    paths: dict[str, Path] = {}
    owners: dict[str, str] = {}
    for item in inputs:
        stem = NAMELESS.get(item.name) or Path(item.name).stem
        path = folder / f"{stem}.{ending}"
        if (other := owners.setdefault(path.name.casefold(), item.name)) != item.name:
            raise click.UsageError(f"{other!r} and {item.name!r} would both be written to {path}")
        if path.exists() and Path(item.name).exists() and path.samefile(item.name):
            raise click.UsageError(f"{item.name!r} would be overwritten by its own {ending}")
        paths[item.name] = path
    return paths
