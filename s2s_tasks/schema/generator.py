"""Pydantic's JSON Schema, where its own would be none that we take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue, JsonSchemaWarningKind
    from pydantic_core import core_schema

__all__ = ["Generator"]

DECIMAL = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


class Generator(GenerateJsonSchema):
    """Decimals by a pattern without look-around; defaults only where JSON has them."""

    ignored_warning_kinds: set[JsonSchemaWarningKind] = {  # noqa: RUF012  # pydantic's own type
        "skipped-choice",
        "non-serializable-default",
    }

    def get_decimal_pattern(self, schema: core_schema.DecimalSchema) -> str:  # noqa: ARG002
        return DECIMAL

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        try:
            json.dumps(made.get("default"), allow_nan=False)
        except ValueError:
            made.pop("default")
        return made
