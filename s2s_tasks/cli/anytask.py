"""`s2s run NAME`: any task by its name or as module:Class, settings as key=value."""

from __future__ import annotations

import click

from ..errors import UnknownName
from ..task import Task
from .command import TaskCommand, known_tasks, registry_of
from .kinds import Shape, imported
from .settings import AnyTask, settings_of

__all__ = ["command"]

DOC = """
Do any task: NAME is that of a task, or module:Class.

Settings are given by -s key=value; all other options are those of every task.

\b
s2s run translate letter.txt -s to=de
s2s run mytasks:Headline article.txt -s tone=dry --json
"""


def command() -> click.Command:
    """The command."""
    return click.Command(
        "run",
        callback=_run,
        params=[
            click.Argument(["name"]),
            click.Option(
                ["-s", "--setting", "settings"],
                multiple=True,
                metavar="KEY=VALUE",
                help="A setting of the task; lists and objects are JSON.",
            ),
            click.Argument(["rest"], nargs=-1, metavar="[FILE|GLOB|-]... [OPTIONS]"),
        ],
        help=DOC,
        short_help="Do any task, by its name or as module:Class.",
        context_settings={"ignore_unknown_options": True},
    )


def _run(*, name: str, settings: tuple[str, ...], rest: tuple[str, ...]) -> object:
    context = click.get_current_context()
    made = TaskCommand(_task(context, name))
    arguments = [*(word for pair in settings for word in _words(made, pair)), *rest]
    with made.make_context(f"run {name}", arguments, parent=context.parent) as inner:
        return made.invoke(inner)


def _task(context: click.Context, name: str) -> type[AnyTask]:
    known = known_tasks(registry_of(context))
    if found := known.get(name.replace("-", "_")):
        return found
    if ":" not in name:
        raise UnknownName.among("task", name, known)
    thing = imported(name, Shape())
    if not (isinstance(thing, type) and issubclass(thing, Task)):
        raise click.UsageError(f"{name} is no subclass of s2s_tasks.Task")
    return thing


def _words(made: TaskCommand, pair: str) -> list[str]:
    """The option of the task that says the same as `key=value`."""
    key, equals, value = pair.partition("=")
    options = {option.name: option for option in made.groups["Settings"]}
    option = options.get(f"set_{key.replace('-', '_')}")
    if not equals:
        raise click.UsageError(f"-s {pair!r} is not key=value")
    if option is None:
        raise UnknownName.among(
            "setting", key, [setting.name for setting in settings_of(made.task)]
        )
    if not option.is_bool_flag:
        return [f"{option.opts[-1]}={value}"]
    yes = click.BOOL.convert(value, option, None)
    return [option.opts[0] if yes else option.secondary_opts[0]]
