"""Masks: whatever walks through one writes what was asked for, and nothing else can."""

import json
import random
import re
import time
from enum import Enum
from typing import Annotated, Literal

import jsonschema
import pytest
from pydantic import BaseModel, Field
from tiny import make

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.mask import Masks, Unmaskable
from s2s_tasks.checkpoint.mask.bounds import bounded, cut_short
from s2s_tasks.checkpoint.mask.disjoint import without_one_of
from s2s_tasks.form import Choice, Grammar, Regex
from s2s_tasks.schema import Schema

pytest.importorskip("llguidance", reason="masks need llguidance: pip install s2s-tasks[local]")

ENDS = {"llama": (1,), "gpt2": (0,), "qwen2": (416,), "gemma": (1,), "t5": (1,), "marian": (0,)}
STEPS = 300


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Size(Enum):
    S = "small"
    L = "large"


class Box(BaseModel):
    """Nested, optional, listed."""

    size: Size
    weight: Annotated[float, Field(ge=0, le=99)] | None = None
    owner: Cat | Dog
    tags: list[str] = []


SCHEMAS = {
    "object": {
        "type": "object",
        "properties": {"name": {"type": "string", "maxLength": 9}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    },
    "enum": {"enum": ["red", "green", 3, None]},
    "const": {"const": {"a": [1, 2]}},
    "bounds": {"type": "number", "minimum": 0.5, "maximum": 2, "multipleOf": 0.25},
    "array": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
    "tuple": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "null"}], "items": False},
    "pattern": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"},
    "format": {"type": "string", "format": "date"},
    "recursive": {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"v": {"type": "boolean"}, "next": {"$ref": "#/$defs/node"}},
                "required": ["v"],
            }
        },
        "$ref": "#/$defs/node",
    },
    "kinds": {"type": ["integer", "null", "boolean"]},
    "any of": {"anyOf": [{"type": "string", "maxLength": 4}, {"type": "array", "maxItems": 0}]},
    "one of": {"oneOf": [{"type": "boolean"}, {"type": "integer"}]},
    "typed": Box,
}  # fmt: skip


def masks_of(name):
    return Masks(codec_of(open_checkpoint(str(make(name)))), ENDS[name])


@pytest.fixture(scope="module", params=ENDS)
def masks(request):
    return masks_of(request.param)


@pytest.fixture(scope="module")
def llama():
    return masks_of("llama")


def bits(allowed):
    return [8 * at + bit for at, byte in enumerate(allowed) for bit in range(8) if byte >> bit & 1]


def wandered(mask, seed):
    """The ids of an output that takes any allowed token, and ends when it can."""
    walk, chance, ids = mask.walk(), random.Random(seed), []
    while not walk.over and len(ids) < STEPS:
        if walk.whole and len(ids) > STEPS // 2:
            break
        token = walk.forced[0] if walk.forced else chance.choice(bits(walk.allowed()))
        walk.step(token)
        assert not walk.error
        ids.append(token)
    return ids, walk.whole


def valid(schema, text):
    Schema.of(schema).read(text)  # raises
    document = schema if isinstance(schema, dict) else schema.model_json_schema()
    jsonschema.Draft202012Validator(document).validate(json.loads(text))


@pytest.mark.parametrize("name", SCHEMAS)
def test_whatever_is_allowed_is_valid(masks, name):
    mask = masks.compiled(Schema.of(SCHEMAS[name]))
    texts = set()
    for seed in range(12):
        ids, whole = wandered(mask, seed)
        if whole:
            texts.add(mask.text([one for one in ids if one not in masks._ends]))
    assert texts
    for text in texts:
        valid(SCHEMAS[name], text)


@pytest.mark.parametrize("name", ["object", "enum", "tuple", "recursive"])
def test_there_is_no_idle_space(llama, name):
    mask = llama.compiled(Schema.of(SCHEMAS[name]))
    for seed in range(6):
        ids, whole = wandered(mask, seed)
        if whole:
            text = mask.text(ids)
            assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_what_is_forced_is_spelled_as_the_tokenizer_would(llama):
    codec = codec_of(open_checkpoint(str(make("llama"))))
    walk = llama.compiled(Schema.of(SCHEMAS["object"])).walk()
    ids = list(walk.forced)
    for one in ids:
        walk.step(one)
    assert ids == codec.encode('{"name":"')[-len(ids) :]
    assert not walk.forced


def test_what_is_forced_is_always_allowed(llama):
    for schema in SCHEMAS.values():
        walk, chance = llama.compiled(Schema.of(schema)).walk(), random.Random(4)
        for _ in range(60):
            if walk.over:
                break
            allowed = bits(walk.allowed())
            assert walk.forced[:1] in ((), *[(one,) for one in allowed])
            walk.step(walk.forced[0] if walk.forced else chance.choice(allowed))


def test_a_fork_goes_its_own_way(llama):
    one = llama.compiled(Choice(("yes", "yellow"))).walk()
    other = one.fork()
    while not one.over:
        one.step(bits(one.allowed())[0])
    assert not other.over
    assert other.allowed() == llama.compiled(Choice(("yes", "yellow"))).walk().allowed()


@pytest.mark.parametrize(
    ("form", "pattern"),
    [
        (Choice(("refund", "bug report", 'say "hi"', "größer")), 'refund|bug report|say "hi"|größer'),
        (Regex(r"[0-9]{2,4} (EUR|USD)"), r"[0-9]{2,4} (EUR|USD)"),
        (Grammar('start: "a" b+ "."\nb: "b" | "c"'), r"a[bc]+\."),
    ],
    ids=["choice", "regex", "grammar"],
)  # fmt: skip
def test_a_form_is_kept_to_the_letter(masks, form, pattern):
    if isinstance(form, Choice) and masks._ends == ENDS["marian"]:
        form = Choice(("refund", "bug report"))  # its pieces have no umlaut
    mask = masks.compiled(form)
    texts = {mask.text(ids) for ids, whole in (wandered(mask, n) for n in range(30)) if whole}
    assert texts
    assert all(re.fullmatch(pattern, text) for text in texts)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"not": {"type": "integer"}}, "not"),
        ({"oneOf": [{"minimum": 3}, {"maximum": 5}]}, "oneOf"),
    ],
    ids=["unique", "not", "overlapping"],
)
def test_what_a_mask_would_weaken_is_refused(llama, schema, why):
    with pytest.raises(Unmaskable, match=why):
        llama.compiled(Schema.of(schema))


def test_what_costs_too_much_is_refused(llama):
    began = time.monotonic()
    with pytest.raises(Unmaskable, match="more than 5,000"):
        llama.compiled(Choice(tuple(f"{n * 7919 % 100_003:06}" * 4 for n in range(30_000))))
    assert time.monotonic() - began < 1


def test_a_vocabulary_without_braces_says_so(tmp_path):
    codec = codec_of(open_checkpoint(str(make("marian"))))
    codec._tokens = {n: t.replace("{", "x") for n, t in codec._tokens.items()}
    with pytest.raises(Unmaskable, match=r"no token that writes \{"):
        Masks(codec, ENDS["marian"]).compiled(Schema.of(SCHEMAS["object"]))


def test_a_choice_that_the_vocabulary_cannot_write_is_refused():
    with pytest.raises(Unmaskable):
        masks_of("marian").compiled(Choice(("ℵ", "ℶ")))


def test_compiled_masks_are_kept_and_bounded(llama):
    first = llama.compiled(Regex("a{1}"))
    assert llama.compiled(Regex("a{1}")) is first
    for n in range(2, 80):
        llama.compiled(Regex(f"a{{{n}}}"))
    assert len(llama._kept) == 64
    assert llama.compiled(Regex("a{1}")) is not first


ONE_OF = {
    "kinds apart": ([{"type": "string"}, {"type": ["null", "boolean"]}], True),
    "integers are numbers": ([{"type": "integer"}, {"type": "number"}], False),
    "told by a field": (
        [
            {"type": "object", "properties": {"k": {"const": c}}, "required": ["k"]}
            for c in ("a", "b")
        ],
        True,
    ),
    "the field may be left out": (
        [{"type": "object", "properties": {"k": {"const": c}}} for c in ("a", "b")],
        False,
    ),
    "the same value": ([{"const": "a"}, {"enum": ["a", "b"]}], False),
    "any value": ([{}, {"type": "string"}], False),
}


@pytest.mark.parametrize("name", ONE_OF)
def test_one_of_becomes_any_of_only_where_no_value_fits_two(name):
    branches, apart = ONE_OF[name]
    assert ("anyOf" in without_one_of({"oneOf": branches})) is apart


def test_a_field_may_be_called_like_a_keyword():
    schema = {
        "type": "object",
        "properties": {"oneOf": {"type": "string"}, "discriminator": {"type": "string"}},
    }
    assert without_one_of(schema) == schema
    assert bounded(schema)["properties"].keys() == {"oneOf", "discriminator"}


@pytest.mark.parametrize(
    ("schema", "added"),
    [
        ({"type": "string"}, {"maxLength": 8192}),
        ({"type": "string", "maxLength": 20_000}, {}),
        ({"type": "string", "pattern": "a"}, {}),
        ({"type": "string", "enum": ["a"]}, {}),
        ({"type": "array"}, {"maxItems": 2048}),
        ({"type": "integer", "minimum": 0}, {}),
        ({"type": "object", "properties": {}}, {"additionalProperties": False}),
        ({"type": "object", "properties": {}, "additionalProperties": True}, {}),
        ({"type": "object", "properties": {}, "allOf": [{"properties": {}}]}, {}),
    ],
    ids=str,
)
def test_bounds_are_added_where_there_are_none(schema, added):
    assert bounded(schema) == schema | added


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        ("a" * 8192, True),
        ("a" * 8191, False),
        ({"a": [{"b": [0] * 2048}]}, True),
        ([0] * 2047, False),
        (10**17, True),
        (10**17 - 1, False),
        (True, False),
        (None, False),
    ],
    ids=["text", "less text", "items", "fewer items", "digits", "fewer digits", "true", "null"],
)
def test_a_value_that_comes_up_to_a_bound_was_cut_by_it(value, cut):
    assert cut_short(value) is cut
