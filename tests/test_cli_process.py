"""`s2s` as a process: interrupts, pipes, what is imported."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

S2S = [sys.executable, "-c", "from s2s_tasks.cli import main; main()"]

SLOW = """
import sys
sys.path.insert(0, {tests!r})
from terminal import registry
from s2s_tasks.cli.program import program
from s2s_tasks.testing import Scripted
program.main(sys.argv[1:], obj=registry(Scripted("word " * 100, delay=60)))
"""


@pytest.fixture
def slow(tmp_path, request):
    """`s2s` with a backend that takes a minute."""
    script = tmp_path / "slow.py"
    script.write_text(SLOW.format(tests=str(request.path.parent)))
    return [sys.executable, script]


def ran(command, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 60} | options
    return subprocess.run(command, check=False, **options)


def started(command, **options):
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["write-headline", "-t", "a"],
        ["write-headline", "-t", "a", "--stream"],
        ["write-headline", "-t", "a", "--timeout", "50"],
        ["write-headline", "-t", "a\nb", "--lines"],
        ["write-headline", "-t", "a\nb", "--lines", "--timeout", "50"],
    ],
)
def test_ctrl_c_ends_the_work_at_once(slow, arguments):
    with started([*slow, *arguments], bufsize=0) as process:
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        _, stderr = process.communicate(timeout=20)
    assert time.monotonic() - begun < 5
    assert process.returncode == 130
    assert stderr.decode().splitlines()[-1] == "s2s: interrupted"
    assert b"Traceback" not in stderr


def test_ctrl_c_while_it_waits_for_input():
    with started([*S2S, "summarize", "--lines"]) as process:
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (130, b"s2s: interrupted\n")


def test_a_timeout_has_its_own_code(slow):
    end = ran([*slow, "write-headline", "-t", "a", "--timeout", "0.2"])
    assert (end.returncode, end.stdout) == (124, b"")


def test_a_reader_that_goes_away_ends_an_endless_run_in_silence():
    pipeline = f"yes 'It rained. It rained all day.' | {sys.executable} -c '{S2S[2]}' summarize --lines | head -n 2"
    end = ran(["bash", "-c", f"{pipeline}; echo ${{PIPESTATUS[1]}}"])
    first, second, code = end.stdout.decode().splitlines()
    assert '"-:1"' in first
    assert '"-:2"' in second
    assert (code, end.stderr) == ("141", b"")


def test_lines_are_written_as_they_come():
    with started([*S2S, "summarize", "--lines"]) as process:
        process.stdin.write(b"It rained. It rained all day.\n" * 9)
        process.stdin.flush()
        assert b'"-:1"' in process.stdout.readline()  # though the input has not ended
        process.communicate(timeout=20)
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_an_error():
    with Path("/dev/full").open("w") as full:
        end = ran([*S2S, "summarize", "-t", "It rained."], stdout=full)
    assert end.returncode == 1
    assert end.stderr.startswith(b"s2s: error: ")
    assert b"Traceback" not in end.stderr


def test_a_closed_standard_input_is_no_input():
    end = ran(
        ["bash", "-c", f"{sys.executable} -c '{S2S[2]}' summarize <&-"],
    )
    assert (end.returncode, b"no input" in end.stderr) == (2, True)


def test_the_debug_switch_shows_where_it_failed():
    environment = {**os.environ, "S2S_DEBUG": "1"}
    end = ran([*S2S, "sumarize"], env=environment)
    assert b"Traceback" in end.stderr
    assert end.returncode == 2


HEAVY = [
    "torch",
    "transformers",
    "ctranslate2",
    "anthropic",
    "numpy",
    "pydantic",
    "jsonschema",
    "rich",
    "eld",
]


@pytest.mark.parametrize(
    "arguments", [["--help"], ["summarize", "--help"], ["--version"], ["backends"]]
)
def test_looking_around_loads_nothing_heavy(arguments):
    code = (
        "import sys; from s2s_tasks.cli.program import program\n"
        f"try: program.main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)"
    )
    end = ran([sys.executable, "-c", code], text=True)
    assert end.stderr.split() == []
