"""
Every script prints what it says, and the command line does what the README says.

    pytest cookbook/06_extract
"""

import json
import re
import runpy
import sys
from pathlib import Path

import pytest
import torch
import untrained
from replies import BOAT, TEA
from shapes import Invoice

from s2s_tasks import Schema
from s2s_tasks.cli import main

HERE = Path(__file__).parent
PLAYED = ("invoices", "knowledge", "form", "own_rule")
HELD = ("valid_or_error",)
HELPERS = {"model", "replies", "shapes", "untrained", "test_extract_recipes"}


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    """The folder of a model that has learned nothing."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("toys") / "untrained"
    untrained.make(folder)
    return str(folder)


@pytest.fixture
def printed(monkeypatch, capsys):
    """The lines that a script prints."""

    def run(script, *arguments):
        path = HERE / f"{script}.py"
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        runpy.run_path(str(path), run_name="__main__")
        return [line.strip() for line in capsys.readouterr().out.splitlines()]

    return run


def promised(script):
    """What follows each `#>`, with the lines after it that begin with `#` and two spaces."""
    source = (HERE / f"{script}.py").read_text("utf-8")
    said = re.findall(r"^ *# ?>(.*(?:\n#  .*)*)", source, re.MULTILINE)
    return [re.sub(r"\n#  *", " ", line).strip() for line in said]


@pytest.mark.parametrize("script", PLAYED)
def test_a_script_prints_what_it_says_where_a_script_plays_the_model(script, printed):
    assert printed(script) == promised(script) != []


@pytest.mark.parametrize("script", HELD)
def test_a_script_prints_what_it_says_of_an_untrained_model(script, printed, toy):
    assert printed(script, toy) == promised(script) != []


def test_the_folder_has_no_script_that_is_not_run():
    assert {path.stem for path in HERE.glob("*.py")} - HELPERS == {*PLAYED, *HELD}


def test_the_raw_schema_takes_what_the_type_takes():
    raw = Schema.of(json.loads((HERE / "invoice.json").read_text("utf-8")))
    for reply in (TEA, BOAT.replace("eur", "EUR")):
        shown = Schema.of(Invoice).read(reply).model_dump(mode="json", exclude={"lines"})
        raw.read(json.dumps(shown | {"total": float(shown["total"])}))


@pytest.fixture
def s2s(monkeypatch, capsys, toy):
    """The exit code and the output of `s2s extract` on a mail, by the untrained model."""

    def run(schema):
        monkeypatch.chdir(HERE)
        asked = ["extract", "mails/1-tea.txt", "--schema", schema, "--backend", "local", "-m", toy]
        monkeypatch.setattr(sys, "argv", ["s2s", *asked, "--greedy", "--max-tokens", "200"])
        with pytest.raises(SystemExit) as end:
            main()
        return end.value.code, capsys.readouterr().out

    return run


def test_the_command_line_takes_a_schema_from_a_file(s2s):
    code, said = s2s("invoice.json")
    assert code == 0
    assert json.loads(said)["currency"] in {"EUR", "USD"}


def test_the_command_line_takes_a_type_and_prints_what_fits_or_nothing(s2s):
    code, said = s2s("shapes:Invoice")
    assert bool(said) == (code == 0)
    if said:
        Schema.of(Invoice).read(said)
