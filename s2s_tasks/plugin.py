"""
One plugin: where it comes from, whether it is in order, and if not, how to mend it.

Plugins are found by the metadata of installed distributions, without importing anything.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

import pluggy

from .errors import PluginError, S2SError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["Plugin", "State", "discover", "guarded", "mend"]

T = TypeVar("T")

GROUP = "s2s_tasks"
OURS = "s2s-tasks"
PATIENCE = 5.0
"""Seconds that one import or hook of a plugin may take before it is left behind."""


class State(StrEnum):
    """Whether a plugin takes part."""

    OK = "ok"
    BROKEN = "broken"
    CLASHES = "clashes"
    OFF = "off"


@dataclass(frozen=True)
class Plugin:
    """`problem` says what is wrong, `mend` what to do about it."""

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""
    state: State = State.OK
    problem: str = ""
    mend: str = ""

    @property
    def built_in(self) -> bool:
        return self.distribution == OURS


def discover() -> Iterator[tuple[Plugin, Callable[[], object]]]:
    """Installed plugins, ours first, each with the function that imports it."""
    from importlib.metadata import entry_points

    entries = list(entry_points(group=GROUP))
    times = Counter(entry.name for entry in entries)
    found = [(_described(entry), entry) for entry in entries]
    for plugin, entry in sorted(found, key=lambda pair: (not pair[0].built_in, pair[0].name)):
        rivals = times[plugin.name] > 1 and not plugin.built_in
        yield (_rival(plugin) if rivals else _allowed(plugin)), entry.load


def _described(entry: EntryPoint) -> Plugin:
    if entry.dist is None:
        return Plugin(entry.name, module=entry.value)
    return Plugin(entry.name, entry.dist.name, entry.dist.version, entry.value)


def _rival(plugin: Plugin) -> Plugin:
    return replace(
        plugin,
        name=f"{plugin.distribution}:{plugin.name}",
        state=State.CLASHES,
        problem=f"another distribution has a plugin called {plugin.name!r}",
        mend=f"uninstall one of them (this one: pip uninstall {plugin.distribution})",
    )


def _allowed(plugin: Plugin) -> Plugin:
    """S2S_PLUGINS: a comma-separated list of `name` or `distribution:name`, or `none`."""
    listed = os.environ.get("S2S_PLUGINS")
    if listed is None:
        return plugin
    names = {name.strip() for name in listed.split(",")}
    if names & {plugin.name, f"{plugin.distribution}:{plugin.name}"}:
        return plugin
    return replace(
        plugin,
        state=State.OFF,
        problem=f"not in S2S_PLUGINS={listed!r}",
        mend=f"add {plugin.name!r} to S2S_PLUGINS, or unset it",
    )


def guarded(call: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """
    The result of `call`, on a thread that can be left behind.

    Raises PluginError when it takes longer than `patience` seconds or tries to end the
    program, else what it raised.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name=f"s2s {what}", daemon=True)
    thread.start()
    thread.join(patience)
    for error in errors:
        if isinstance(error, Exception):
            raise error
        raise PluginError(
            f"the {what} raised {type(error).__name__}",
            hint="a plugin must not end the program: raise an ordinary error instead",
        ) from error
    if not results:
        raise PluginError(
            f"the {what} did not end within {patience:g} s",
            hint="import heavy libraries in the spec's `open`, and do no I/O in hooks",
        )
    return results[0]


def mend(error: BaseException) -> str:
    """What to do about a plugin that failed with `error`."""
    if isinstance(error, S2SError) and error.hint:
        return error.hint
    match error:
        case ModuleNotFoundError():
            return f"pip install {error.name}, or uninstall the plugin"
        case pluggy.PluginValidationError():
            return "correct the name or the arguments of the hook: see s2s_tasks.hooks"
        case _:
            return "report it to the plugin's author, or leave it out of S2S_PLUGINS"
