"""Which backends and models are to be measured, doing what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..backend import BackendSpec, Place, Suggestion
from ..errors import NotConfigured, S2SError, Unsupported
from ..evidence import TASKS, Subject, example
from ..registry import Registry
from .availability import install_line, why_not

__all__ = ["subjects"]


def subjects(
    registry: Registry,
    backend: str | None,
    model: str | None,
    task: str | None,
    *,
    local_only: bool = False,
) -> Sequence[Subject]:
    """
    What the names leave open is everything local that is here; what is named may be fetched.

    Raises NotConfigured or Unsupported where nothing is left, UnknownName for unknown names.
    """
    tasks = (task,) if task else tuple(TASKS)
    if backend is None:
        specs = [spec for spec in registry.backends.values() if _is_here(spec)]
    else:
        specs = [_usable(registry, backend, tasks, local_only=local_only)]
    fetch = backend is not None and bool(model or task)
    errors: list[S2SError] = []
    found = [one for spec in specs for one in _of(spec, model, tasks, errors, fetch=fetch)]
    if not found and errors and backend:
        raise errors[0]
    if not found:
        raise NotConfigured(
            f"no model of {backend or 'any backend'} that is here can be measured so",
            hint="name a backend and a model (-m) or a task (--task) to have the model fetched",
        )
    return found


def _is_here(spec: BackendSpec) -> bool:
    return spec.capabilities.place == Place.LOCAL and not why_not(spec)


def _usable(
    registry: Registry, backend: str, tasks: Sequence[str], *, local_only: bool
) -> BackendSpec:
    spec = registry.spec(backend)
    if local_only and spec.capabilities.place == Place.REMOTE:
        raise Unsupported(f"{backend} sends data off this machine", hint="Policy(local_only=False)")
    if not any(example(task, spec.capabilities) for task in tasks):
        raise Unsupported(f"{backend} can do none of {', '.join(tasks)}")
    if why := why_not(spec):
        raise NotConfigured(f"{backend}: {why}", hint=install_line(spec, registry.plugins))
    return spec


def _of(
    spec: BackendSpec,
    model: str | None,
    tasks: Sequence[str],
    errors: list[S2SError],
    *,
    fetch: bool,
) -> Iterator[Subject]:
    """One for each model: the named one with all tasks it may have, or the defaults of each."""
    named: dict[str | None, list[str]] = {}
    for task in tasks:
        try:
            suggestion = _suggested(spec, task, model)
        except S2SError as error:
            errors.append(error)
            continue
        if suggestion and (fetch or not suggestion.missing):
            named.setdefault(suggestion.model, []).append(task)
    for name, its_tasks in named.items():
        yield Subject(spec.name, name, (*its_tasks,))


def _suggested(spec: BackendSpec, task: str, model: str | None) -> Suggestion | None:
    request = example(task, spec.capabilities)
    return spec.suggest(request, model) if request else None
