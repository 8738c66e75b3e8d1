"""Schemas in the part of JSON Schema that the service takes: never wider, refused where it must be."""

import enum
from dataclasses import dataclass, field, make_dataclass
from typing import Any, Literal

import pytest
from claude_stub import judged
from pydantic import BaseModel, ConfigDict, Field
from s2s_claude.leaves import Unfit
from s2s_claude.schema import native

from s2s_tasks.schema import Schema


def made(shape):
    return native(Schema.of(shape).json)


def refused(shape):
    """Why the service would not take it."""
    sent = {"model": "claude-sonnet-5-5", "messages": [{"role": "user", "content": "x"}]}
    return judged({**sent, "output_config": {"format": {"type": "json_schema", "schema": shape}}})


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Place:
    city: str
    country: str | None = None


class Order(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)
    number: int = Field(ge=1, le=99)
    colour: Colour
    home: Place = Field(description="Where it goes.")
    work: Place | None = None
    tags: list[str] = Field(default_factory=list, max_length=5)
    state: Literal["new", "old"] | None = None
    code: str = Field(pattern=r"^[A-Z]{3}$")
    word: str = Field(default="x", pattern=r"\bx")


class Node(BaseModel):
    name: str
    children: list["Node"] = Field(default_factory=list)


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str


FIT = [
    Order,
    Place,
    Colour,
    list[int],
    list[Order],
    int | str,
    Literal["a", 1],
    {"type": "object", "properties": {"a": {"type": ["string", "null"]}}},
    {"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}, {"const": 1}]}}},
    {"properties": {"a": {"type": "string", "format": "uri-reference"}}},
    {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}, "minItems": 1},
    {"definitions": {"d": {"type": "integer"}}, "properties": {"a": {"$ref": "#/definitions/d"}}},
    {"type": "object", "properties": {"a": {"allOf": [{"type": "integer"}]}}},
    {"type": "object", "additionalProperties": False},
]

UNFIT = {
    "an open map": (dict[str, int], "fields of any name"),
    "a map in a field": (make_dataclass("M", [("m", dict[str, str])]), "fields of any name"),
    "extra fields": (Open, "fields of any name"),
    "anything": (make_dataclass("A", [("a", Any)]), "anything"),
    "recursion": (Node, "in itself"),
    "a tuple": (tuple[int, str], "each place"),
    "no type": ({"properties": {"a": {"minimum": 3}}}, "anything"),
    "a list of anything": ({"type": "array"}, "anything"),
    "a condition": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "if": {}},
        "condition",
    ),
    "what must not be": ({"type": "string", "not": {"const": "x"}}, "must not be"),
    "listed objects": ({"enum": [{"a": 1}]}, "no texts or numbers"),
    "joined schemas": ({"allOf": [{"type": "string"}, {"minLength": 1}]}, "joins"),
    "a needed field of no kind": (
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]},
        "says nothing",
    ),
}


@pytest.mark.parametrize("shape", FIT, ids=str)
def test_what_fits_is_taken_by_the_service(shape):
    assert not refused(made(shape))


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_is_refused_with_the_reason(name):
    shape, why = UNFIT[name]
    with pytest.raises(Unfit, match=why):
        made(shape)


def test_bounds_are_told_in_the_description():
    fields = made(Order)["properties"]
    assert fields["number"]["description"] == "(maximum: 99, minimum: 1)" or (
        fields["number"]["description"] == "(minimum: 1, maximum: 99)"
    )
    assert fields["tags"]["description"] == "(maxItems: 5)"


def test_a_simple_pattern_stays_and_a_hard_one_is_told():
    fields = made(Order)["properties"]
    assert fields["code"]["pattern"] == "^[A-Z]{3}$"
    assert "pattern" not in fields["word"]
    assert "pattern" in fields["word"]["description"]


def test_a_description_beside_a_reference_is_kept():
    home = made(Order)["properties"]["home"]
    assert home["description"] == "Where it goes."
    assert home["properties"]["city"]["type"] == "string"


def test_every_object_is_closed():
    text = str(made(list[Order]))
    assert text.count("'additionalProperties': False") == text.count("'properties'")


def many(optional=0, nullable=0, required_nullable=0, base=0):
    fields = [(f"b{n}", str) for n in range(base)]
    fields += [(f"r{n}", str | None) for n in range(required_nullable)]
    fields += [(f"n{n}", str | None, field(default=None)) for n in range(nullable)]
    fields += [(f"o{n}", str, field(default="")) for n in range(optional)]
    return make_dataclass("Many", fields)


@pytest.mark.parametrize(
    ("shape", "unions"),
    [
        (many(optional=24), 0),
        (many(nullable=24), 0),
        (many(nullable=40), 16),
        (many(optional=20, nullable=10), 6),
        (many(required_nullable=16, nullable=24), 16),
    ],
)
def test_fields_that_may_be_null_are_left_out_or_null_as_the_limits_allow(shape, unions):
    found = made(shape)
    assert not refused(found)
    assert str(found).count("anyOf") == unions


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (many(optional=25), "25 optional"),
        (many(required_nullable=17), "17 unions"),
        (many(nullable=41), "17 unions"),
    ],
)
def test_beyond_the_limits_it_does_not_fit(shape, why):
    with pytest.raises(Unfit, match=why):
        made(shape)


VALUES = [
    (Order, '{"number": 5, "colour": "red", "home": {"city": "Rome"}, "code": "ABC"}'),
    (many(nullable=2), '{"n0": "x"}'),
    (many(nullable=40), "{" + ", ".join(f'"n{n}": null' for n in range(24, 40)) + "}"),
    (int | str, "7"),
]


@pytest.mark.parametrize(("shape", "text"), VALUES, ids=lambda one: str(one)[:30])
def test_what_keeps_to_it_is_a_value_of_the_shape(shape, text):
    import json

    import jsonschema

    jsonschema.validate(json.loads(text), made(shape))
    Schema.of(shape).read(text)


def test_null_is_kept_where_leaving_out_says_something_else():
    shape = make_dataclass("D", [("days", int | None, field(default=14))])
    days = made(shape)["properties"]["days"]
    assert days["anyOf"] == [{"type": "integer"}, {"type": "null"}]


def test_order_is_that_of_the_fields():
    assert [*made(Order)["properties"]] == [*Order.model_fields]
