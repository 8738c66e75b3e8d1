"""The official JSON-Schema-Test-Suite: no false accept, and what is refused or too strict is named."""

import json

import pytest
import schema_suite
from schema_suite import DRAFTS, FALSE_ACCEPT, RATCHET, REFUSED, RIGHT, TOO_STRICT, WHERE, outcome

TESTS = schema_suite.folder()
KNOWN = json.loads(RATCHET.read_text(encoding="utf-8"))
MISSING = (
    f"the JSON-Schema-Test-Suite: {WHERE} must name a folder with its `tests`, such as `json` in"
    " the source distribution of jsonschema 4.26.0"
)
BETTER = f"more is right than before: {WHERE}=... python tests/schema_suite.py"

needs_suite = pytest.mark.skipif(TESTS is None, reason=MISSING)


@needs_suite
@pytest.mark.parametrize("draft", DRAFTS)
def test_the_suite_is_answered_as_before_or_better(draft):
    found = schema_suite.tally(TESTS, draft)
    for name, tally in found.items():
        known = KNOWN[draft].get(name, {RIGHT: 0})
        assert not tally.get(FALSE_ACCEPT), name
        for kind in (REFUSED, TOO_STRICT):
            assert set(tally.get(kind, [])) <= set(known.get(kind, [])), f"{name}: newly {kind}"
        assert tally[RIGHT] <= known[RIGHT], BETTER
    assert found.keys() == KNOWN[draft].keys(), BETTER


@needs_suite
def test_the_suite_is_not_empty():
    assert sum(len(schema_suite.files(TESTS, draft)) for draft in DRAFTS) > 200


def test_the_ratchet_has_no_false_accept_and_is_too_strict_on_formats_alone():
    for draft, files in KNOWN.items():
        assert sum(tally[RIGHT] for tally in files.values()) > 800, draft
        for name, tally in files.items():
            assert FALSE_ACCEPT not in tally
            assert TOO_STRICT not in tally or name == "format.json"


# Always run: one case of each keyword whose meaning differs between drafts, or is easily lost.
OWN = [
    ("draft4", {"maximum": 3, "exclusiveMaximum": True}, "3", False),
    ("draft4", {"maximum": 3, "exclusiveMaximum": False}, "3", True),
    ("draft4", {"id": "http://x/y", "minimum": 1}, "0", False),
    ("draft7", {"exclusiveMinimum": 3}, "3", False),
    ("draft7", {"items": [{"type": "string"}], "additionalItems": False}, '["a", 1]', False),
    ("draft7", {"items": [{"type": "string"}]}, '["a", 1]', True),
    ("draft7", {"items": [], "additionalItems": {"type": "null"}}, "[1]", False),
    ("draft7", {"items": {"type": "null"}, "additionalItems": False}, "[null]", True),
    ("draft7", {"dependencies": {"a": ["b"], "c": {"minProperties": 2}}}, '{"a": 1}', False),
    ("draft7", {"dependencies": {"a": ["b"], "c": {"minProperties": 2}}}, '{"c": 1}', False),
    ("draft7", {"definitions": {"a": {"$id": "#n", "type": "null"}}, "$ref": "#n"}, "1", False),
    ("draft7", {"definitions": {"a": {}}, "$ref": "#/definitions/a", "type": "null"}, "1", True),
    ("draft2019-09", {"$defs": {"a": {}}, "$ref": "#/$defs/a", "type": "null"}, "1", False),
    ("draft2019-09", {"items": [{"type": "string"}], "additionalItems": False}, '["a", 1]', False),
    ("draft2020-12", {"prefixItems": [{"type": "string"}], "items": False}, '["a", 1]', False),
    ("draft2020-12", {"properties": {"a": {"$ref": "#"}}, "maxProperties": 1}, '{"a": {}}', True),
    ("draft2020-12", {"contains": {"const": 1}, "minContains": 0}, "[]", True),
    ("draft2020-12", {"minContains": 2}, "[]", True),
    ("draft2020-12", {"minLength": 2.0}, '"😀"', False),
    ("draft2020-12", {"multipleOf": 0.01}, "19.99", True),
    ("draft2020-12", {"const": False}, "0", False),
    ("draft2020-12", {"pattern": "^a$"}, r'"a\n"', False),
    ("draft2020-12", {"pattern": "^\\d$"}, '"٣"', False),
]


@pytest.mark.parametrize(("draft", "schema", "text", "valid"), OWN)
def test_a_schema_means_what_its_draft_says(draft, schema, text, valid):
    test = {"data": json.loads(text), "valid": valid}
    assert outcome({"$schema": DRAFTS[draft], **schema}, test) == RIGHT
