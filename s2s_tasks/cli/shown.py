"""A value as text: as it is, as a subtitle file, or as JSON."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TypeVar, get_origin

from .options import Run
from .report import dumps, plain
from .settings import AnyTask, alternatives, hints_of

__all__ = ["formats_of", "has_text", "implied", "shown", "speaks", "with_lines"]

TIMED = ("srt", "vtt")


def implied(run: Run) -> Mapping[str, str]:
    """Settings without which a format would have nothing to show."""
    if run.format not in TIMED:
        return {}
    return {"timestamps": "segment" if run.width is None else "word"}


def formats_of(task: type[AnyTask]) -> tuple[str, ...]:
    """Formats that the task's values can be written in: their methods called `to_...`."""
    methods = [name for kind in _outputs(task) for name in dir(kind) if name.startswith("to_")]
    return ("text", *(name.removeprefix("to_") for name in methods)) if methods else ()


def with_lines(task: type[AnyTask]) -> tuple[str, ...]:
    """Those of the formats whose lines can be told a `width`."""
    kinds = _outputs(task)
    return tuple(form for form in formats_of(task) if any(_takes_width(k, form) for k in kinds))


def _takes_width(kind: object, form: str) -> bool:
    method = getattr(kind, f"to_{form}", None)
    return method is not None and "width" in inspect.signature(method).parameters


def has_text(task: type[AnyTask]) -> bool:
    """Whether the value is text, so that it can be shown as it settles."""
    return _outputs(task) == (str,)


def speaks(task: type[AnyTask]) -> bool:
    """Whether its values read as text without a format; else they are shown as JSON."""
    kinds = [get_origin(kind) or kind for kind in _outputs(task)]
    return not _has_data(task) and all(isinstance(kind, type) and _says(kind) for kind in kinds)


def _has_data(task: type[AnyTask]) -> bool:
    """Whether the value is of a type that the caller names, so that its class does not speak."""
    return any(isinstance(kind, TypeVar) for kind in _outputs(task))


def _outputs(task: type[AnyTask]) -> tuple[object, ...]:
    return alternatives(hints_of(task.read).get("return", object))


def shown(value: object, task: type[AnyTask], run: Run, *, pretty: bool) -> str:
    """The text of a value of the task, ending in a line break."""
    if run.format and run.format != "text":
        wide = {} if run.width is None else {"width": run.width}
        return _ended(str(getattr(value, f"to_{run.format}")(**wide)))
    if _speaks(value) and not _has_data(task):
        return _ended(str(value))
    return _ended(dumps(plain(value), indent=2 if pretty else None))


def _speaks(value: object) -> bool:
    """Whether its class says how it reads as text; data (dicts, numbers, models) is JSON."""
    return _says(type(value))


def _says(kind: type[object]) -> bool:
    own: object = kind.__str__
    return own is not object.__str__ and not hasattr(kind, "model_dump")


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"
