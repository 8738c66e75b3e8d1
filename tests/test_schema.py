"""Shapes: what they say as JSON Schema, what they read, and what they complain of."""

import datetime as dt
import decimal
import enum
import json
import re
import sys
import threading
import typing
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator
from typing_extensions import TypedDict

from s2s_tasks import InvalidOutput, SchemaRejected
from s2s_tasks.schema import FORMATS, Schema, check_schema, folded, strict_json
from s2s_tasks.schema.validator import Validator


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Line(BaseModel):
    text: str
    price: decimal.Decimal


class Invoice(BaseModel):
    """An invoice."""

    number: str = Field(pattern=r"^R-\d+$")
    day: dt.date | None = None
    lines: list[Line] = []
    limit: float = float("inf")

    @field_validator("number")
    @classmethod
    def known(cls, number):
        if number == "R-0":
            raise ValueError("there is no invoice 0")
        return number


class Node(BaseModel):
    name: str
    below: "list[Node]" = []


@dataclass
class Point:
    x: int
    y: Annotated[float, Field(gt=0)] = 1.0


class Move(TypedDict, total=False):
    to: Literal["n", "s"]
    steps: int


class Pair(NamedTuple):
    left: int
    right: str


class Told(BaseModel):
    kind: Literal["told"]
    below: "Annotated[Told | Other, Field(discriminator='kind')] | None" = None


class Other(BaseModel):
    kind: Literal["other"]
    below: "Annotated[Told | Other, Field(discriminator='kind')] | None" = None


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": 1, "x-own": 2})
    kind: Literal["closed"] = "closed"


class Sum(BaseModel):
    plus: "Sum | Product | int"


class Product(BaseModel):
    plus: "Sum | Product | int"
    times: int = 1


READ = [
    (Invoice, '{"number": "R-7", "day": "2024-05-01"}', Invoice(number="R-7", day="2024-05-01")),
    (Line, '{"text": "a", "price": "1.10"}', Line(text="a", price=decimal.Decimal("1.10"))),
    (Node, '{"name": "a", "below": [{"name": "b"}]}', Node(name="a", below=[Node(name="b")])),
    (Point, '{"x": 1, "y": 2}', Point(1, 2.0)),
    (Point, '{"x": 1.0}', Point(1)),
    (Move, '{"to": "n"}', {"to": "n"}),
    (Pair, '[1, "a"]', Pair(1, "a")),
    (Annotated[str, Field(pattern=r"^\w[\w .-]*$")], '"Ünal-Müller"', "Ünal-Müller"),
    (Colour, '"red"', Colour.RED),
    (Literal["a", 1] | None, "1", 1),
    (list[Colour], '["red", "blue"]', [Colour.RED, Colour.BLUE]),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (set[int], "[1, 2]", {1, 2}),
    (tuple[int, ...], "[1, 2]", (1, 2)),
    (int | None, "null", None),
    (int | str, '"1"', "1"),
    (Line | Closed, '{"kind": "closed"}', Closed()),
    (Annotated[int, Field(ge=3)], "3", 3),
    (dt.datetime, '"2024-05-01T10:00:00"', dt.datetime(2024, 5, 1, 10)),  # noqa: DTZ001  # as it is written
    (bool, "true", True),
    (str, '"a"', "a"),
    (Any, '{"a": [1]}', {"a": [1]}),
    (None, "null", None),
    (bytes, '"abc"', b"abc"),
    ({"type": "integer"}, "12345678901234567890123", 12345678901234567890123),
    ({"type": "number"}, "1.5", 1.5),
    ({}, "[]", []),
]


@pytest.mark.parametrize(("shape", "text", "value"), READ, ids=lambda one: str(one)[:40])
def test_a_shape_reads_what_fits_it(shape, text, value):
    found = Schema.of(shape).read(text)
    assert found == value
    assert type(found) is type(value)


UNFIT = [
    (int, '"1"', '$: must be an integer, not "1"'),
    (int, "true", "$: must be an integer, not true"),
    (int, "1.5", "$: must be an integer, not 1.5"),
    (str, "1", "$: must be a string, not 1"),
    (bool, "1", "$: must be a boolean, not 1"),
    (float, '"1.5"', '$: must be a number, not "1.5"'),
    (Literal[1], "true", "$: must be 1, not true"),
    (Colour, '"RED"', '$: must be one of "red", "blue", not "RED"'),
    (int | None, '"a"', '$: must be an integer or null, not "a"'),
    (Point, '{"x": 1, "y": 0}', "$.y: must be more than 0, not 0"),
    (Point, "[]", "$: must be an object, not a list of 0 items"),
    (Annotated[str, Field(pattern=r"^\w+\W$")], '"é"', "$: must have the pattern"),
    (Pair, "[1]", "$: must have at least 2 items, not 1"),
    (Pair, '["1", "a"]', '$[0]: must be an integer, not "1"'),
    (Invoice, '{"day": null}', '$: misses "number"'),
    (Invoice, '{"number": "7"}', r'$.number: must have the pattern "^R-\\d+$", not "7"'),
    (Invoice, '{"number": "R-0"}', "$.number: there is no invoice 0"),
    (Invoice, '{"number": "R-1", "day": "2024-02-30"}', "$.day: "),
    (Invoice, '{"number": "R-1", "lines": [{"text": "a"}]}', '$.lines[0]: misses "price"'),
    (Closed, '{"kind": "closed", "b c": 1}', '$["b c"]: must not be there'),
    (Node, '{"name": "a", "below": [{"name": 1}]}', "$.below[0].name: must be a string, not 1"),
    (set[int], "[1, 1]", "$: must have no two equal items"),
    (dict[str, int], '{"b c": "1"}', '$["b c"]: must be an integer, not "1"'),
    (Line | Closed, '{"kind": "open"}', '$.kind: must be "closed", not "open"'),
    ({"format": "date"}, '"today"', '$: must have the format "date", not "today"'),
    ({"not": {"type": "null"}}, "null", "$: must be something else, not null"),
    ({"oneOf": [{"type": "integer"}, {"minimum": 2}]}, "3", "$: fits 2 of the alternatives"),
    ({"properties": {"a": False}}, '{"a": 1}', "$.a: must not be there"),
    ({"contains": {"const": 1}}, "[2]", "$: has too few or too many of the items"),
    ({"propertyNames": {"maxLength": 1}}, '{"ab": 1}', "$: has fields whose names are not allowed"),
    ({"dependentRequired": {"a": ["b"]}}, '{"a": 1}', '$: misses "b"'),
    ({"if": {"required": ["a"]}, "then": {"maxProperties": 1}}, '{"a": 1, "b": 2}', "at most 1"),
    ({"dependentSchemas": {"a": {"required": ["b"]}}}, '{"a": 1}', '$: misses "b"'),
    ({"patternProperties": {"^n": {"type": "null"}}}, '{"no": 1}', "$.no: must be null, not 1"),
    ({"unevaluatedProperties": False}, '{"a": 1}', "$: has parts that the schema does not"),
    ({"allOf": [{"minimum": 3}, {"multipleOf": 2}]}, "1", "$: must be at least 3, not 1"),
    ({"prefixItems": [{}], "items": False}, "[1, 2]", "$[1]: must not be there"),
]


@pytest.mark.parametrize(("shape", "text", "words"), UNFIT, ids=lambda one: str(one)[:40])
def test_a_complaint_says_where_and_what(shape, text, words):
    with pytest.raises(InvalidOutput, match=re.escape(words)):
        Schema.of(shape).read(text)


def test_a_complaint_lists_ten_problems_at_most():
    with pytest.raises(InvalidOutput) as told:
        Schema.of(list[int]).read(json.dumps(["x" * 500] * 100))
    lines = str(told.value).splitlines()
    assert lines[0] == "The JSON does not fit the schema."
    assert len(lines) == 11
    assert len(str(told.value)) <= 2_000


def test_every_problem_has_one_line_whatever_is_in_the_value():
    with pytest.raises(InvalidOutput) as told:
        Schema.of(dict[str, int]).read(json.dumps({"a\x85b": "c\u2028\x1b[2Jd"}))
    lines = str(told.value).splitlines()
    assert lines[1:] == [r'$["a\u0085b"]: must be an integer, not "c\u2028\u001b[2Jd"']


def test_all_that_is_wrong_is_said_at_once():
    schema = {
        "properties": {"a": {"type": "integer"}, "b": {"items": {"enum": ["x"]}}},
        "required": ["c"],
        "additionalProperties": False,
    }
    with pytest.raises(InvalidOutput) as told:
        Schema.of(schema).read('{"a": "1", "b": ["y", "x", "z"], "d": 1}')
    assert sorted(line.split(":")[0] for line in str(told.value).splitlines()[1:]) == [
        "$",
        "$.a",
        "$.b[0]",
        "$.b[2]",
        "$.d",
    ]


@pytest.mark.parametrize(
    "shape",
    [
        "int",
        True,
        False,
        5,
        object(),
        Point(1, 2),
        Callable[[int], str],
        range,
        threading.Lock,
        len,
        lambda x: x,
        strict_json,
        list[threading.Thread],
        "NotThere",
        Annotated[str, Field(pattern="^(?=a)")],
    ],
    ids=lambda one: str(one).split(" at 0x")[0],
)
def test_a_shape_that_has_no_json_is_refused(shape):
    with pytest.raises(SchemaRejected):
        Schema.of(shape)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="pydantic reads it since Python 3.12")
def test_a_typed_dict_of_old_python_is_refused_with_what_to_use_instead():
    with pytest.raises(SchemaRejected, match="typing_extensions"):
        Schema.of(typing.TypedDict("Old", {"a": int}))


def test_a_class_that_is_not_complete_is_refused_by_name():
    class Open(BaseModel):
        other: "Missing"  # noqa: F821

    with pytest.raises(SchemaRejected, match="Open"):
        Schema.of(Open)


WORDED = [
    ({"require": ["a"]}, "$.require", 'did you mean "required"?'),
    ({"properties": {"a": {"minlength": 1}}}, "$.properties.a.minlength", '"minLength"'),
    ({"nullable": True}, "$.nullable", '"null"'),
    ({"dependencies": {}}, "$.dependencies", "dependentRequired"),
    ({"items": [{}]}, "$.items", "must be a schema"),
    ({"$schema": "http://json-schema.org/draft-04/schema#", "const": 1}, "$.const", "later draft"),
    (
        {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMaximum": True},
        "$.exclusiveMaximum",
        "`maximum` beside it",
    ),
    ({"format": "credit-card"}, "$.format", "date-time"),
    ({"pattern": "(?!a)"}, "$.pattern", "without look-around"),
    ({"$ref": "http://x/y"}, "$.$ref", "within the schema"),
    ({"anyOf": [{}, {"$ref": "#"}]}, "$", "a property or an item"),
    ({"properties": {"a b": {"type": "txt"}}}, '$.properties["a b"].type', "must be one"),
]


@pytest.mark.parametrize(("schema", "path", "words"), WORDED, ids=str)
def test_a_refusal_names_the_place_and_the_way_out(schema, path, words):
    with pytest.raises(SchemaRejected, match=re.escape(words)) as told:
        check_schema(schema)
    assert told.value.path == path


CANONICAL = [
    ({"$schema": "http://json-schema.org/draft-07/schema#", "type": "null"}, {"type": "null"}),
    ({"x-own": 1, "$comment": "c", "title": "T", "readOnly": True}, {"title": "T"}),
    (
        {"$defs": {"a/b": {"type": "null"}, "unused": {}}, "items": {"$ref": "#/$defs/a~1b"}},
        {"items": {"$ref": "#/$defs/a_b"}, "$defs": {"a_b": {"type": "null"}}},
    ),
    (
        {"properties": {"a": {"type": "null"}, "b": {"$ref": "#/properties/a"}}},
        {
            "properties": {
                "a": {"$ref": "#/$defs/properties_a"},
                "b": {"$ref": "#/$defs/properties_a"},
            },
            "$defs": {"properties_a": {"type": "null"}},
        },
    ),
    (
        {"$defs": {"n": {"items": {"$ref": "#/$defs/n"}}}, "$ref": "#/$defs/n"},
        {"items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"items": {"$ref": "#/$defs/n"}}}},
    ),
    ({"minLength": 2.0}, {"minLength": 2}),
]


@pytest.mark.parametrize(("schema", "canonical"), CANONICAL, ids=str)
def test_a_schema_comes_out_in_one_dialect(schema, canonical):
    found = Schema.of(schema).json
    assert json.dumps(found) == json.dumps(canonical)
    assert json.dumps(Schema.of(found).json) == json.dumps(canonical)


@pytest.mark.parametrize("shape", [one[0] for one in READ] + [Sum, Told], ids=str)
def test_what_comes_out_of_a_type_is_a_schema_that_we_take(shape):
    document = Schema.of(shape).json
    assert json.dumps(Schema.of(document).json) == json.dumps(document)


def test_a_schema_is_named_by_its_type_or_title():
    assert Schema.of(Invoice).name == "Invoice"
    assert Schema.of(list[Invoice]).name == "list[Invoice]"
    assert Schema.of({"title": "Bill"}).name == "Bill"
    assert Schema.of({}).name == "JSON"


def test_equal_schemas_are_equal_and_one_is_kept():
    one, two = ({"type": "object", "properties": {"a": {"const": 1}}} for _ in range(2))
    assert Schema.of(one) is Schema.of(two)
    assert hash(Schema.of(one)) == hash(Schema("JSON", one, strict_json))
    assert Schema.of(one) == Schema("JSON", one, strict_json)
    assert Schema.of({"const": 1}) != Schema.of({"const": True})
    assert Schema.of({"const": 1}) != Schema.of({"const": 1.0})
    assert Schema.of(Literal[1]) != Schema.of(Literal[True])
    assert Schema.of(int) is Schema.of(int)


def test_a_schema_that_is_changed_afterwards_does_not_change_what_was_made_of_it():
    written = {"properties": {"a": {"type": "integer"}}}
    schema = Schema.of(written)
    written["properties"]["a"]["type"] = "string"
    assert schema.read('{"a": 1}') == {"a": 1}
    assert Schema.of(written).read('{"a": "1"}') == {"a": "1"}


def test_no_more_than_some_hundred_schemas_are_kept():
    from s2s_tasks.schema import schema as module

    for n in range(1_000):
        Schema.of({"const": n})
    for kept in (module._raw, module._typed):
        assert kept.cache_info().maxsize == module.KEPT
        assert kept.cache_info().currsize <= module.KEPT


def test_threads_share_a_schema():
    schema, wrong = Schema.of(Invoice), []

    def work(n):
        for k in range(50):
            price = n * 1_000 + k
            text = json.dumps({"number": "R-1", "lines": [{"text": "a", "price": price}]})
            if schema.read(text).lines[0].price != price:
                wrong.append(price)
            with pytest.raises(InvalidOutput, match=rf"not {price}$"):
                schema.read(json.dumps({"number": price}))

    threads = [threading.Thread(target=work, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_recursive_unions_of_a_type_end():
    schema = Schema.of(Sum)
    assert schema.read('{"plus": ' * 9 + "1" + "}" * 9)
    with pytest.raises(InvalidOutput, match="too deep in alternatives"):
        schema.read('{"plus": ' * 63 + "1" + "}" * 63)


def test_recursive_unions_that_a_field_tells_apart_may_be_deep():
    schema = Schema.of(Told)
    text = '{"kind": "told", "below": ' * 60 + "null" + "}" * 60
    assert isinstance(schema.read(text), Told)


@pytest.mark.parametrize("scheme", ["file://{}", "http://127.0.0.1:9{}"])
def test_the_validator_itself_fetches_nothing(scheme, tmp_path):
    place = tmp_path / "schema.json"
    place.write_text('{"type": "null"}')
    with pytest.raises(SchemaRejected, match="PermissionError"):
        Validator({"$ref": scheme.format(place)}, formats=True)


def test_every_known_format_is_asserted():
    for name in FORMATS - {"iri-reference", "uri-reference"}:
        with pytest.raises(InvalidOutput, match=name):
            Schema.of({"format": name}).read('"{a b^ {"')


# --- strict parsing ---------------------------------------------------------------------------

UNREADABLE = [
    ('{"a": 1, "b": 2, "a": 3}', 'the key "a" comes twice'),
    ("NaN", "NaN is no JSON number"),
    ("[-Infinity]", "-Infinity is no JSON number"),
    ("[1e999]", '"1e999" is too large'),
    ("[1.5E-99999999999999999999]", "exponent of more than 4 digits"),
    ("[0e+10000]", "exponent of more than 4 digits"),
    ("1" * 4_301, "more than 4,300 digits"),
    (r'"\ud800"', r"\ud800 is half a character"),
    ('"\ud800"', "half a character"),
    ('{"a": 1', "line 1 column 8"),
    ('{"a": "b', "Unterminated string"),
    ("[1,\n 2,]", "line 2 column 4"),
    ("{'a': 1}", "before \"'a': 1}\""),
    ("", "the end"),
    ("[" * 65 + "]" * 65, "more than 64 levels deep"),
]


@pytest.mark.parametrize(("text", "words"), UNREADABLE, ids=[words for _, words in UNREADABLE])
def test_unreadable_json_is_told_where_and_what(text, words):
    with pytest.raises(InvalidOutput, match=re.escape(words)):
        strict_json(text)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2**53 + 1,
        10**4_299,
        0.1,
        5e-324,
        1.7976931348623157e308,
        "é😀\u2028",
        {"": [{}]},
        None,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_written_is_what_is_read(value):
    for ascii_only in (True, False):
        found = strict_json(json.dumps(value, ensure_ascii=ascii_only))
        assert found == value
        assert type(found) is type(value)


def test_parsing_does_not_depend_on_the_limits_of_the_process():
    digits, depth = sys.get_int_max_str_digits(), sys.getrecursionlimit()
    try:
        sys.set_int_max_str_digits(0)
        sys.setrecursionlimit(100_000)
        for text in ("9" * 4_301, "[" * 50_000):
            with pytest.raises(InvalidOutput):
                strict_json(text)
    finally:
        sys.set_int_max_str_digits(digits)
        sys.setrecursionlimit(depth)


# --- folding ----------------------------------------------------------------------------------

SIZES = {"enum": ["S", "M", "XL", "xl"]}
SHOP = {
    "properties": {
        "colour": {"enum": ["red", "Dark Blue"]},
        "sizes": {"items": SIZES},
        "kind": {"const": "order"},
        "note": {"anyOf": [{"const": "none"}, {"type": "string"}]},
        "next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
        "maybe": {"anyOf": [{"enum": ["yes", "no"]}, {"type": "null"}]},
    },
    "additionalProperties": {"enum": ["On", "Off"]},
}
FOLDS = [
    ({"colour": "Red"}, {"colour": "red"}),
    ({"colour": " dark blue\n"}, {"colour": "Dark Blue"}),
    ({"sizes": ["s", "m ", "XL"]}, {"sizes": ["S", "M", "XL"]}),
    ({"sizes": ["Xl"]}, {"sizes": ["Xl"]}),
    ({"kind": "ORDER"}, {"kind": "order"}),
    ({"note": "None"}, {"note": "None"}),
    ({"next": {"next": {"colour": "RED"}}}, {"next": {"next": {"colour": "red"}}}),
    ({"maybe": "YES"}, {"maybe": "yes"}),
    ({"other": "on"}, {"other": "On"}),
    ({"colour": "green"}, {"colour": "green"}),
    ({"colour": "red"}, {"colour": "red"}),
    ({"colour": 1}, {"colour": 1}),
    (["Red"], ["Red"]),
]


@pytest.mark.parametrize(("value", "right"), FOLDS, ids=str)
def test_enum_texts_are_folded_where_one_alone_is_meant(value, right):
    found, notes = folded(value, Schema.of(SHOP))
    assert found == right
    assert bool(notes) == (found != value)


def test_a_fold_is_told():
    _, notes = folded({"sizes": ["M", "m"]}, Schema.of(SHOP))
    assert notes == ('$.sizes[1]: "m" was read as "M"',)


def test_a_folded_value_fits():
    schema = Schema.of(list[Colour])
    value, _ = folded(["RED", " blue"], schema)
    assert schema.read(json.dumps(value)) == [Colour.RED, Colour.BLUE]


class Bill(BaseModel):
    total: Decimal
    rate: float = 0.0


@pytest.mark.parametrize(
    "digits", ["12345678901234567.89", "0.12345678901234567890123", "12.50", "-1e-30", "7"]
)
def test_a_decimal_keeps_all_its_digits(digits):
    read = Schema.of(Bill).read(f'{{"total": {digits}, "rate": 0.1234567890123456789}}')
    assert read.total == Decimal(digits)
    assert read.rate == 0.1234567890123456789
