"""Spoilt schemas and spoilt JSON: taken only where another library takes them too."""

import json

import pydantic_core
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schema_strategies import schemas, spoilt

from s2s_tasks import InvalidOutput, SchemaRejected
from s2s_tasks.schema import Schema, strict_json
from s2s_tasks.schema.keywords import DRAFT_2020

quick = settings(
    max_examples=150,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
KEYWORDS = st.sampled_from(sorted(DRAFT_2020.words))
SNIPPETS = st.sampled_from(
    [*'{}[],:"\\0-.e', "1e5", "null", " ", '"a":', "\\u00e9", "\ufeff", "NaN"]
)


@quick
@given(schemas().flatmap(spoilt), KEYWORDS, st.data())
def test_a_spoilt_schema_is_refused_or_is_one(schema, word, data):
    if isinstance(schema, dict) and data.draw(st.booleans()):
        schema = schema | {word: data.draw(st.sampled_from([1, "a", [], {}, True, None]))}
    try:
        Schema.of(schema)
    except SchemaRejected:
        return
    Draft202012Validator.check_schema(schema)


@quick
@given(schemas(), st.data())
def test_spoilt_json_is_refused_or_read_as_others_read_it(value, data):
    text = json.dumps(value)
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(SNIPPETS) + text[at + data.draw(st.integers(0, 2)) :]
    try:
        found = strict_json(text)
    except InvalidOutput:
        return
    assert pydantic_core.from_json(text, allow_inf_nan=False) == found
