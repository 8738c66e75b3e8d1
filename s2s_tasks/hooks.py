"""What a plugin may implement. Hooks register and decide; they never do I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .backend import BackendSpec
    from .decide import Architecture, Needs
    from .exchange import Completed, Decision
    from .task import Task

PROJECT = "s2s_tasks"
hookimpl = pluggy.HookimplMarker(PROJECT)
_hookspec = pluggy.HookspecMarker(PROJECT)


@_hookspec
def s2s_backends() -> Iterable[BackendSpec]:  # type: ignore[empty-body]
    """Offer backends. Do not import their libraries here: that is what `open` is for."""


@_hookspec
def s2s_tasks() -> Iterable[type[Task[Any, Any]]]:  # type: ignore[empty-body]
    """Offer tasks; each becomes a verb of every client and a command of `s2s`."""


@_hookspec
def s2s_architectures() -> Iterable[Architecture]:  # type: ignore[empty-body]
    """Offer rows for the decision helper: kinds of model and what each is for."""


@_hookspec(firstresult=True)
def s2s_choose(needs: Needs, specs: Sequence[BackendSpec]) -> Decision | None:
    """Choose a backend by name, or return None to leave the choice to the next plugin."""


@_hookspec
def s2s_completed(event: Completed) -> None:
    """Look at the end of a call or of an item of a map. Called in line, so do not block."""
