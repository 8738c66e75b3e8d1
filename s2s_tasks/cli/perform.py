"""From a task and the options of a command to its work."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

import click

from ..client import Tasks
from ..errors import S2SError, Unsupported
from ..registry import Registry
from .availability import idle_plugins
from .folder import Files, is_folder
from .inputs import Input, inputs_of, lines_of, reads
from .many import lines, many
from .one import at_once, explained, settling
from .options import Run, client
from .output import opened
from .progress import watched
from .report import dumps, report_of_error
from .samples import sample_of
from .settings import AnyTask, created, settings_of, values_of
from .shown import has_text, implied, with_lines
from .terminal import is_terminal, write

__all__ = ["perform"]


def perform(registry: Registry, task: type[AnyTask], params: Mapping[str, object]) -> int:
    """Do what the command asks; the exit code. With --json, an error is an object too."""
    run, arguments = Run.of(params), _arguments(params)
    if run.width is not None and run.format not in (forms := with_lines(task)):
        raise click.UsageError(f"--width is for --format {' or '.join(forms)}")
    try:
        made = created(task, _implied(task, run) | values_of(task, params))
        return _performed(client(registry, params), made, arguments, run)
    except S2SError as error:
        if isinstance(error, Unsupported) and (idle := idle_plugins(registry.plugins)):
            error.hint = idle
        if run.json:
            write(dumps(report_of_error(error, arguments[0] if arguments else "-")) + "\n")
        raise


def _performed(who: Tasks, task: AnyTask, arguments: Sequence[str], run: Run) -> int:
    if run.explain:
        value = _to_explain(task, arguments, run)
        with opened(run.output, keep=False) as out:
            return explained(who.explain(task, value), run, out)
    inputs = inputs_of(arguments, run.text, reads(task))
    if run.output is not None and is_folder(run.output):
        return _to_folder(who, task, inputs, run, run.output)
    several = run.lines or len(inputs) > 1
    with opened(run.output, keep=several) as out:
        if not several:
            do = settling if _streams(task, run, out) else at_once
            return do(who, task, inputs[0], run, out)
        if run.stream or run.format:
            raise click.UsageError(_only_one("--stream" if run.stream else "--format"))
        items, total = (lines_of(inputs), None) if run.lines else (inputs, len(inputs))
        with watched(total, out) as step:
            return many(who, task, items, lines(out), step)


def _to_folder(who: Tasks, task: AnyTask, inputs: list[Input], run: Run, folder: str) -> int:
    if run.stream or run.lines:
        raise click.UsageError(
            f"{'--stream' if run.stream else '--lines'} and a folder exclude each other"
        )
    files = Files(folder, inputs, task, run)
    try:
        with watched(len(inputs)) as step:
            return many(who, task, inputs, files.take, step)
    finally:
        files.close()


def _only_one(option: str) -> str:
    return f"{option} is for one input; several give JSON Lines, or files with -o FOLDER/"


def _streams(task: AnyTask, run: Run, out: TextIO) -> bool:
    """On request; by itself in a terminal, where text is the value and nothing else is asked."""
    if run.stream is not None:
        return run.stream
    return is_terminal(out) and has_text(type(task)) and not run.json and not run.format


def _to_explain(task: AnyTask, arguments: Sequence[str], run: Run) -> object:
    """The first input; a sample if there is none."""
    nothing = not arguments and run.text is None
    if nothing and (sys.stdin is None or is_terminal(sys.stdin)):
        return sample_of(task)
    inputs: Sequence[Input] = inputs_of(arguments, run.text, reads(task))
    value = inputs[0].read()
    return sample_of(task) if nothing and not value else value


def _implied(task: type[AnyTask], run: Run) -> dict[str, object]:
    known = {setting.name for setting in settings_of(task)}
    return {name: value for name, value in implied(run).items() if name in known}


def _arguments(params: Mapping[str, object]) -> list[str]:
    found = params.get("inputs")
    return [str(argument) for argument in found] if isinstance(found, tuple) else []
