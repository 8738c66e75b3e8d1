"""Whether a value is of a canonical schema; nothing is fetched, and no pattern backtracks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Never

from ..errors import SchemaRejected
from .patterns import engine
from .plain import Json, Node

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

__all__ = ["Validator"]


class Validator:
    """
    One canonical schema, compiled; several threads may use it.

    `formats`: whether `format` is asserted. Schemas within the document are compiled when a
    complaint asks which of them a value breaks: the library's own list of errors grows without
    bound with the value, and doubles with every alternative.
    """

    def __init__(self, document: Node, *, formats: bool) -> None:
        self.document, self._formats = dict(document), formats
        self._defs = {"$defs": document["$defs"]} if "$defs" in document else {}
        self._whole = self._compiled(self.document)
        self._parts: dict[tuple[int, tuple[str, ...]], Draft202012Validator] = {}
        self._patterns: dict[str, Draft202012Validator] = {}

    def fits(self, value: Json) -> bool:
        return self._whole.is_valid(value)

    def part_fits(self, part: Json, value: Json, words: Iterable[str] = ()) -> bool:
        """Whether a schema within `document` accepts a value, or only some `words` of it do."""
        if not isinstance(part, dict):
            return part is not False
        key = id(part), tuple(words)
        if key not in self._parts:
            only = {word: part[word] for word in key[1] if word in part} if key[1] else part
            self._parts[key] = self._compiled({**only, **self._defs})
        return self._parts[key].is_valid(value)

    def matches(self, pattern: str, name: str) -> bool:
        if pattern not in self._patterns:
            self._patterns[pattern] = self._compiled({"patternProperties": {pattern: False}})
        return not self._patterns[pattern].is_valid({name: None})

    def _compiled(self, document: Node) -> Draft202012Validator:
        from jsonschema_rs import Draft202012Validator, ValidationError

        try:
            return Draft202012Validator(
                dict(document),
                retriever=_never,
                pattern_options=engine(),
                validate_formats=self._formats,
                ignore_unknown_formats=False,
            )
        except ValidationError as error:
            raise SchemaRejected("$", error.message[:200], error.kind.name) from error


def _never(uri: str) -> Never:
    raise PermissionError(f"{uri} is not fetched")
