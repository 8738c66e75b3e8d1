"""Types as shapes: pydantic says what JSON they take, and makes values of it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, cast, get_args

from ..errors import InvalidOutput, SchemaRejected
from ..pattern import pattern
from .complaint import MOST, complaint
from .plain import Node, place
from .shown import shortened

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["Typed"]

MOST_LETTERS: Final = 60
"""Of a name."""

BROKEN: Final = "The JSON breaks a rule that the schema cannot say."
NO_TYPE: Final = (NameError, TypeError, AttributeError, RecursionError)
"""What is no type at all shows wherever pydantic first looks into it."""

_module = pattern(r"\b(?:[A-Za-z_]\w*\.)+")


class Typed:
    """A type that pydantic can describe; raises SchemaRejected for others."""

    def __init__(self, shape: object) -> None:
        from pydantic import TypeAdapter

        from .generator import Generator

        if isinstance(shape, str | bool) or inspect.isroutine(shape):
            raise SchemaRejected("$", "a type or a JSON Schema", shape)
        with _described(shape):
            self._adapter: TypeAdapter[object] = TypeAdapter(cast("Any", shape))
            self.document: Node = self._adapter.json_schema(schema_generator=Generator)
        self.name = _name(shape)

    def made(self, text: str) -> object:
        """The value of JSON that fits the schema; raises InvalidOutput by the type's own checks."""
        from pydantic import ValidationError

        try:
            if (exact := _exact(text)) is not None:
                return self._adapter.validate_python(exact)
            return self._adapter.validate_json(text)
        except ValidationError as error:
            raise InvalidOutput(complaint(_lines(error), text=BROKEN)) from error


def _exact(text: str) -> object | None:
    """
    The value with Decimals for numbers that no float holds, None if there are none.

    pydantic reads the numbers of JSON as floats, and makes Decimals of those.
    """
    found = False

    def number(digits: str) -> float | Decimal:
        nonlocal found
        value = float(digits)
        if Decimal(repr(value)) == Decimal(digits):
            return value
        found = True
        return Decimal(digits)

    value: object = json.loads(text, parse_float=number)
    return value if found else None


@contextmanager
def _described(shape: object) -> Iterator[None]:
    from pydantic import PydanticUserError
    from pydantic_core import SchemaError

    try:
        yield
    except (PydanticUserError, SchemaError, *NO_TYPE) as error:
        reason = str(error).splitlines()[0]
        raise SchemaRejected("$", f"a type that pydantic can describe ({reason})", shape) from error


def _name(shape: object) -> str:
    """`Invoice`, `list[Invoice]`: without the modules."""
    if isinstance(shape, type) and not get_args(shape):
        return shape.__name__
    return _module().sub("", str(shape))[:MOST_LETTERS]


def _words(message: str) -> str:
    """In one line, without pydantic's own word for what a validator says."""
    return " ".join(message.removeprefix("Value error, ").split())


def _lines(error: ValidationError) -> list[str]:
    return [
        f"{shortened(reduce(place, problem['loc'], '$'))}: {_words(problem['msg'])}"
        for problem in error.errors(include_url=False, include_context=False)[:MOST]
    ]
