"""What a verb says of itself to help() and to editors at run time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Annotated, get_args, get_origin, get_type_hints

from .task import Task

__all__ = ["described"]

OPTIONS = frozenset(field.name for field in fields(Task))


def described(task: Callable[..., object]) -> tuple[str, inspect.Signature]:
    """The words of a verb, its settings included, and its signature."""
    signature = inspect.signature(task)
    value = inspect.Parameter("value", inspect.Parameter.POSITIONAL_ONLY)
    parameters = [value, *signature.parameters.values()]
    doc = inspect.cleandoc(task.__doc__ or "")
    return f"{doc}\n\n{_settings(task)}".strip(), inspect.Signature(parameters)


def _settings(task: Callable[..., object]) -> str:
    if not (isinstance(task, type) and is_dataclass(task)):
        return ""
    hints = get_type_hints(task, include_extras=True)
    own = [field.name for field in fields(task) if field.name not in OPTIONS]
    lines = [f"    {name}: {_said(hints[name])}" for name in own]
    options = ", ".join(sorted(OPTIONS))
    return "\n".join(["Settings:", *lines, f"Options of the run: {options}"])


def _said(hint: object) -> str:
    words = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((word for word in words if isinstance(word, str)), "")
