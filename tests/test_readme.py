"""The README says what is so: its blocks run and print what they claim."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_python_blocks_run_and_print_what_stands_beside_them():
    blocks = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    program = "\n".join(blocks)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    claimed = [line[3:] for line in program.splitlines() if line.startswith("#> ")]
    assert done.stdout.splitlines() == claimed


def test_ci_runs_the_second_command():
    [install] = re.findall(r"^    (pip install .*test\]\") && pytest$", README, flags=re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text()
    assert install.removeprefix("pip install ") in script
    assert "\npytest" in script


def test_the_first_command_summarizes_a_file_that_is_there():
    [path] = re.findall(r"-e \. && s2s summarize (\S+)", README)
    assert (ROOT / path).is_file()


def test_every_extra_stands_in_the_table():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    named = set(re.findall(r"^\| `(\w+)` \| ", README, flags=re.MULTILINE))
    assert set(extras) - {"bench"} <= named
