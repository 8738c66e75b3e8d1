"""
Every script prints what it says, of models that are made here first.

    pytest cookbook/05_local_models
"""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import lessons
import pytest
import toy

from s2s_tasks import Tasks

HERE = Path(__file__).parent
SCRIPTS = {
    "translate_file": ("translator",),
    "summarize_report": ("summarizer",),
    "choose_decoding": ("translator",),
    "many_lines": ("translator", "1000"),
    "your_checkpoint": ("translator",),
}


@pytest.fixture(scope="session")
def toys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toys")
    toy.make(folder)
    return folder


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, toys, tmp_path):
    """Nothing is written here, nor into the cache of converted models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("S2S_CACHE", str(toys / "cache"))


@pytest.mark.parametrize(("script", "arguments"), SCRIPTS.items(), ids=SCRIPTS)
def test_a_script_prints_what_it_says(script, arguments, toys, monkeypatch, capsys):
    path, [kind, *rest] = HERE / f"{script}.py", arguments
    monkeypatch.setattr(sys, "argv", [str(path), str(toys / kind), *rest])
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out.splitlines()
    assert [*map(str.strip, printed)] == promised(path.read_text("utf-8"))


def promised(source):
    """What follows each `#>`, with the lines after it that begin with `#` and two spaces."""
    said = re.findall(r"^ *# ?>(.*(?:\n#  .*)*)", source, re.MULTILINE)
    return [re.sub(r"\n#  *", " ", line).strip() for line in said]


def test_the_folder_has_no_script_that_is_not_run():
    assert {path.stem for path in HERE.glob("*.py")} - {"toy", "lessons", "test_recipes"} == {
        *SCRIPTS
    }


def test_a_translated_file_has_the_layout_of_its_source(toys):
    command = [sys.executable, "-m", "s2s_tasks", "translate", HERE / "notice.md", "--to", "de"]
    options = ["--backend", "fast", "-m", toys / "translator", "-o", "notice.de.md"]
    subprocess.run([*command, *options], check=True)
    source = (HERE / "notice.md").read_text("utf-8")
    german = Path("notice.de.md").read_text("utf-8")
    assert layout(german) == layout(source.replace("ferry\ntomorrow", "ferry tomorrow"))
    assert "    2. Der grüne Bahnhof ist mittags leer.\n\n> Die neue" in german


def layout(text):
    """The text with a word in place of all that is said in a line."""
    return re.sub(r"[A-Z].*", "words", text)


def test_the_translator_has_learned_the_grammar_and_not_the_sentences(toys):
    pairs = lessons.sentences(hidden=True)
    client = Tasks(backend="local", model=str(toys / "translator"))
    said = client.translate.map([english for english, _ in pairs], to="de")
    right = sum(result.value == german for result, (_, german) in zip(said, pairs, strict=True))
    assert right > 0.95 * len(pairs)
