"""Claims about extraction from long texts: what parts may say, and what becomes of it."""

import json
import re
from itertools import pairwise
from typing import Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from s2s_tasks import Budget, Completion, InvalidOutput, Policy, Schema, Tasks, TooLong
from s2s_tasks.backend import Capabilities
from s2s_tasks.catalog import Extract
from s2s_tasks.catalog.merge import MOST_CONFLICTS, Candidate, Merged, frozen, merged
from s2s_tasks.catalog.overlap import overlapping
from s2s_tasks.catalog.relax import relaxed
from s2s_tasks.exchange import Coverage, Span
from s2s_tasks.testing import Scripted


class Line(BaseModel):
    what: str
    price: float


class Party(BaseModel):
    name: str
    city: str | None = None


class Invoice(BaseModel):
    number: str
    currency: Literal["EUR", "USD"] = "EUR"
    seller: Party
    lines: list[Line] = Field(min_length=1, max_length=4)


INVOICE = Schema.of(Invoice).json


# --- what a part may say ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (INVOICE, [{}, {"number": None}, {"seller": {}}, {"seller": {"name": None}}], [[], None]),
        (INVOICE, [{"lines": []}, {"lines": None}], [{"lines": [{"what": "tea"}]}]),
        (INVOICE, [{"currency": "EUR"}, {"currency": None}], [{"currency": "GBP"}, {"number": 7}]),
        (Schema.of(int).json, [1, None], ["1", {}]),
        (Schema.of(list[Line]).json, [[]], [None, [{"what": "tea"}]]),
        (Schema.of(Line | Party).json, [None, {"name": "A"}], [{}, {"city": "B"}]),
        (Schema.of(Party | None).json, [{}, None], [[]]),
        (
            {
                "type": "array",
                "items": {"type": "integer"},
                "minItems": 2,
                "contains": {"const": 7},
            },
            [[], [1]],
            [["1"]],
        ),
        (
            {"type": "object", "required": ["a"], "minProperties": 1, "properties": {}},
            [{}, {"b": 1}],
            [[]],
        ),
        (
            {
                "type": "object",
                "properties": {"at": {"type": "array", "minItems": 2, "maxItems": 2}},
            },
            [{"at": None}, {"at": [1, 2]}],
            [{"at": [1]}],
        ),
        (
            {"allOf": [{"required": ["a"]}, {"required": ["b"]}]},
            [None, {"a": 1, "b": 2}],
            [{"a": 1}],
        ),
    ],
)
def test_a_part_may_leave_out_what_a_value_has_once_but_no_half_of_an_item(schema, good, bad):
    check = jsonschema.Draft202012Validator(relaxed(schema))
    for value in good:
        assert check.is_valid(value), value
    for value in bad:
        assert not check.is_valid(value), value


def test_a_default_is_nothing_that_a_part_says():
    assert "default" in json.dumps(INVOICE)
    assert "default" not in json.dumps(Schema.of(relaxed(INVOICE)).json)


def test_a_schema_that_refers_to_itself_is_relaxed_to_its_end():
    class Node(BaseModel):
        name: str
        next: "Node | None" = None
        all: list["Node"]

    made = relaxed(Schema.of(Node).json)
    check = jsonschema.Draft202012Validator(made)
    assert check.is_valid({"next": {"next": {"all": []}}})
    assert not check.is_valid({"all": [{}]})
    assert relaxed({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}})


def test_a_schema_that_refers_to_its_root_keeps_its_items_whole():
    root = {"$ref": "#"}
    properties = {"name": {"type": "string"}, "all": {"type": "array", "items": root}, "next": root}
    made = relaxed({"type": "object", "required": ["name"], "properties": properties})
    check = jsonschema.Draft202012Validator(made)
    assert check.is_valid({"next": {"next": {}}, "all": [{"name": "a"}]})
    assert not check.is_valid({"all": [{}]})


def test_only_definitions_in_use_are_kept():
    document = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "integer"}, "B": {"type": "null"}}}
    assert [*Schema.of(relaxed(document)).json["$defs"]] == ["A"]


# --- what becomes of it -----------------------------------------------------------------------


def together(schema, *said):
    candidates = [Candidate(value, Span(10 * n, 10 * n + 12)) for n, value in enumerate(said)]
    return merged(schema, candidates)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ([{}, {}], {}),
        ([None, {"number": "7"}], {"number": "7"}),
        ([{"number": "7"}, {"number": None}, {"currency": "USD"}], {"number": "7", "currency": "USD"}),
        ([{"seller": {"name": "A"}}, {"seller": {"city": "B"}}], {"seller": {"name": "A", "city": "B"}}),
        ([{"seller": {"city": None}}], {"seller": {"city": None}}),
        ([{"seller": {"name": None}}, {"seller": None}], {"seller": {}}),
        ([{"lines": [1, 2]}, {"lines": [2, 3]}, {"lines": None}], {"lines": [1, 2, 3]}),
        ([{"lines": [{"a": 1, "b": 2}]}, {"lines": [{"b": 2.0, "a": 1}]}], {"lines": [{"a": 1, "b": 2}]}),
        ([{"lines": [1, 1]}, {"lines": [1]}], {"lines": [1, 1]}),
        ([{"lines": [True]}, {"lines": [1]}, {"lines": ["1"]}], {"lines": [True, 1, "1"]}),
        ([{"more": {"a": 1}}, {"more": {"b": [2]}}, {"more": {"b": [3]}}], {"more": {"a": 1, "b": [2, 3]}}),
    ],
)  # fmt: skip
def test_objects_are_merged_and_lists_are_joined(said, value):
    assert together(INVOICE, *said) == Merged(value)


@pytest.mark.parametrize(
    ("said", "value", "conflicts"),
    [
        (["a", "a"], "a", []),
        (
            ["a", "b"],
            "a",
            ['$.number is "a" (characters 0-12), not "b" (characters 10-22)'],
        ),
        (
            ["a", "b", "b"],
            "b",
            ['$.number is "b" (characters 10-22, 20-32), not "a" (characters 0-12)'],
        ),
        (
            ["a", None, "b", "a", "c", "a", "a"],
            "a",
            [
                (
                    '$.number is "a" (characters 0-12, 30-42, 50-62, ...),'
                    ' not "b" (characters 20-32); not "c" (characters 40-52)'
                )
            ],
        ),
    ],
)
def test_of_scalars_the_most_named_counts_and_the_others_are_told(said, value, conflicts):
    made = together(INVOICE, *({"number": one} for one in said))
    assert made.value == {"number": value}
    assert [*made.conflicts] == conflicts


def test_conflicts_are_told_by_their_path_and_shortly():
    made = together(
        INVOICE, {"seller": {"name": "a" * 999}}, {"seller": {"name": "b"}}, {"lines": [1]}
    )
    assert made.conflicts[0].startswith('$.seller.name is "aaaa')
    assert len(made.conflicts[0]) < 200
    many = {f"field {n}": n for n in range(50)}
    told = together({}, many, dict.fromkeys(many, -1)).conflicts
    assert len(told) == MOST_CONFLICTS + 1
    assert told[-1] == f"the parts disagree in {50 - MOST_CONFLICTS} more places"


def test_null_beside_a_type_changes_nothing_of_how_it_is_put_together():
    items = {"type": ["array", "null"], "minItems": 2}
    schema = {"type": ["object", "null"], "properties": {"a": items}, "required": ["a"]}
    assert together(schema, None, {"a": [1]}, {"a": None}, {"a": [2]}).value == {"a": [1, 2]}
    check = jsonschema.Draft202012Validator(relaxed(schema))
    assert all(check.is_valid(part) for part in (None, {}, {"a": [1]}, {"a": None}))
    either = {"type": ["array", "object"]}
    assert together(either, [1], {"a": 1}, [1]).value == [1]


def test_what_makes_sense_only_as_a_whole_is_not_taken_apart():
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    assert together(pair, [1, 2], [3, 4], [3, 4]).value == [3, 4]
    union = Schema.of(Line | Party).json
    line, party = {"what": "tea", "price": 2}, {"name": "A"}
    assert together(union, line, party).value == line
    assert together(Schema.of(int).json, None, 3, None).value == 3
    assert together(Schema.of(Party | None).json, None, {"name": "A"}, {"city": "B"}).value == {
        "name": "A",
        "city": "B",
    }


SCALARS = {
    "string": st.text(max_size=3),
    "integer": st.integers(-3, 3),
    "boolean": st.booleans(),
}


@st.composite
def shapes(draw, deep=2):
    """A schema, and a strategy of values for it."""
    kind = draw(st.sampled_from(["scalar", "list", "object"] if deep else ["scalar"]))
    if kind == "scalar":
        name = draw(st.sampled_from([*SCALARS]))
        return {"type": name}, SCALARS[name]
    if kind == "list":
        schema, items = draw(shapes(deep=deep - 1))
        return {"type": "array", "items": schema, "minItems": 1}, st.lists(
            items, min_size=1, max_size=3
        )
    fields = draw(st.dictionaries(st.sampled_from("abcd"), shapes(deep=deep - 1), max_size=3))
    schema = {
        "type": "object",
        "properties": {name: field for name, (field, _) in fields.items()},
        "required": [*fields],
    }
    return schema, st.fixed_dictionaries({name: values for name, (_, values) in fields.items()})


def thinned(draw, value):
    """What a part of the text may say of the value."""
    if isinstance(value, dict):
        kept = {}
        for name, inner in value.items():
            how = draw(st.sampled_from(["left out", "null", "said", "said"]))
            if how != "left out":
                kept[name] = None if how == "null" else thinned(draw, inner)
        return kept
    if isinstance(value, list):
        start = draw(st.integers(0, len(value)))
        return value[start : draw(st.integers(start, len(value)))]
    return value


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_parts_of_one_value_fit_their_schema_and_make_up_nothing_but_that_value(data):
    schema, values = data.draw(shapes())
    value = data.draw(values)
    check = jsonschema.Draft202012Validator(relaxed(schema))
    said = [thinned(data.draw, value) for _ in range(data.draw(st.integers(0, 3)))]
    assert all(check.is_valid(part) for part in [value, *said])
    part = together(schema, *said)
    assert part.conflicts == ()
    assert contained(part.value, value)
    whole = together(schema, value, *said)
    assert whole.conflicts == ()
    assert contained(value, whole.value)
    assert contained(whole.value, value)


def contained(part, whole):
    if part is None:
        return True
    if isinstance(part, dict):
        return all(contained(inner, whole[name]) for name, inner in part.items())
    if isinstance(part, list):
        return {frozen(item) for item in part} <= {frozen(item) for item in whole}
    return frozen(part) == frozen(whole)


# --- windows ----------------------------------------------------------------------------------


def words(text):
    return len(text.split())


@settings(max_examples=60, deadline=None)
@given(
    text=st.lists(
        st.sampled_from(["Word", "a", ". ", "! ", "\n\n", " ", "\n", "長い"]),
        min_size=1,
        max_size=400,
    ).map("".join),
    limit=st.integers(16, 120),
    measure=st.sampled_from([len, words]),
)
def test_windows_are_whole_small_enough_and_overlap_in_sentences(text, limit, measure):
    spans = overlapping(text, limit, measure)
    assert Coverage.of(tuple(Span(a, b) for a, b in spans), len(text)).complete
    assert all(measure(text[a:b]) <= limit for a, b in spans)
    assert all(b > a for a, b in spans)
    assert all(one[1] < other[1] for one, other in pairwise(spans))


def test_a_sentence_at_a_border_stands_whole_in_the_next_window():
    text = " ".join(f"This is sentence number {n}." for n in range(200))
    spans = overlapping(text, 100, words)
    assert len(spans) > 2
    for (_, end), (begin, _) in pairwise(spans):
        assert begin < end
        assert text[begin:].startswith("This is sentence")


def test_words_overlap_where_no_sentence_is_short_enough():
    text = "word " * 1000
    spans = overlapping(text, 100, words)
    assert all(b < a for (_, a), (b, _) in pairwise(spans))


# --- the whole flow ---------------------------------------------------------------------------

PROSE = "It was a quiet day at the office, and nobody called about anything at all. "
LONG = (
    "Invoice R-7 of Tea & Co. One tea costs 2.5 EUR. "
    + PROSE * 60
    + "The seller sits in Bern. One cake costs 4 EUR. "
    + PROSE * 60
    + "This was invoice R-7 of Tea & Co. Again: one tea costs 2.5 EUR."
)


def found(text):
    """What a good model finds in a part of LONG."""
    lines = [
        {"what": what, "price": float(price)}
        for what, price in re.findall(r"[Oo]ne (\w+) costs ([\d.]+) EUR", text)
    ]
    number = re.search(r"R-\d+", text)
    seller = {}
    if "Tea & Co" in text:
        seller["name"] = "Tea & Co"
    if city := re.search(r"sits in (\w+)", text):
        seller["city"] = city[1]
    return {"number": number and number[0], "seller": seller, "lines": lines}


def reader(change=lambda said: said):
    return lambda request: json.dumps(change(found(request.text)))


ROOMY = Capabilities("scripted", follows_words=True, streams=True, batch=8, context=700)


def client(answer, **options):
    backend = Scripted(answer, capabilities=ROOMY)
    return Tasks(backend=backend, **options), backend


WANTED = {
    "number": "R-7",
    "currency": "EUR",
    "seller": {"name": "Tea & Co", "city": "Bern"},
    "lines": [{"what": "tea", "price": 2.5}, {"what": "cake", "price": 4.0}],
}


def test_a_long_text_is_read_in_parts_and_put_together():
    tasks, backend = client(reader())
    result = tasks.extract(LONG, schema=Invoice)
    assert result.value.model_dump() == WANTED
    assert result.coverage.complete
    assert result.warnings == ()
    assert len(backend.requests) > 2
    for request in backend.requests:
        assert words(request.words + request.text) <= 700
        assert request.lead is None
        assert "required" not in request.schema.json
    assert "part 1 of" in backend.requests[0].instruction
    assert len(backend.rounds) < len(backend.requests)  # side by side


@pytest.mark.parametrize("schema", [Invoice, INVOICE])
def test_a_typed_and_a_raw_schema_find_the_same(schema):
    tasks, _ = client(reader(lambda said: said | {"currency": "EUR"}))
    value = tasks.extract(LONG, schema=schema).value
    assert (value.model_dump() if isinstance(value, Invoice) else value) == WANTED


def test_a_text_that_fits_is_asked_about_once():
    tasks, backend = client(json.dumps(WANTED))
    tasks.extract("A short text.", schema=Invoice)
    assert [request.reads for request in backend.requests] == [None]


def test_of_a_long_text_the_stream_shows_the_value_at_its_end():
    tasks, _ = client(reader())
    stream = tasks.extract.stream(LONG, schema=Invoice)
    [piece] = stream
    assert json.loads(piece) == piece.value
    assert piece.value | {"currency": "EUR"} == WANTED
    assert stream.result.value.model_dump() == WANTED


def test_parts_that_disagree_are_told_in_the_warnings():
    def change(said):
        return said | ({"number": "R-8"} if "Bern" in str(said) else {})

    tasks, _ = client(reader(change))
    result = tasks.extract(LONG, schema=Invoice)
    assert result.value.number == "R-7"
    [warning] = result.warnings
    assert warning.startswith('parts of the text disagree: $.number is "R-7" (characters 0-')
    assert 'not "R-8" (characters ' in warning


def too_many(request):
    if request.reads == ():
        said = json.loads(request.text)
        return json.dumps(said | {"lines": said["lines"][:2]})
    lines = [{"what": f"tea {n} of {len(request.text)}", "price": 1} for n in range(3)]
    return json.dumps(found(request.text) | {"lines": lines})


def test_what_does_not_fit_together_is_put_right_once_by_the_model():
    tasks, backend = client(too_many)
    result = tasks.extract(LONG, schema=Invoice)
    assert len(result.value.lines) == 2
    *_, last = backend.requests
    assert last.schema == Schema.of(Invoice)
    assert len(json.loads(last.text)["lines"]) > 4
    assert "lines" in last.instruction
    assert result.coverage.complete
    [warning] = result.warnings
    assert warning.startswith("the model made the values of the parts fit: ")
    stream = tasks.extract.stream(LONG, schema=Invoice)
    pieces = list(stream)
    assert len(pieces) > 3
    assert len(pieces[-1].value["lines"]) == 2


@pytest.mark.parametrize("repairs", [0, 1])
def test_what_no_part_says_is_named_by_the_error(repairs):
    def nameless(request):
        said = json.loads(request.text) if request.reads == () else found(request.text)
        said["seller"].pop("name", None)
        return json.dumps(said)

    tasks, backend = client(nameless, policy=Policy(repairs=repairs))
    with pytest.raises(InvalidOutput, match=r'seller: misses "name"'):
        tasks.extract(LONG, schema=Invoice)
    assert sum(request.reads == () for request in backend.requests) == repairs


def test_where_nothing_is_found_the_model_is_not_asked_to_make_it_up():
    tasks, backend = client("{}")
    with pytest.raises(InvalidOutput, match="number"):
        tasks.extract(LONG, schema=Invoice)
    assert all(request.reads for request in backend.requests)
    assert tasks.extract(LONG, schema={"type": "object"}).value == {}
    assert client("null")[0].extract(LONG, schema=int | None).value is None


def test_a_part_that_is_answered_badly_is_asked_again_and_then_an_error():
    class OnceBad:
        bad = 0

        def __call__(self, request):
            if request.earlier is None and "part 2 of" in request.instruction:
                self.bad += 1
                return '{"lines": [{"what": "tea"}]}'
            return json.dumps(found(request.text))

    assert client(OnceBad())[0].extract(LONG, schema=Invoice).value.model_dump() == WANTED
    with pytest.raises(InvalidOutput):
        client('{"lines": [{"what": "tea"}]}')[0].extract(LONG, schema=Invoice)


def test_enums_that_parts_spell_otherwise_are_told_with_their_place():
    def change(said):
        return said | ({"currency": "eur"} if "Bern" in str(said) else {})

    result = client(reader(change))[0].extract(LONG, schema=Invoice)
    assert result.value.currency == "EUR"
    assert result.warnings
    told = r'\$\.currency: "eur" was read as "EUR" \(characters [\d,]+-[\d,]+\)'
    assert all(re.fullmatch(told, warning) for warning in result.warnings)


def test_a_schema_that_leaves_no_room_for_text_is_too_long():
    budget = Budget(words, 20)
    with pytest.raises(TooLong, match="leaves"):
        next(Extract(schema=Invoice).flow(LONG, budget))


def test_a_rule_of_ones_own_holds_for_what_was_put_together():
    class Strict(Extract):
        def read(self, completion: Completion):
            if len((value := super().read(completion))["lines"]) < 3:
                raise InvalidOutput("There are three lines.")
            return value

    with pytest.raises(InvalidOutput, match="three lines"):
        client(reader())[0].run(Strict(schema={"type": "object"}), LONG)
