"""What a model costs: every row has its source and date, and what is unknown stays so."""

import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks.errors import BadSetting
from s2s_tasks.exchange import Usage
from s2s_tasks.remote import prices
from s2s_tasks.remote.prices import most, price_of

ROWS = json.loads(Path(prices.__file__).with_name("prices.json").read_text())["prices"]
MILLION = 1_000_000

# model: input, output, cache read, 5-minute write, in dollars for a million tokens
TABLE = {
    "claude-haiku-5-5": "0.10 0.50 0.01 0.125",
    "claude-sonnet-5-5": "2 10 0.10 2.50",
    "claude-opus-5-5": "4 20 0.20 5",
    "claude-fable-5-1": "10 50 0.25 12.50",
    "claude-mythos-5-1": "10 50 0.25 12.50",
    "claude-sonnet-5": "2 10 0.20 2.50",
    "claude-fable-5": "10 50 1.00 12.50",
    "claude-mythos-5": "10 50 1.00 12.50",
    "claude-opus-5": "5 25 0.50 6.25",
    "claude-opus-4-8": "5 25 0.50 6.25",
    "claude-opus-4-7": "5 25 0.50 6.25",
    "claude-opus-4-6": "5 25 0.50 6.25",
    "claude-opus-4-5": "5 25 0.50 6.25",
    "claude-sonnet-4-6": "3 15 0.30 3.75",
    "claude-sonnet-4-5": "3 15 0.30 3.75",
    "claude-haiku-4-5": "1 5 0.10 1.25",
}
KINDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
counts = st.integers(0, 2_000_000)


@pytest.fixture(autouse=True)
def _shipped_only(monkeypatch):
    monkeypatch.delenv("S2S_PRICES", raising=False)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["model"])
def test_every_row_says_where_it_comes_from_and_when(row):
    assert row["source"]
    assert date(2026, 1, 1) < date.fromisoformat(row["date"])
    assert all(isinstance(row[kind], str) for kind in ("input", "output")), "no binary fractions"


def test_no_model_has_two_rows():
    assert len({row["model"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("model", "expected"), TABLE.items(), ids=TABLE)
@pytest.mark.parametrize("column", range(4), ids=KINDS)
def test_a_thousand_tokens_cost_what_the_table_says(model, expected, column):
    cost = price_of(model, Usage(**{KINDS[column]: 1_000}))
    assert cost == Decimal(expected.split()[column]) / 1_000


@pytest.mark.parametrize(
    "model", ["claude-haiku-4-5-20251001", "claude-opus-4-5-20251101", "claude-sonnet-4-5-20250929"]
)
def test_a_dated_id_costs_what_the_model_costs(model):
    usage = Usage(1_000, 10)
    assert price_of(model, usage) == price_of(model.rsplit("-", 1)[0], usage) is not None


@pytest.mark.parametrize(
    "model",
    ["claude-fable-5-2", "claude-mythos-5-2", "gpt-5", "", "claude-haiku", "claude-opus-5-9"],
)
def test_what_is_not_known_is_none_and_never_nothing(model):
    assert price_of(model, Usage(1, 1)) is None
    assert price_of(model, Usage()) is None
    assert most(model, 1, 1) is None


def test_a_kind_of_token_without_a_price_makes_the_whole_unknown():
    assert price_of("claude-mythos-preview", Usage(MILLION)) == 10
    assert price_of("claude-mythos-preview", Usage(MILLION, cache_write_tokens=1)) is None


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (Usage(100_000, 1_000), "0.0105"),
        (Usage(100_001, 1_000), "0.0525005"),
        (Usage(1, 1_000, cache_read_tokens=100_000), "0.0075005"),
        (Usage(0, 0, cache_read_tokens=50_000, cache_write_tokens=50_001), "0.033750625"),
    ],
)
def test_a_longer_prompt_has_its_price_on_the_whole_request(usage, cost):
    assert price_of("claude-haiku-5-5", usage) == Decimal(cost)


def test_sums_are_exact():
    assert sum([price_of("claude-haiku-5-5", Usage(1))] * MILLION, Decimal(0)) == Decimal("0.10")


@given(st.sampled_from(sorted(TABLE)), counts, counts, counts, counts)
def test_nothing_costs_more_than_the_most(model, plain, read, written, output):
    usage = Usage(plain, output, read, written)
    assert price_of(model, usage) <= most(model, plain + read + written, output)


# -- the user's own


def own(path, monkeypatch, content):
    path.write_text(content if isinstance(content, str) else json.dumps({"prices": content}))
    monkeypatch.setenv("S2S_PRICES", str(path))


def test_the_users_rows_go_first(tmp_path, monkeypatch):
    rows = [{"model": "claude-opus-5", "input": 1.1, "output": 2}, {"model": "mine", "input": 0}]
    own(tmp_path / "prices.json", monkeypatch, rows)
    assert price_of("claude-opus-5", Usage(MILLION)) == Decimal("1.1")
    assert price_of("claude-opus-5", Usage(cache_read_tokens=1)) is None
    assert price_of("mine", Usage(MILLION)) == 0
    assert price_of("mine", Usage(MILLION, 1)) is None
    assert price_of("claude-haiku-4-5", Usage(MILLION)) == 1


def test_a_changed_file_is_read_again(tmp_path, monkeypatch):
    path = tmp_path / "prices.json"
    own(path, monkeypatch, [{"model": "mine", "input": 1}])
    assert price_of("mine", Usage(MILLION)) == 1
    own(path, monkeypatch, [{"model": "mine", "input": 2}])
    os.utime(path, ns=(1, 1))
    assert price_of("mine", Usage(MILLION)) == 2


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"prices": 3}', '{"prices": [{}]}', '{"prices": [{"model": "x", "input": "-1"}]}',
     '{"prices": [{"model": "x", "input": "much"}]}', '{"prices": [{"model": "x", "input": NaN}]}',
     '{"prices": [{"model": "x", "above": 3}]}', '{"prices": ["x"]}'],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(tmp_path, monkeypatch, content):
    own(tmp_path / "own.json", monkeypatch, content)
    with pytest.raises(BadSetting, match=r"own\.json.* is not a file of prices") as raised:
        price_of("claude-opus-5", Usage(1))
    assert "model" in raised.value.hint


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_PRICES", str(tmp_path / "gone.json"))
    with pytest.raises(BadSetting, match=r"gone\.json"):
        most("claude-opus-5", 1, 1)
