"""Claims about `s2s extract`: shapes from files and modules, data out, settled data as it comes."""

import json
import sys

import pytest
from terminal import s2s

from s2s_tasks.testing import Scripted

SHAPES = """
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pydantic import BaseModel, Field

class Kind(Enum):
    BILL = "bill"

class Bill(BaseModel):
    on: date
    total: Decimal
    kind: Kind
    class_: str = Field(alias="class")

@dataclass
class Visit:
    at: datetime
    total: Decimal
    kind: Kind

class Inner:
    class Name(BaseModel):
        name: str

bills = list[Bill]
raw = {"type": "object", "required": ["total"]}
three = 3

class Odd:
    def __init__(self, thing): ...

def function(a: int): ...
"""

BILL = '{"on": "2024-01-02", "total": "1.50", "kind": "bill", "class": "x"}'
VISIT = '{"at": "2024-01-02T03:04:05", "total": "1.50", "kind": "bill"}'


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """A folder of one's own, and no module of it left over."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    (tmp_path / "shapes_here.py").write_text(SHAPES)
    (tmp_path / "exits.py").write_text("raise SystemExit(3)")
    (tmp_path / "breaks.py").write_text("1 / 0")
    yield tmp_path
    for name in set(sys.modules) - before:
        if name in {"shapes_here", "exits", "breaks"}:
            del sys.modules[name]


def extract(schema, *options, reply="{}"):
    return s2s("extract", "--schema", schema, *options, backend=Scripted(reply), stdin="A text.")


@pytest.mark.parametrize(
    ("schema", "reply", "said"),
    [
        ("shapes_here:Bill", BILL, BILL),
        ("shapes_here:Visit", VISIT, VISIT),
        ("shapes_here:bills", f"[{BILL}]", f"[{BILL}]"),
        ("shapes_here:Inner.Name", '{"name": "A"}', '{"name": "A"}'),
        ("shapes_here:raw", '{"total": "x"}', '{"total": "x"}'),
        ("shapes_here:Kind", '"bill"', '"bill"'),
        ("builtins:str", '"a"', '"a"'),
        ("builtins:int", "3", "3"),
        ("datetime:date", '"2024-01-02"', '"2024-01-02"'),
    ],
)
@pytest.mark.parametrize("option", [None, "--stream", "--no-stream"])
def test_the_value_is_data_in_the_words_of_its_schema(schema, reply, said, option):
    end = extract(schema, *filter(None, [option]), reply=reply)
    assert (end.stdout, end.stderr, end.exit_code) == (f"{said}\n", "", 0)


@pytest.mark.parametrize("schema", ["shapes_here:Bill", "shapes_here:Visit"])
def test_json_has_the_same_value(schema):
    reply = BILL if "Bill" in schema else VISIT
    assert json.loads(extract(schema, "--json", reply=reply).stdout)["value"] == json.loads(reply)


def test_a_stream_prints_what_settles_and_nothing_of_a_fence():
    end = extract('{"type": "object"}', "--stream", reply='```json\n{"a": 1,\n "b": [2]}\n```')
    assert (end.stdout, end.exit_code) == ('{"a": 1,\n "b": [2]}\n', 0)


def test_a_stream_of_a_repaired_answer_ends_in_the_good_one():
    backend = Scripted(["[1, 2", "[1, 2, 3]"])
    end = s2s("extract", "-s", '{"type": "array"}', "--stream", backend=backend, stdin="A text.")
    assert end.stdout.splitlines() == ["[1,", "[1, 2, 3]"]
    assert "next attempt" in end.stderr


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("nowhere.json", "no file 'nowhere.json'"),
        ("nowhere", "no file 'nowhere'"),
        ("bad.json", "bad.json is not JSON"),
        ("twice.json", 'the key "type" comes twice'),
        ("list.json", "list.json is no JSON Schema"),
        ("schema.json", "$.type"),
        ("{]", "the schema is not JSON"),
        ("nowhere:Class", "cannot import 'nowhere:Class': ModuleNotFoundError"),
        ("shapes_here:Class", "cannot import 'shapes_here:Class': AttributeError"),
        ("shapes_here:", "cannot import"),
        (":Class", "cannot import"),
        ("exits:Class", "cannot import 'exits:Class': SystemExit"),
        ("breaks:Class", "cannot import 'breaks:Class': ZeroDivisionError"),
        ("shapes_here:three", "shapes_here:three is of type int"),
        ("shapes_here:function", "shapes_here:function is of type function"),
        ("shapes_here:Odd", "Odd"),
    ],
)
def test_a_shape_that_is_none_is_told_in_a_line_and_nothing_is_sent(here, schema, words):
    (here / "bad.json").write_text('{"type": ')
    (here / "twice.json").write_text('{"type": "object", "type": "array"}')
    (here / "list.json").write_text("[1]")
    (here / "schema.json").write_text('{"type": "nothing"}')
    backend = Scripted("never")
    end = s2s("extract", "--schema", schema, backend=backend, stdin="A text.")
    assert (end.stdout, end.exit_code, backend.requests) == ("", 2, [])
    assert words in end.stderr
    assert end.stderr.startswith("s2s: error: ")


@pytest.mark.parametrize("name", ["shapes_here:Bill", "breaks:Bill", "nowhere:Bill"])
def test_the_current_folder_counts_while_a_module_is_imported_only(name):
    before = [*sys.path]
    extract(name, reply=BILL)
    assert sys.path == before


def test_a_schema_in_a_file_runs_no_code(here):
    (here / "shape.json").write_text('{"type": "object"}')
    extract("shape.json")
    assert not {"shapes_here", "exits", "breaks"} & set(sys.modules)
