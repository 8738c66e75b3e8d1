"""The program `s2s`: its commands, each made only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import click

from .. import __version__
from ..catalog import BUILT_IN
from ..errors import UnknownName
from .availability import idle_plugins
from .command import HELP, TaskCommand, command_name, known_tasks, registry_of, what_it_does
from .ending import ended
from .exits import told

__all__ = ["Program", "program"]

ABOUT = """
Translate, summarize, caption, transcribe, extract: one call, any backend.

Text is read from files, globs or standard input. One input gives its value; several give
JSON Lines, one object each. Data goes to standard output, all else to standard error.
"""


def tools() -> Mapping[str, Callable[[], click.Command]]:
    """Commands beside those of the tasks."""
    from . import anytask, decide, doctor, listings, measure  # not needed to run a task

    return {
        "run": anytask.command,
        "decide": decide.command,
        "measure": measure.command,
        "tasks": listings.tasks_command,
        "backends": listings.backends_command,
        "plugins": listings.plugins_command,
        "doctor": doctor.command,
    }


class Program(click.Group):
    """Ends with a code of `exits`, and never with a traceback."""

    def main(  # it always exits, as click's own does by default
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: object,
    ) -> NoReturn:
        del standalone_mode
        name = prog_name or "s2s"
        self._main_shell_completion(extra, name, complete_var)
        sys.exit(ended(lambda: self._run([*(sys.argv[1:] if args is None else args)], name, extra)))

    def _run(self, args: list[str], name: str, extra: Mapping[str, object]) -> int:
        with self.make_context(name, args, **extra) as context:  # type: ignore[arg-type]
            code = self.invoke(context)
        return code if isinstance(code, int) else 0

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*map(command_name, known_tasks(registry_of(ctx))), *tools()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = cmd_name.replace("-", "_")
        # A task of the catalog needs no plugin to be loaded before it is shown.
        for task in BUILT_IN:
            if task.name == name:
                return TaskCommand(task)
        if make := tools().get(cmd_name):
            return make()
        found = registry_of(ctx).tasks.get(name)
        return TaskCommand(found) if found else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if (command := self.get_command(ctx, name)) is None:
            raise self._unknown(ctx, name)
        return command.name, command, args[1:]

    def _unknown(self, ctx: click.Context, name: str) -> UnknownName | click.UsageError:
        if name.startswith("-"):
            return click.NoSuchOption(name, ctx=ctx)
        error = UnknownName.among("task or command", name, self.list_commands(ctx))
        error.hint = "; ".join(filter(None, (error.hint, idle_plugins(registry_of(ctx).plugins))))
        return error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        tasks = known_tasks(registry_of(ctx))
        with formatter.section("Tasks"):
            formatter.write_dl([(command_name(n), what_it_does(t)) for n, t in tasks.items()])
        with formatter.section("Commands"):
            formatter.write_dl([(name, make().short_help or "") for name, make in tools().items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Exit codes"):
            formatter.write_dl([*told()])
        with formatter.section("Environment"):
            formatter.write_dl(ENVIRONMENT)


ENVIRONMENT = (
    ("S2S_BACKEND, S2S_MODEL", "defaults of --backend and --model"),
    ("S2S_LOCAL_ONLY", "1: nothing leaves this machine"),
    ("S2S_PLUGINS", "plugins that may be loaded, between commas; none for none"),
    ("S2S_DEBUG", "1: show where an error was raised"),
)

program = click.version_option(__version__, "--version", message="%(prog)s %(version)s")(
    Program(
        "s2s",
        help=ABOUT,
        no_args_is_help=True,
        context_settings={"help_option_names": [*HELP], "max_content_width": 100},
        subcommand_metavar="TASK|COMMAND ...",
    )
)
