"""Each hostile file is refused or handled, with little memory and at once."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numpy")
pytest.importorskip("PIL.Image")
pytest.importorskip("av")

import hostile_media

if not sys.platform.startswith("linux"):
    pytest.skip("memory is measured as Linux does it", allow_module_level=True)


@pytest.fixture(scope="module")
def outcomes():
    """What came of each file, in a process that is no longer there."""
    program = Path(hostile_media.__file__)
    done = subprocess.run(
        [sys.executable, "-W", "error", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    assert not done.stderr
    return {told["name"]: told for told in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", hostile_media.CASES)
def test_a_hostile_file_is_refused_or_handled(name, outcomes):
    case, told = hostile_media.CASES[name], outcomes[name]
    assert "raised" not in told, told
    if case.refused is not None:
        assert re.search(case.refused, told.get("refused", "")), told
        assert told["hint"]
    else:
        assert told.get("handled") == pytest.approx(case.handled, abs=0.15), told
    assert told["megabytes"] < hostile_media.MEGABYTES
    assert told["seconds"] < hostile_media.SECONDS


def test_there_are_more_than_a_hundred_of_them():
    assert len(hostile_media.CASES) > 100
