"""Two validators that share no code: what we accept, `jsonschema` accepts too."""

import json

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing.jsonschema import EMPTY_REGISTRY
from schema_strategies import schemas, values

from s2s_tasks import InvalidOutput, SchemaRejected
from s2s_tasks.schema import Schema

PAIRS = 5
WHATEVER = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def check(schema, data):
    try:
        shape = Schema.of(schema)
    except SchemaRejected as refused:
        event(f"refused: {refused.limit[:30]}")
        return
    oracle = Draft202012Validator(schema, registry=EMPTY_REGISTRY)
    again = Draft202012Validator(dict(shape.json), registry=EMPTY_REGISTRY)
    for _ in range(PAIRS):
        value = data.draw(values(schema))
        valid = oracle.is_valid(value)
        event(f"valid: {valid}")
        assert again.is_valid(value) == valid, "the canonical schema says something else"
        if valid:
            assert shape.read(json.dumps(value)) == value
        else:
            with pytest.raises(InvalidOutput) as told:
                shape.read(json.dumps(value))
            check_words(str(told.value))


def check_words(message):
    head, *lines = message.splitlines()
    assert head == "The JSON does not fit the schema."
    assert 1 <= len(lines) <= 10
    assert len(message) <= 2_000
    for line in lines:
        path, words = line.split(": ", 1)
        assert path.startswith("$")
        assert words.strip(": ") == words != ""


@settings(max_examples=400, deadline=None, database=None, suppress_health_check=WHATEVER)
@given(schemas(), st.data())
def test_two_thousand_pairs_are_judged_alike(schema, data):
    check(schema, data)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, deadline=None, database=None, suppress_health_check=WHATEVER)
@given(schemas(), st.data())
def test_fifty_thousand_pairs_are_judged_alike(schema, data):
    check(schema, data)
