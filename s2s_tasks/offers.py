"""What plugins offer, checked: nothing of a wrong type gets past the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from .backend import BackendSpec, Capabilities
from .decide import Architecture
from .errors import PluginError
from .task import Task

__all__ = ["RESERVED", "check_architecture", "check_spec", "check_task", "listed", "sure"]

MOST_OFFERS = 1_000
"""Things one plugin may offer by one hook: an endless generator must come to an end."""

RESERVED = frozenset({"run", "arun", "stream", "map", "explain", "using", "registry", "close"})
"""Names of a client's own methods, which no task may take."""


def listed(collected: Iterable[Iterable[object]]) -> list[object]:
    """All that a hook gave. Raises PluginError if it gave no list, or one without end."""
    things = [thing for offer in collected for thing in islice(_iterable(offer), MOST_OFFERS + 1)]
    if len(things) > MOST_OFFERS:
        raise PluginError(f"it offers more than {MOST_OFFERS:,} things")
    return things


def _iterable(offer: object) -> Iterable[object]:
    if isinstance(offer, str) or not isinstance(offer, Iterable):
        raise PluginError(f"its hook returned a {type(offer).__name__}, not a list")
    return offer


def check_spec(thing: object) -> str:
    """Its name. Raises PluginError if it is no BackendSpec, or one with wrong parts."""
    if not isinstance(thing, BackendSpec):
        raise PluginError(f"it offers a {type(thing).__name__} where a BackendSpec is due")
    name: object = thing.name  # a plugin need not keep to the types
    if not isinstance(name, str) or not name.strip():
        raise PluginError(f"it offers a backend without a name: {name!r}")
    parts: tuple[object, object] = thing.capabilities, thing.open
    if not isinstance(parts[0], Capabilities) or not callable(parts[1]):
        raise PluginError(f"the card of its backend {thing.name!r} has parts of wrong types")
    return thing.name


def sure(spec: BackendSpec) -> BackendSpec:
    """The spec with an availability that answers: one that raises is a reason as well."""
    ask = spec.availability

    def availability() -> str:
        try:
            return str(ask() or "")
        except Exception as error:  # noqa: BLE001  # a plugin may raise anything
            return f"cannot tell whether it is available: {type(error).__name__}: {error}"

    return replace(spec, availability=availability)


def check_task(thing: object) -> str:
    """Its name. Raises PluginError if it is no Task, or its name cannot be a verb."""
    if not (isinstance(thing, type) and issubclass(thing, Task)):
        raise PluginError(f"it offers {thing!r:.100} where a subclass of Task is due")
    name = getattr(thing, "name", None)
    if not isinstance(name, str) or not name.isidentifier() or name in RESERVED:
        raise PluginError(f"it offers a task with the name {name!r}, which cannot be a verb")
    return name


def check_architecture(thing: object) -> str:
    """Its name. Raises PluginError if it is no Architecture."""
    if not isinstance(thing, Architecture):
        raise PluginError(f"it offers a {type(thing).__name__} where an Architecture is due")
    return thing.name
