"""
Finds plugins and answers: which tasks, which backends, which one is called X.

Entry points are listed by their metadata and loaded one by one, each under guard: whatever
a plugin does (raise, exit, hang, return nonsense) is noted beside its name for `s2s doctor`
and harms no other. Opening a backend is the only place where heavy libraries are imported.
A loaded plugin has the rights of the program: S2S_PLUGINS is the list of those that may be.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar

import pluggy

from . import decide, hooks
from .backend import Backend, BackendSpec
from .decide import Architecture, Book, Needs
from .errors import MissingExtra, PluginError, S2SError, UnknownName
from .exchange import Completed, Decision
from .offers import check_architecture, check_spec, check_task, listed, sure
from .plugin import Plugin, State, discover, guarded, mend
from .task import Task

__all__ = ["Registry"]

T = TypeVar("T")
AnyTask = Task[Any, Any]


@dataclass(frozen=True)
class _Offer:
    plugin: Plugin
    name: str
    thing: Any


class Registry:
    """
    A set of plugins. Holds no global state: a test makes one of the plugins it needs.

    >>> Registry().backends
    {}
    """

    def __init__(self, *plugins: object) -> None:
        self._pm = pluggy.PluginManager(hooks.PROJECT)
        self._pm.add_hookspecs(hooks)
        self._plugins: dict[str, Plugin] = {}
        self._opened: dict[tuple[str, str | None], Backend] = {}
        self._lock = threading.RLock()
        self._found: Callable[[], Iterable[tuple[Plugin, Callable[[], object]]]] = tuple
        for number, plugin in enumerate(plugins):
            name = getattr(plugin, "__name__", type(plugin).__name__)
            name = name if name not in self._plugins else f"{name}-{number}"
            self._add(Plugin(name), lambda plugin=plugin: plugin)  # type: ignore[misc]

    @classmethod
    def installed(cls) -> Registry:
        """Every plugin installed here that S2S_PLUGINS allows; looked for at the first question."""
        registry = cls()
        registry._found = discover
        return registry

    def _load(self) -> None:
        with self._lock:
            found, self._found = self._found, tuple
            for plugin, load in found():
                self._add(plugin, load)

    # --- plugins ---------------------------------------------------------------------------

    @property
    def plugins(self) -> Sequence[Plugin]:
        """All plugins with their state, after everything they offer was looked at."""
        _ = self.backends, self.tasks, self.architectures
        return tuple(self._plugins.values())

    def _add(self, plugin: Plugin, load: Callable[[], object]) -> None:
        self._plugins[plugin.name] = plugin
        if plugin.state is not State.OK:
            return
        try:
            loaded = guarded(load, f"import of {plugin.name}")
            self._pm.register(loaded, plugin.name)
            self._check_hooks(loaded)
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            self._set_aside(plugin.name, error)

    def _check_hooks(self, loaded: object) -> None:
        # pluggy accepts a misspelt hook in silence unless it is asked.
        self._pm.check_pending()
        known = {name for name in vars(hooks) if name.startswith("s2s_")}
        if not (found := known & set(dir(loaded))):
            raise PluginError(f"it has none of the hooks {', '.join(sorted(known))}")
        if not self._pm.get_hookcallers(loaded):
            raise PluginError(
                f"its {min(found)} is not marked as a hook",
                hint="put @s2s_tasks.hookimpl above it",
            )

    def _set_aside(self, name: str, error: BaseException) -> None:
        self._plugins[name] = replace(
            self._plugins[name], state=State.BROKEN, problem=_said(error), mend=mend(error)
        )
        if self._pm.has_plugin(name):
            self._pm.unregister(name=name)

    def _ask(self, hook: str, **arguments: object) -> Iterable[tuple[Plugin, Any]]:
        """Ask every plugin that implements `hook`, each under guard."""
        self._load()
        callers = [impl.plugin_name for impl in getattr(self._pm.hook, hook).get_hookimpls()]
        for name in reversed(callers):
            others = [p for n, p in self._pm.list_name_plugin() if n != name and p is not None]
            caller = self._pm.subset_hook_caller(hook, remove_plugins=others)
            try:
                yield self._plugins[name], guarded(partial(caller, **arguments), f"{name}.{hook}")
            except Exception as error:  # noqa: BLE001  # as above
                self._set_aside(name, error)

    def _offers(self, hook: str, check: Callable[[object], str]) -> list[_Offer]:
        offers: list[_Offer] = []
        for plugin, collected in list(self._ask(hook)):
            try:
                things = guarded(partial(listed, collected), f"{plugin.name}.{hook}")
                offers += [_Offer(plugin, check(thing), thing) for thing in things]
            except Exception as error:  # noqa: BLE001  # as above
                self._set_aside(plugin.name, error)
        return offers

    def _by_name(self, kind: str, offers: list[_Offer]) -> dict[str, Any]:
        """One thing per name; where plugins clash, the built-in one stays, else none does."""
        named: dict[str, list[_Offer]] = {}
        for offer in offers:
            named.setdefault(offer.name, []).append(offer)
        kept: dict[str, Any] = {}
        for name, rivals in sorted(named.items()):
            first = [rival for rival in rivals if rival.plugin.built_in] or rivals
            if len(first) == 1:
                kept[name] = first[0].thing
            self._note_clash(
                kind, name, [r for r in rivals if r.thing is not kept.get(name)], rivals
            )
        return kept

    def _note_clash(self, kind: str, name: str, losers: list[_Offer], rivals: list[_Offer]) -> None:
        who = " and ".join(sorted({rival.plugin.name for rival in rivals}))
        for loser in losers:
            plugin = self._plugins[loser.plugin.name]
            self._plugins[plugin.name] = replace(
                plugin,
                state=State.CLASHES,
                problem=f"a {kind} called {name!r} is offered by {who}",
                mend="rename one, uninstall one, or list the wanted plugins in S2S_PLUGINS",
            )

    # --- what they offer -------------------------------------------------------------------

    @cached_property
    def backends(self) -> Mapping[str, BackendSpec]:
        """Backends by name, from plugins that are in order."""
        with self._lock:
            offers = self._offers("s2s_backends", check_spec)
            self._owners = {offer.name: offer.plugin for offer in offers}
            named = self._by_name("backend", offers)
            return {name: sure(spec) for name, spec in named.items()}

    @cached_property
    def tasks(self) -> Mapping[str, type[AnyTask]]:
        """Tasks by name that plugins add to the catalog."""
        with self._lock:
            return self._by_name("task", self._offers("s2s_tasks", check_task))

    @cached_property
    def architectures(self) -> Mapping[str, Architecture]:
        """Rows of the decision helper by name."""
        with self._lock:
            offers = self._offers("s2s_architectures", check_architecture)
            return {row.name: row for row in decide.BUILT_IN} | self._by_name("row", offers)

    def spec(self, name: str) -> BackendSpec:
        """Raises UnknownName with the nearest name, or why the plugin of that name is broken."""
        if (spec := self.backends.get(name)) is not None:
            return spec
        for plugin in self._plugins.values():
            if plugin.state is not State.OK and (
                plugin.name == name or f"{name!r}" in plugin.problem
            ):
                raise PluginError(
                    f"the plugin of {name!r} cannot be used: {plugin.problem}",
                    plugin=plugin.name,
                    hint=plugin.mend,
                )
        raise UnknownName.among("backend", name, self.backends)

    def task(self, name: str) -> type[AnyTask]:
        """Raises UnknownName with the nearest name."""
        if (task := self.tasks.get(name)) is not None:
            return task
        raise UnknownName.among("task", name, self.tasks)

    # --- what they decide and see ----------------------------------------------------------

    def choose(self, needs: Needs) -> Decision:
        """A plugin's choice if one has any, else ours."""
        specs = tuple(self.backends.values())
        for plugin, decision in self._ask("s2s_choose", needs=needs, specs=specs):
            if decision is None:
                continue
            if isinstance(decision, Decision) and decision.backend in self.backends:
                return decision
            self._set_aside(plugin.name, PluginError(f"it chose {decision!r}, not a known backend"))
        from .remote.prices import price_of

        rows = self.architectures.values()
        return decide.choose(needs, specs, rows=rows, book=self._book, prices=price_of)

    @cached_property
    def _book(self) -> Book:
        from .evidence import Measured

        return Measured()

    def completed(self, event: Completed) -> None:
        """Tell the observers. One that raises is set aside and told no more."""
        if self._found is not tuple:
            self._load()
        for impl in self._pm.hook.s2s_completed.get_hookimpls():
            try:
                impl.function(*(event for _ in impl.argnames))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # as above
                self._set_aside(impl.plugin_name, error)

    # --- backends, opened ------------------------------------------------------------------

    def open(self, name: str, model: str | None = None) -> Backend:
        """
        A backend ready to work, opened once for each name and model.

        Raises MissingExtra with the command to run, UnknownName, PluginError or what the
        backend itself says (NotConfigured, ...).
        """
        key = name, model
        with self._lock:
            if key not in self._opened:
                self._opened[key] = self._open(self.spec(name), model)
            return self._opened[key]

    def _open(self, spec: BackendSpec, model: str | None) -> Backend:
        try:
            backend = spec.open(model)
        except S2SError:
            raise
        except ImportError as error:
            raise self._missing(spec, error) from error
        except (Exception, SystemExit) as error:
            raise PluginError(
                f"the backend {spec.name!r} could not be opened: {_said(error)}", plugin=spec.name
            ) from error
        if not isinstance(backend, Backend):
            raise PluginError(
                f"opening {spec.name!r} gave a {type(backend).__name__}, not a Backend",
                plugin=spec.name,
            )
        backend.name = backend.name or spec.name
        if getattr(backend, "capabilities", None) is None:
            backend.capabilities = spec.capabilities
        return backend

    def _missing(self, spec: BackendSpec, error: ImportError) -> MissingExtra:
        owner = self._owners[spec.name].distribution or "s2s-tasks"
        install = (
            f'pip install "{owner}[{spec.extra}]"' if spec.extra else f"pip install {error.name}"
        )
        return MissingExtra(
            f"the backend {spec.name!r} needs a library that is not installed: {error.name}",
            hint=install,
        )

    def close(self) -> None:
        """Close every backend that was opened here."""
        with self._lock:
            opened, self._opened = self._opened, {}
        for backend in opened.values():
            backend.close()


def _said(error: BaseException) -> str:
    return str(error) if isinstance(error, S2SError) else f"{type(error).__name__}: {error}"
