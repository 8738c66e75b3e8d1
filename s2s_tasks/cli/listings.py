"""What there is: tasks, backends, plugins. Listing opens no backend and loads no library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import click

from ..backend import BackendSpec
from ..registry import Registry
from ..schema import Json
from .availability import install_line, why_not
from .command import command_name, known_tasks, registry_of, what_it_does
from .report import dumps
from .samples import example, modalities
from .settings import AnyTask
from .terminal import table, write

__all__ = ["backends_command", "plugins_command", "tasks_command"]

Row = Mapping[str, Json]
Rows = Callable[[Registry], Sequence[Row]]


def tasks_command() -> click.Command:
    """`s2s tasks`."""
    return listing("tasks", "List tasks and who can do them now.", tasks)


def backends_command() -> click.Command:
    """`s2s backends`."""
    return listing("backends", "List backends, and why some are not available.", backends)


def plugins_command() -> click.Command:
    """`s2s plugins`."""
    return listing("plugins", "List plugins and their state.", plugins)


def listing(name: str, doc: str, rows: Rows) -> click.Command:
    """A command that shows rows as a table, or as JSON."""

    def run(*, json: bool) -> int:
        show(rows(registry_of(click.get_current_context())), as_json=json)
        return 0

    option = click.Option(["--json", "json"], is_flag=True, help="As JSON.")
    return click.Command(name, callback=run, params=[option], help=doc, short_help=doc)


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """Lists become words between commas in the table; a list of none is a dash."""
    if as_json:
        write(dumps([dict(row) for row in rows], indent=2) + "\n")
    elif rows:
        table([*rows[0]], [[_cell(cell) for cell in row.values()] for row in rows])
    else:
        write("none\n")


def _cell(cell: Json) -> str:
    if isinstance(cell, list):
        return ", ".join(map(str, cell)) or "-"
    return "" if cell is None else str(cell)


def tasks(registry: Registry) -> Sequence[Row]:
    """Each task, with the backends that can do it now."""
    free = [spec for spec in registry.backends.values() if not why_not(spec)]
    return [
        {
            "task": command_name(name),
            "what it does": what_it_does(task),
            "who can do it now": [spec.name for spec in free if _can(spec, task)],
        }
        for name, task in known_tasks(registry).items()
    ]


def _can(spec: BackendSpec, task: type[AnyTask]) -> bool:
    """Whether it can do the task with some kind of input."""
    made = example(task)
    requests = modalities(made).values() if made else ()
    return any(not spec.capabilities.misfits(request) for request in requests)


def backends(registry: Registry) -> Sequence[Row]:
    """Each backend, with the reason why it cannot be used now, and what to do."""
    return [_backend(spec, registry) for spec in registry.backends.values()]


def _backend(spec: BackendSpec, registry: Registry) -> Row:
    can, missing = spec.capabilities, why_not(spec)
    install = missing and install_line(spec, registry.plugins)
    return {
        "backend": spec.name,
        "where": str(can.place),
        "architecture": can.architecture,
        "tasks": "any" if can.tasks is None else [*sorted(can.tasks)],
        "available": "; ".join(filter(None, (missing, install))) or "yes",
    }


def plugins(registry: Registry) -> Sequence[Row]:
    """Each plugin that is installed, whether it takes part or not."""
    return [
        {
            "plugin": plugin.name,
            "distribution": plugin.distribution,
            "version": plugin.version,
            "state": str(plugin.state),
            "problem": plugin.problem,
        }
        for plugin in registry.plugins
    ]
