"""The settings of a task as options: one for each field of its dataclass."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import click

from ..task import Task
from .kinds import JsonText, Kind, Listed, Pairs, Shape

__all__ = ["AnyTask", "Setting", "alternatives", "created", "hints_of", "settings_of", "values_of"]

AnyTask = Task[Any, Any]

PAIR = 2
OF_EVERY_TASK = frozenset(field.name for field in dataclasses.fields(Task))
SHORT = {"question": "-q", "labels": "-l", "language": "-l", "schema": "-s"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of a task: `types` are the alternatives of its type, without None."""

    name: str
    types: tuple[object, ...]
    doc: str
    default: object

    @property
    def param(self) -> str:
        """Its name among click's parameters, where it meets no option of the run."""
        return f"set_{self.name}"

    @property
    def required(self) -> bool:
        return self.default is MISSING

    @property
    def kind(self) -> Kind:
        """How its text is read."""
        return kind_of(self.types)

    def option(self, taken: AbstractSet[str]) -> click.Option:
        """The option that asks for it; a name that is `taken` gets a prefix."""
        flag = f"--{self.name.replace('_', '-')}"
        flag = f"--task-{flag[2:]}" if flag in taken else flag
        if self.types == (bool,):
            off = f"--no-{flag[2:]}"
            return click.Option([f"{flag}/{off}", self.param], default=None, help=self._help)
        names = [SHORT[self.name]] if SHORT.get(self.name, "") not in {"", *taken} else []
        return click.Option(
            [*names, flag, self.param],
            type=self.kind,
            multiple=isinstance(self.kind, Listed | Pairs),
            required=self.required,
            help=self._help,
        )

    @property
    def _help(self) -> str:
        doc = f"{self.doc[:1].upper()}{self.doc[1:]}." if self.doc else ""
        match self.default:
            case True:
                shown = "yes"
            case False | "" | None:
                return doc
            case int() | float() | str():
                shown = str(self.default)
            case _:
                return doc
        return f"{doc}  [default: {shown}]".strip()

    def value(self, given: object) -> object:
        """What the task is given, from what click has read; several options make one value."""
        kind = self.kind
        if not isinstance(given, tuple) or not isinstance(kind, Listed | Pairs):
            return given
        together = tuple(item for part in given for item in part)
        if isinstance(kind, Pairs) and _is_mapping(self.types):
            return dict(together)
        return list(together) if _origin(self.types) is list else together


def settings_of(task: type[AnyTask]) -> tuple[Setting, ...]:
    """All settings that are the task's own, in the order of declaration."""
    hints = hints_of(task)
    return tuple(
        _setting(field, hints.get(field.name, object))
        for field in dataclasses.fields(task)
        if field.init and field.name not in OF_EVERY_TASK
    )


def values_of(task: type[AnyTask], params: Mapping[str, object]) -> dict[str, object]:
    """Arguments for the task's constructor: only what was given."""
    return {
        setting.name: setting.value(given)
        for setting in settings_of(task)
        if (given := params.get(setting.param)) not in (None, ())
    }


def created(task: type[AnyTask], values: Mapping[str, object]) -> AnyTask:
    """The task with these settings, which it checks itself."""
    construct: Callable[..., AnyTask] = task
    return construct(**values)


def hints_of(thing: object) -> dict[str, object]:
    """Type hints; none if they name what is imported for the type checker only."""
    try:
        return get_type_hints(thing, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}


def _setting(field: dataclasses.Field[object], hint: object) -> Setting:
    doc = ""
    if get_origin(hint) is Annotated:
        hint, *said = get_args(hint)
        doc = next((word for word in said if isinstance(word, str)), "")
    default = field.default if field.default_factory is MISSING else field.default_factory()
    return Setting(field.name, alternatives(hint), doc, default)


def alternatives(hint: object) -> tuple[object, ...]:
    """The members of a union, without None; the type itself if it is none."""
    if get_origin(hint) is Annotated:
        return alternatives(get_args(hint)[0])
    if get_origin(hint) in {Union, types.UnionType}:
        found = (kind for member in get_args(hint) for kind in alternatives(member))
        return tuple(dict.fromkeys(found))
    return () if hint is type(None) else (hint,)


def kind_of(kinds: tuple[object, ...]) -> Kind:
    """How a text of the command line becomes a value of one of `kinds`."""
    origins = {get_origin(kind) or kind for kind in kinds}
    if type in origins:
        return Shape()
    if _is_mapping(kinds):
        return Pairs()
    if sequences := [kind for kind in kinds if _is_sequence(kind)]:
        item = get_args(sequences[0])[:1]
        return Pairs() if _is_pair(item) else Listed(kind_of(item))
    if len(kinds) == 1:
        return _plain(kinds[0])
    if origins <= {int, float}:
        return click.FLOAT
    return click.STRING if str in origins else JsonText()


def _plain(kind: object) -> Kind:
    if get_origin(kind) is Literal and all(isinstance(word, str) for word in get_args(kind)):
        return click.Choice(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return click.Choice(kind)
    known: dict[type, Kind] = {
        int: click.INT,
        float: click.FLOAT,
        str: click.STRING,
        bool: click.BOOL,
    }
    return next((option for type_, option in known.items() if kind is type_), JsonText())


def _is_mapping(kinds: Iterable[object]) -> bool:
    origins = [get_origin(kind) or kind for kind in kinds]
    return any(isinstance(origin, type) and issubclass(origin, Mapping) for origin in origins)


def _is_sequence(kind: object) -> bool:
    origin = get_origin(kind) or kind
    return (
        isinstance(origin, type)
        and issubclass(origin, Sequence | AbstractSet)
        and not issubclass(origin, str | bytes)
    )


def _is_pair(items: Sequence[object]) -> bool:
    return bool(items) and get_origin(items[0]) is tuple and len(get_args(items[0])) == PAIR


def _origin(kinds: tuple[object, ...]) -> object:
    return next((get_origin(kind) or kind for kind in kinds if _is_sequence(kind)), None)
