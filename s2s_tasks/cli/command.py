"""The command of a task, made from its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import click

from ..catalog import BUILT_IN
from ..exchange import Modality
from ..registry import Registry
from .options import output_options, run_options
from .perform import perform
from .samples import example, may_read_media, modalities
from .settings import AnyTask, settings_of
from .shown import formats_of, with_lines

__all__ = ["TaskCommand", "command_name", "known_tasks", "registry_of", "what_it_does"]

HELP = ("-h", "--help")


def registry_of(context: click.Context) -> Registry:
    """The registry given as the context's object, else that of all installed plugins."""
    root = context.find_root()
    if not isinstance(root.obj, Registry):
        root.obj = Registry.installed()
    return root.obj


def known_tasks(registry: Registry) -> Mapping[str, type[AnyTask]]:
    """The catalog, then what plugins add to it."""
    return {task.name: task for task in BUILT_IN} | dict(registry.tasks)


def command_name(task: str) -> str:
    """`fix-spelling` for the task `fix_spelling`."""
    return task.replace("_", "-")


def what_it_does(task: type[AnyTask]) -> str:
    """The first sentence of its docstring; nothing if a dataclass wrote that itself."""
    return _doc(task).split("\n\n")[0].replace("\n", " ")


def _doc(task: type[AnyTask]) -> str:
    doc = inspect.cleandoc(task.__doc__ or "")
    return "" if doc.startswith(f"{task.__name__}(") else doc


class TaskCommand(click.Command):
    """`s2s summarize`: settings of the task, options of the run, what goes in and comes out."""

    def __init__(self, task: type[AnyTask]) -> None:
        self.task = task
        run, output = run_options(), output_options(text=reads_text(task))
        if formats := formats_of(task):
            output.append(
                click.Option(["--format"], type=click.Choice(formats), help="Form of the value.")
            )
        if laid_out := with_lines(task):
            told = f"Most columns of a line, of {' or '.join(laid_out)}; 42 is usual."
            output.append(click.Option(["--width"], type=click.IntRange(1), help=told))
        taken = {name for option in (*run, *output) for name in option.opts} | {*HELP}
        settings = []
        for setting in settings_of(task):
            settings.append(setting.option(taken))
            taken.update(settings[-1].opts)
        self.groups = {"Settings": settings, "Input and output": output, "Who and how": run}
        super().__init__(
            command_name(task.name),
            params=[_inputs(), *settings, *output, *run],
            help=_doc(task),
            short_help=what_it_does(task),
        )

    def invoke(self, ctx: click.Context) -> int:
        return perform(registry_of(ctx), self.task, ctx.params)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        helped = [option for option in (self.get_help_option(ctx),) if option is not None]
        groups = {**self.groups, "Other": helped}
        for title, options in groups.items():
            records = [option.get_help_record(ctx) for option in options]
            if rows := [record for record in records if record is not None]:
                with formatter.section(title):
                    formatter.write_dl(rows, col_max=26)


def reads_text(task: type[AnyTask]) -> bool:
    """Whether a text may be given as it stands; it is no path."""
    if not may_read_media(task):
        return True
    made = example(task)
    return made is None or Modality.TEXT in modalities(made)


def _inputs() -> click.Argument:
    return click.Argument(["inputs"], nargs=-1, metavar="[FILE|GLOB|-]...")
