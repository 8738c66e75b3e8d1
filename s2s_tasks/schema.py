"""
The shape an answer must have: JSON Schema out to backends, a checked value back in.

A typed shape (pydantic model, dataclass, TypedDict, Literal, enum, list or union of those)
is read by pydantic. A raw JSON Schema is first checked itself, before anything is paid for,
then by `jsonschema` with no access to other documents.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

from .errors import InvalidOutput, SchemaRejected

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = ["Json", "Schema"]

T = TypeVar("T")
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 10_000
"""Limits of a schema given by a user; real ones are far below (JSONSchemaBench's largest
that constrained decoders compile have some thousand nodes)."""

UNCHECKED = frozenset(
    {"pattern", "patternProperties", "x-guidance", "$dynamicRef", "$recursiveRef", "$vocabulary"}
)
"""Keywords whose promise we could not keep (a pattern may run for ever in Python's `re`), or
that change what a constrained decoder accepts; refused rather than ignored."""


@dataclass(frozen=True)
class Schema(Generic[T]):
    """A JSON Schema (`json`) and the function that reads text written to it (`read`)."""

    name: str
    json: Mapping[str, Json] = field(hash=False)
    read: Callable[[str], T] = field(compare=False, repr=False)

    @classmethod
    def of(cls, shape: type[T] | Mapping[str, Json]) -> Schema[T]:
        """
        The schema of a type, or of a raw JSON Schema (draft 2020-12, 7, 6 or 4).

        Raises SchemaRejected for a shape or schema that cannot be checked.
        """
        if isinstance(shape, Mapping):
            return cast("Schema[T]", _raw(dict(shape)))
        return cast("Schema[T]", _typed(cast("Hashable", shape)))


@lru_cache(maxsize=256)
def _typed(shape: Hashable) -> Schema[object]:
    from pydantic import PydanticUserError, TypeAdapter, ValidationError
    from pydantic.errors import PydanticSchemaGenerationError

    try:
        adapter: TypeAdapter[object] = TypeAdapter(cast("type[object]", shape))
        document = adapter.json_schema()
    except (PydanticUserError, PydanticSchemaGenerationError, TypeError) as error:
        raise SchemaRejected("$", str(error).splitlines()[0], shape) from error

    def read(text: str) -> object:
        strict_json(text)
        try:
            return adapter.validate_json(text)
        except ValidationError as error:
            raise InvalidOutput(_complaint(error.errors(include_url=False))) from error

    return Schema(getattr(shape, "__name__", str(shape)), document, read)


def _complaint(problems: Sequence[ErrorDetails]) -> str:
    lines = []
    for problem in problems[:10]:
        place = ".".join(str(step) for step in problem["loc"]) or "$"
        lines.append(f"{place}: {problem['msg']}")
    return "The JSON does not fit the schema. " + "; ".join(lines)


def _raw(document: dict[str, Json]) -> Schema[Json]:
    from jsonschema.exceptions import SchemaError, best_match
    from jsonschema.validators import validator_for
    from referencing.jsonschema import EMPTY_REGISTRY

    check_schema(document)
    kind = validator_for(document)
    try:
        kind.check_schema(document)
    except SchemaError as error:
        raise SchemaRejected(error.json_path, error.message, error.instance) from error
    validator = kind(document, registry=EMPTY_REGISTRY)

    def read(text: str) -> Json:
        value = strict_json(text)
        if error := best_match(validator.iter_errors(value)):
            raise InvalidOutput(
                f"The JSON does not fit the schema. {error.json_path}: {error.message}"
            )
        return value

    return Schema(str(document.get("title", "JSON")), document, read)


def check_schema(document: Mapping[str, Json]) -> None:
    """Refuse a schema that is too large or deep, refers elsewhere, or has unchecked keywords."""
    import json

    try:
        size = len(json.dumps(document, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaRejected("$", f"must be plain JSON ({error})", "something else") from error
    if size > MAX_BYTES:
        raise SchemaRejected("$", f"at most {MAX_BYTES:,} bytes", size)
    for count, (path, depth, node) in enumerate(_walk(dict(document))):
        if depth > MAX_DEPTH:
            raise SchemaRejected(path, f"at most {MAX_DEPTH} levels deep", depth)
        if count > MAX_NODES:
            raise SchemaRejected(path, f"at most {MAX_NODES:,} nodes", count)
        if isinstance(node, dict):
            _check_node(path, node)


def _check_node(path: str, node: dict[str, Json]) -> None:
    reference = node.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise SchemaRejected(f"{path}.$ref", "only references within the schema", reference)
    # Under `properties` these words are names of fields, not keywords.
    if not path.endswith(".properties") and (found := UNCHECKED & node.keys()):
        raise SchemaRejected(path, "a keyword that is not checked", min(found))


def _walk(root: Json) -> Iterator[tuple[str, int, Json]]:
    stack: list[tuple[str, int, Json]] = [("$", 0, root)]
    while stack:
        path, depth, node = stack.pop()
        yield path, depth, node
        if isinstance(node, dict):
            stack += [(f"{path}.{key}", depth + 1, child) for key, child in node.items()]
        elif isinstance(node, list):
            stack += [(f"{path}[{n}]", depth + 1, child) for n, child in enumerate(node)]


def strict_json(text: str) -> Json:
    """Parse JSON that any parser would read alike: no duplicate keys, NaN or infinities."""
    import json

    try:
        return cast(
            "Json",
            json.loads(
                text,
                object_pairs_hook=_no_duplicates,
                parse_constant=_no_constant,
                parse_float=_finite,
            ),
        )
    except (ValueError, RecursionError) as error:
        raise InvalidOutput(f"The answer is not valid JSON: {error}") from error


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"duplicate key {next(key for key in keys if keys.count(key) > 1)!r}")
    return made


def _no_constant(word: str) -> Json:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    if (value := float(digits)) in (float("inf"), float("-inf")):
        raise ValueError(f"{digits} is too large a number")
    return value
