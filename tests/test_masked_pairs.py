"""Any schema, any weights, any search: a value that fits, or an error that says why not."""

import json

import jsonschema
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from referencing.jsonschema import EMPTY_REGISTRY
from schema_strategies import schemas
from test_masked import open_

from s2s_tasks import Beam, Greedy, S2SError, Sample, SchemaRejected, Tasks, Unsupported
from s2s_tasks.exchange import Enforces

torch.set_num_threads(1)

MODELS = ["llama", "t5"]
LIMIT = 80
WAYS = st.sampled_from(
    [
        Greedy(max_tokens=LIMIT),
        Beam(3, max_tokens=LIMIT),
        Sample(temperature=1.5, seed=1, max_tokens=LIMIT),
    ]
)
INVOICE = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "pattern": "^R-[0-9]{4}$"},
        "date": {"type": "string", "format": "date"},
        "paid": {"type": "boolean"},
        "lines": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string", "maxLength": 8}, "price": {"type": "number"}},
                "required": ["text"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["number", "paid"],
    "additionalProperties": False,
}  # fmt: skip
REAL = st.sampled_from(
    [
        INVOICE,
        {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}], "$defs": {"a": {"enum": [1, "x"]}}},
        {
            "type": "array",
            "items": {"type": "string", "maxLength": 3},
            "minItems": 1,
            "maxItems": 4,
        },
        {"type": "object", "additionalProperties": {"type": "integer", "maximum": 9}},
    ]
)


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    return {name: Tasks(backend=open_(name, tmp_path_factory.mktemp(name))) for name in MODELS}


class Tally:
    """What came of the pairs, so that a test can see that it was about something."""

    def __init__(self):
        self.pairs, self.values, self.masked = 0, 0, 0

    def check(self, schema, result):
        self.pairs += 1
        if result.error is not None:
            assert isinstance(result.error, S2SError)
            assert str(result.error)
            return
        self.values += 1
        self.masked += result.enforced is Enforces.BY_MASK
        written = json.dumps(result.value)
        validator = jsonschema.Draft202012Validator(schema, registry=EMPTY_REGISTRY)
        validator.validate(json.loads(written))


def ran(client, schema, way, texts):
    """Results, or nothing if it is refused before work, as T5 refuses what no mask can hold."""
    try:
        return [*client.extract.map(texts, schema=schema, decoding=way)]
    except (SchemaRejected, Unsupported):
        return []


def pairs(clients, examples):
    tally = Tally()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
    @given(schemas() | REAL, WAYS, st.sampled_from(MODELS), st.integers(1, 8))
    def run(schema, way, name, count):
        texts = [f"Tom is cat number {n}." for n in range(count)]
        for result in ran(clients[name], schema, way, texts):
            tally.check(schema, result)

    run()
    return tally


def test_a_value_that_comes_out_fits_its_schema(clients):
    tally = pairs(clients, 20)
    assert tally.pairs > 20
    assert tally.masked > tally.pairs / 6, vars(tally)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_thousand_values_that_come_out_fit_their_schemas(clients):
    tally = pairs(clients, 600)
    assert tally.pairs > 2_000, vars(tally)
