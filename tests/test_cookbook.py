"""
Every recipe runs, and prints what it says it prints.

A recipe is a numbered script, whose `#>` lines are what it prints (a line that begins with
`#` and two spaces goes on with the line above), or a numbered folder with pytest tests. New
ones are found by their names.
"""

import difflib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import s2s_tasks

COOKBOOK = Path(__file__).parents[1] / "cookbook"
RECIPES = sorted(path for path in COOKBOOK.iterdir() if re.match(r"\d\d_", path.name))
SCRIPTS = [path for path in RECIPES if path.suffix == ".py"]
FOLDERS = [path for path in RECIPES if path.is_dir()]
PLUGIN = COOKBOOK / "02_backend_plugin"
S2S = ("-c", "from s2s_tasks.cli import main; main()")

GREETING = """
import s2s_phrasebook
from s2s_tasks import tasks

result = tasks.translate("Good morning. Where is the station?", to="de", backend="phrasebook")
print(result, result.backend, s2s_phrasebook.__file__, sep="|")
"""
NOBODY = """
from s2s_tasks import UnknownName, tasks

try:
    tasks.translate("Good morning.", to="de", backend="phrasebook")
except UnknownName as error:
    print(error)
"""


def run(python, *arguments, cwd, **extra):
    """What a command prints, in an environment that holds nothing of this machine's settings."""
    ours = ("S2S_", "PYTEST_", "PYTHON", "PIP_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [python, *arguments],
        cwd=cwd,
        env=clean | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"} | extra,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def promised(source):
    """The lines that a recipe says it prints."""
    lines, goes_on = [], False
    for line in map(str.strip, source.splitlines()):
        begins = re.match("# ?>", line)  # formatters put a space there
        goes_on = bool(begins) or (goes_on and line.startswith("#  "))
        if begins:
            lines.append(line[begins.end() :].strip())
        elif goes_on:
            lines[-1] += " " + line.removeprefix("#").strip()
    return lines


def difference(source, printed):
    """Nothing if it prints what it says, else what is missing (-) and what is extra (+)."""
    found = [line.strip() for line in printed.splitlines()]
    return "\n".join(difflib.unified_diff(promised(source), found, "promised", "printed", n=1))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_prints_what_it_says(script, tmp_path):
    # Only the backend that everybody has: another one may be the better choice.
    printed = run(sys.executable, "-W", "error", script, cwd=tmp_path, S2S_PLUGINS="extractive")
    source = script.read_text(encoding="utf-8")
    assert promised(source), f"{script.name} promises nothing"
    assert not (wrong := difference(source, printed)), f"{script.name}:\n{wrong}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_tests_of_a_folder_pass(folder):
    said = run(sys.executable, "-m", "pytest", "-q", folder, cwd=COOKBOOK.parent)
    assert " passed" in said


def test_the_list_names_every_recipe_and_nothing_else():
    listed = (COOKBOOK / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in RECIPES] == re.findall(
        r"^\| \[(\d\d_\w+(?:\.py)?)\]", listed, re.MULTILINE
    )
    for command, recipe in re.findall(r"`(python|pytest) cookbook/([^`]+)`", listed):
        assert COOKBOOK / recipe in RECIPES
        assert command == ("python" if recipe.endswith(".py") else "pytest")
    for link in re.findall(r"\]\(([^)]+)\)", listed):
        assert (COOKBOOK / link).is_file(), link


@pytest.mark.parametrize(
    ("printed", "wrong"),
    [
        ("one\ntwo three\n", ""),
        ("one\n", "-two three"),
        ("one\ntwo three\nfour\n", "+four"),
        ("two three\none\n", "+two three"),
        ("", "-one"),
    ],
    ids=["alike", "missing", "extra", "out of order", "silent"],
)
def test_a_line_too_few_or_too_many_is_seen(printed, wrong):
    source = 'print("one")\n#> one\n    #> two\n    #  three\n# 2. A comment\n#  that goes on\n'
    found = difference(source, printed)
    assert wrong in found
    assert bool(found) == bool(wrong)


# --- the plugin, as its users have it -------------------------------------------------------


def test_a_plugin_comes_works_keeps_its_promises_and_goes(tmp_path):
    wheel = _wheel(tmp_path)
    python = _fresh(tmp_path / "venv")
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", wheel, cwd=tmp_path)

    assert "phrasebook" in run(python, *S2S, "backends", cwd=tmp_path)
    said, by, at = run(python, "-c", GREETING, cwd=tmp_path).strip().split("|")
    assert (said, by) == ("Guten Morgen. Wo ist der Bahnhof?", "phrasebook")
    assert Path(at).is_relative_to(tmp_path / "venv")

    tests = shutil.copy(PLUGIN / "test_s2s_phrasebook.py", tmp_path)  # away from the source
    assert " passed" in run(python, "-m", "pytest", "-q", tests, cwd=tmp_path)

    run(python, "-m", "pip", "uninstall", "--yes", "s2s-phrasebook", cwd=tmp_path)
    assert "phrasebook" not in run(python, *S2S, "backends", cwd=tmp_path)
    assert "no backend called 'phrasebook'" in run(python, "-c", NOBODY, cwd=tmp_path)


def _wheel(folder):
    """Built by the hatchling that is here: fetching one would need a network."""
    source = shutil.copytree(PLUGIN, folder / "source")
    options = ("--wheel", "--no-isolation", "--outdir", folder)
    run(sys.executable, "-m", "build", *options, source, cwd=folder)
    [wheel] = folder.glob("*.whl")
    modules = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")]
    assert modules == ["s2s_phrasebook.py"], "the tests stay at home"
    return wheel


def _fresh(folder):
    """
    The Python of a new environment that sees s2s_tasks and what it needs.

    Without a network they cannot be installed there. A .pth file is how an environment names
    further folders to import from: here the packages of the running one, and the repository,
    since a .pth file in those packages (as of an editable install) is not read from here.
    """
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    here = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    root = Path(s2s_tasks.__file__).parents[1]
    base = {"base": str(folder), "platbase": str(folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=base))
    lines = [*sorted(here), str(root), str(root / "plugins")]
    (packages / "borrowed.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    scripts = Path(sysconfig.get_path("scripts", "venv", vars=base))
    return scripts / ("python.exe" if os.name == "nt" else "python")
