"""
Every recipe as a reader runs it, with the small models that the tests have taught.

    pytest cookbook/09_speech_and_pictures

One knows spoken digits, one knows coloured shapes; where a large model is needed, its answers
are written down here.
"""

import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from s2s_tasks import Registry, Segment, Speech, Tasks, hookimpl
from s2s_tasks.testing import Scripted

HERE = Path(__file__).parent
DATA = HERE.parent / "data"
LEARNED = HERE.parents[1] / "tests" / "learned"
SCRIPTS = {"subtitles", "minutes", "alt_texts"}

SAID = (
    Segment("Good morning. Is the poster done?", 0, 2),
    Segment("Ana prints it by Friday, and Ben books the hall.", 2, 5),
)
ANSWERS = {
    "transcribe": Speech(SAID, "en", 5.0),
    "summarize": "- The poster is to be printed.\n- The hall is to be booked.",
    "extract": '{"actions": [{"who": "Ana", "what": "print the poster", "due": "Friday"},'
    ' {"who": "Ben", "what": "book the hall", "due": null}]}',
}


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch, tmp_path):
    """Nothing is written here, nor into the cache of converted models; no machine differs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("S2S_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("S2S_COMPUTE", "float32")  # what is heard must not depend on the processor


def printed(script, monkeypatch, capsys, *arguments):
    path = HERE / f"{script}.py"
    monkeypatch.setattr(sys, "argv", [str(path), *map(str, arguments)])
    runpy.run_path(str(path), run_name="__main__")
    return [line.strip() for line in capsys.readouterr().out.splitlines()]


def promised(script):
    """What follows each `#>`."""
    return re.findall(r"^ *# ?> ?(.*)", (HERE / f"{script}.py").read_text("utf-8"), re.MULTILINE)


def test_the_folder_has_no_script_that_is_not_run():
    tests = {Path(__file__).stem}
    assert {path.stem for path in HERE.glob("*.py")} - tests == SCRIPTS


def test_a_talk_gets_subtitles(monkeypatch, capsys, tmp_path):
    talk = Path(shutil.copy(DATA / "countdown.flac", tmp_path))
    assert printed("subtitles", monkeypatch, capsys, talk, LEARNED / "digits") == promised(
        "subtitles"
    )
    assert talk.with_suffix(".srt").read_text("utf-8").startswith("1\n00:00:0")
    assert talk.with_suffix(".vtt").read_text("utf-8").startswith("WEBVTT\n")


def test_a_folder_gets_alternative_texts(monkeypatch, capsys, tmp_path):
    for name in ("one.png", "two.png"):
        shutil.copy(DATA / "shapes" / name, tmp_path)
    (tmp_path / "lost.png").write_text("not found")
    assert printed("alt_texts", monkeypatch, capsys, tmp_path, LEARNED / "captioner") == promised(
        "alt_texts"
    )
    assert (tmp_path / "alt.html").read_text("utf-8").count("<img") == 2


def client(answers):
    spec = Scripted(lambda request: answers[request.task]).spec

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [spec]

    return Tasks(registry=Registry(Plugin()))


@pytest.fixture
def minutes():
    return runpy.run_path(str(HERE / "minutes.py"))["minutes"]


def test_a_meeting_gets_minutes(minutes, capsys):
    written = minutes(DATA / "countdown.flac", client(ANSWERS))
    assert "- The hall is to be booked." in written
    assert "- [ ] **Ana**: print the poster (Friday)" in written
    assert "- [ ] **Ben**: book the hall\n" in written
    assert written.endswith("and Ben books the hall.\n")
    assert "100% read" in capsys.readouterr().out


def test_a_meeting_in_which_nobody_spoke_has_none(minutes):
    silence = client({"transcribe": Speech((), "", 5.0)})
    assert minutes(DATA / "countdown.flac", silence) == "# countdown\n\nNobody spoke.\n"
