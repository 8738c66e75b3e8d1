"""`Schema`: JSON Schema out to backends, a checked value back in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar, cast

from ..errors import InvalidOutput
from .canonical import canonical
from .complaint import complaint, problems
from .effort import check_effort, repeats
from .patterns import all_letters
from .plain import Json, plain
from .strict import strict_json
from .typed import Typed
from .validator import Validator

__all__ = ["Schema"]

T = TypeVar("T")

KEPT = 256
"""Compiled schemas of each kind that are kept for the next call."""


@dataclass(frozen=True)
class Schema(Generic[T]):
    """
    A JSON Schema of draft 2020-12 (`json`), and the function that reads text written to it.

    Equal are schemas that ask for the same: a name and the same JSON, in the same order.
    """

    name: str
    json: Mapping[str, Json] = field(compare=False)
    read: Callable[[str], T] = field(compare=False, repr=False)
    text: str = field(init=False, repr=False)
    """`json` as text."""

    def __post_init__(self) -> None:
        import json

        object.__setattr__(self, "text", json.dumps(self.json, ensure_ascii=False))

    @classmethod
    def of(cls, shape: type[T] | Mapping[str, Json]) -> Schema[T]:
        """
        The schema of a type, or of a raw JSON Schema (draft 2020-12, 2019-09, 7, 6 or 4).

        Raises SchemaRejected for a shape or schema that cannot be checked.
        """
        import json

        if isinstance(shape, Mapping):
            return cast("Schema[T]", _raw(json.dumps(plain(shape))))
        if not isinstance(shape, Hashable) or not _hashes(shape):
            return cast("Schema[T]", _typed.__wrapped__(shape))
        return cast("Schema[T]", _typed(shape))


def _hashes(shape: Hashable) -> bool:
    try:
        hash(shape)
    except TypeError:  # what is annotated may not
        return False
    return True


@lru_cache(maxsize=KEPT, typed=True)
def _typed(shape: Hashable) -> Schema[object]:
    typed = Typed(shape)
    told = plain(typed.document)
    document = canonical(told, lenient=True)
    meant = canonical(told, lenient=True, pattern=all_letters)
    check = _checked(Validator(meant, formats=False))

    deep = repeats(document)

    def read(text: str) -> object:
        value = check(text)
        if deep:
            check_effort(document, value)
        return typed.made(text)

    return Schema(typed.name, document, read)


@lru_cache(maxsize=KEPT)
def _raw(text: str) -> Schema[Json]:
    import json

    document = canonical(json.loads(text))
    name = str(document.get("title", "JSON"))[:60]
    return Schema(name, document, _checked(Validator(document, formats=True)))


def _checked(validator: Validator) -> Callable[[str], Json]:
    def read(text: str) -> Json:
        value = strict_json(text)
        if not validator.fits(value):
            raise InvalidOutput(complaint(problems(validator, value)))
        return value

    return read
