"""A result as JSON, whole: what came of it, what it cost, how much was read, and why so."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, time
from decimal import Decimal
from enum import Enum

from ..errors import Incomplete, S2SError, Unsupported
from ..exchange import Coverage, Decision, Finish, Result
from ..schema import Json
from .ending import hint_of, message_of

__all__ = ["dumps", "plain", "report", "report_of_error"]

_unsafe = re.compile("[\ud800-\udfff\u2028\u2029\x7f-\x9f]")
"""Halves of surrogate pairs, which no UTF-8 can hold, and what some readers take for the end
of a line."""


def report(result: Result[object], name: str) -> dict[str, Json]:
    """All of a result but its raw answer; `value` is null where there is an error."""
    return {
        "input": name,
        "value": plain(result.output),
        "backend": result.backend,
        "model": result.model,
        "usage": plain(result.usage),
        "cost": plain(result.cost),
        "finish": str(result.finish),
        "coverage": _coverage(result.coverage),
        "warnings": plain(result.warnings),
        "citations": plain(result.citations),
        "alternatives": plain(result.alternatives),
        "attempts": plain(result.attempts),
        "enforced": plain(result.enforced),
        "seconds": round(result.seconds, 6),
        "decision": decision(result.decision) if result.decision else None,
        "error": _error(result.error) if result.error else None,
    }


def report_of_error(error: S2SError, name: str) -> dict[str, Json]:
    """The same for a call that raised. Where it came to no result, nothing was spent."""
    nothing = Result[object](error=error, finish=Finish.ERROR, cost=Decimal(0))
    return report(error.result or nothing, name)


def decision(made: Decision) -> dict[str, Json]:
    """Who and why; the decoding is shown as it is written in Python."""
    facts = {field.name: getattr(made, field.name) for field in dataclasses.fields(made)}
    decoding = None if made.decoding is None else repr(made.decoding)
    return {name: plain(fact) for name, fact in facts.items()} | {"decoding": decoding}


def _coverage(coverage: Coverage) -> Json:
    return {
        "ratio": coverage.ratio,
        "complete": coverage.complete,
        "spans": plain(coverage.spans),
        "total": coverage.total,
    }


def _error(error: S2SError) -> Json:
    said: dict[str, Json] = {
        "type": type(error).__name__,
        "message": message_of(error),
        "hint": hint_of(error),
    }
    if isinstance(error, Unsupported):
        said["reasons"] = [*error.reasons]
    if isinstance(error, Incomplete):
        said["partial"] = error.completion.partial
    return said


def plain(thing: object) -> Json:  # noqa: PLR0911  # a table, one row a kind
    """As JSON knows it. A number that is not finite becomes null, a Decimal a string."""
    match thing:
        case None | bool() | int():
            return thing
        case Enum():
            return plain(thing.value)
        case str():
            return str(thing)
        case float():
            return thing if math.isfinite(thing) else None
        case Decimal():
            return f"{thing:f}"
        case date() | time():
            return thing.isoformat()
        case Mapping():
            return {str(_key(key)): plain(item) for key, item in thing.items()}
        case list() | tuple() | AbstractSet():
            return [plain(item) for item in thing]
        case _:
            return _object(thing)


def _key(key: object) -> object:
    return key.value if isinstance(key, Enum) else key


def _object(thing: object) -> Json:
    if dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        fields = dataclasses.fields(thing)
        return {field.name: plain(getattr(thing, field.name)) for field in fields}
    if callable(dump := getattr(thing, "model_dump", None)):  # pydantic
        return plain(dump(mode="json", by_alias=True))
    return str(thing)


def dumps(thing: Json, *, indent: int | None = None, ascii_only: bool = False) -> str:
    """JSON that any reader takes: no NaN, no halves of characters, one line if not indented."""
    text = json.dumps(thing, ensure_ascii=ascii_only, allow_nan=False, indent=indent)
    return _unsafe.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
