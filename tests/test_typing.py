"""What mypy and pyright say of the package and of a user's code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CHECKS = {
    "mypy": ["-m", "mypy"],
    "pyright": ["-m", "pyright"],
    "ruff": ["-m", "ruff", "check", "."],
    "format": ["-m", "ruff", "format", "--check", "."],
}


@pytest.mark.parametrize("arguments", CHECKS.values(), ids=CHECKS)
def test_checkers_find_nothing(arguments):
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
