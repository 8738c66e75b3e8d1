"""Types of options beyond click's own: lists, pairs, shapes and plain JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, get_origin

import click

from ..errors import InvalidOutput
from ..schema import Json, strict_json

__all__ = ["JsonText", "Kind", "Listed", "Pairs", "Shape", "imported"]

if TYPE_CHECKING:
    Kind: TypeAlias = click.ParamType[object]
else:
    Kind = click.ParamType  # generic for the type checker only, before click 8.5

Pair: TypeAlias = tuple[str, str]


class Listed(Kind):
    """Values between commas, or a JSON list where a value has a comma in it."""

    name = "a,b,..."

    def __init__(self, item: Kind = click.STRING) -> None:
        self.item = item

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[object, ...]:
        if not isinstance(value, str):
            return (value,)
        found = self._items(value)
        return tuple(self.item.convert(item, param, ctx) for item in found)

    def _items(self, value: str) -> list[object]:
        if value.lstrip().startswith("["):
            listed = self._json(value)
            if isinstance(listed, list):
                return [*listed]
        return [item.strip() for item in value.split(",") if item.strip()]

    def _json(self, value: str) -> object:
        try:
            return json.loads(value)
        except ValueError:
            self.fail(f"{value!r} begins as a JSON list and is none")


class Pairs(Kind):
    """`key=value`, a JSON object, or `@file.json` with one."""

    name = "key=value"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Pair, ...]:
        if not isinstance(value, str):
            return ()
        if value.startswith("@"):
            return self._from_json(_read(value[1:], self), value[1:])
        if value.lstrip()[:1] in {"{", "["}:
            return self._from_json(value, value)
        key, equals, said = value.partition("=")
        if not equals or not key.strip():
            self.fail(f"{value!r} is not key=value", param, ctx)
        return ((key.strip(), said.strip()),)

    def _from_json(self, text: str, what: str) -> tuple[Pair, ...]:
        try:
            found = json.loads(text)
            pairs = found.items() if isinstance(found, dict) else [(k, v) for k, v in found]
        except (ValueError, TypeError):
            self.fail(f"{what} is neither a JSON object nor a list of pairs")
        return tuple((str(key), str(said)) for key, said in pairs)


class Shape(Kind):
    """A JSON Schema in a file or as it stands, or `module:Class` for a type."""

    name = "file.json|module:class"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        if not isinstance(value, str):
            return value
        if value.lstrip().startswith("{"):
            return self._document(value, "the schema")
        if Path(value).is_file():
            return self._document(_read(value, self), value)
        if value.endswith(".json") or ":" not in value:
            self.fail(
                f"no file {value!r}; give file.json, module:Class or a JSON Schema", param, ctx
            )
        return self._type(imported(value, self), value)

    def _type(self, found: object, name: str) -> object:
        if not isinstance(found, type | Mapping) and get_origin(found) is None:
            kind = type(found).__name__
            self.fail(f"{name} is of type {kind}, and no class, other type or JSON Schema")
        return found

    def _document(self, text: str, what: str) -> Mapping[str, Json]:
        try:
            document = strict_json(text)
        except InvalidOutput as error:
            self.fail(f"{what} is not JSON: {str(error).partition(': ')[2] or error}")
        if not isinstance(document, dict):
            self.fail(f"{what} is no JSON Schema: it must be an object")
        return document


class JsonText(Kind):
    """JSON if it can be read as that, else the text itself."""

    name = "json"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> object:
        del param, ctx
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return value


def imported(name: str, kind: Kind) -> object:
    """
    The thing called `module:name`; modules of the current folder count, while it is imported.

    Runs the code of the module.
    """
    module, _, path = name.partition(":")
    here = os.getcwd()  # noqa: PTH109  # sys.path holds text
    sys.path.insert(0, here)
    try:
        found: object = importlib.import_module(module)
        for step in path.split("."):
            found = getattr(found, step)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # importing runs any code
        kind.fail(f"cannot import {name!r}: {type(error).__name__}: {error}")
    finally:
        with suppress(ValueError):  # that code may have changed it
            sys.path.remove(here)
    return found


def _read(path: str, kind: Kind) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        kind.fail(f"cannot read {path!r}: {error}")
