"""`-o FOLDER/`: a file for each input; and bars for who watches."""

import io
import json
import sys
from dataclasses import replace

import pytest
from terminal import failing_on, registry, s2s

from s2s_tasks import BackendError, Media, Modality, Segment, Speech, Tasks
from s2s_tasks.catalog import Transcribe
from s2s_tasks.cli.progress import heard, watched
from s2s_tasks.testing import Scripted

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
SPEECH = Speech((Segment("Hello.", 0, 1.5), Segment("Bye.", 1.5, 2)), "en")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        (tmp_path / f"{name}.wav").write_bytes(WAV)
        (tmp_path / f"{name}.txt").write_text(name)
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "ONE.wav").write_bytes(WAV)
    return tmp_path


def files(path):
    return {file.name: file.read_text() for file in path.iterdir()}


@pytest.mark.parametrize(
    ("options", "ending", "begins"),
    [
        (["--format", "srt"], "srt", "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"),
        (["--format", "vtt"], "vtt", "WEBVTT\n"),
        (["--format", "json"], "json", '{"text": "Hello. Bye."'),
        (["--format", "text"], "txt", "Hello. Bye.\n"),
        ([], "txt", "Hello. Bye.\n"),
        (["--json"], "json", '{\n  "input": '),
    ],
)
@pytest.mark.parametrize("inputs", [["*.wav"], ["one.wav"]])
def test_each_input_gets_a_file_of_the_format(folder, options, ending, begins, inputs):
    end = s2s("transcribe", *inputs, *options, "-o", "out/", backend=Scripted(SPEECH))
    assert (end.stdout, end.stderr, end.exit_code) == ("", "", 0)
    made = files(folder / "out")
    stems = ["one", "two"] if inputs == ["*.wav"] else ["one"]
    assert sorted(made) == [f"{stem}.{ending}" for stem in stems]
    assert all(text.startswith(begins) for text in made.values())


def test_data_without_a_text_is_json(folder):
    schema = '{"type": "object"}'
    options = ["--schema", schema, "-o", "out/"]
    assert s2s("extract", "one.txt", *options, backend=Scripted('{"a": 1}')).exit_code == 0
    assert json.loads(files(folder / "out")["one.json"]) == {"a": 1}


def test_a_failed_input_is_told_and_the_others_are_written(folder):
    backend = Scripted(failing_on("two", BackendError("no luck")))
    (folder / "zero.txt").write_bytes(b"\xff")
    end = s2s("summarize", "one.txt", "two.txt", "zero.txt", "-o", "out/", backend=backend)
    assert end.exit_code == 1
    assert files(folder / "out") == {"one.txt": "ONE\n"}
    assert "s2s: two.txt:\ns2s: error: no luck" in end.stderr
    assert "s2s: zero.txt:\ns2s: error: zero.txt is not UTF-8" in end.stderr


def test_an_older_file_of_a_failed_input_is_left(folder):
    (folder / "out").mkdir()
    (folder / "out" / "one.txt").write_text("old")
    backend = Scripted(BackendError("no luck"))
    assert s2s("summarize", "one.txt", "-o", "out", backend=backend).exit_code == 1
    assert files(folder / "out") == {"one.txt": "old"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["one.wav", "again/ONE.wav", "-o", "out/"], "would both be written to"),
        (["one.wav", "-o", "one.txt/"], "cannot write to 'one.txt/'"),
        (["one.wav", "-o", "out/", "--stream"], "--stream and a folder exclude each other"),
        (["one.wav", "two.wav", "--format", "srt"], "files with -o FOLDER/"),
    ],
)
def test_what_cannot_be_written_is_told_before_any_work(folder, arguments, words):
    backend = Scripted(SPEECH)
    end = s2s("transcribe", *arguments, backend=backend)
    assert end.exit_code == 2
    assert words in end.stderr
    assert not backend.requests


def test_no_input_is_overwritten(folder):
    backend = Scripted("short")
    end = s2s("summarize", "one.txt", "-o", ".", backend=backend)
    assert end.exit_code == 2
    assert not backend.requests
    assert (folder / "one.txt").read_text() == "one"


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_somebody_who_watches_sees_how_far_it_is(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    monkeypatch.setenv("TERM", "xterm")
    with watched(3) as step:
        step(True)
        step(False)
    assert "2/3" in screen.getvalue()
    assert "1 failed" in screen.getvalue()


def test_a_recording_is_watched_by_its_minutes(monkeypatch):
    monkeypatch.setattr(sys, "stderr", screen := Screen())
    monkeypatch.setenv("TERM", "xterm")
    client = Tasks(backend=Scripted(replace(SPEECH, duration=62.0)), registry=registry())
    media = Media(Modality.AUDIO, "audio/wav", WAV)
    result = heard(client, Transcribe(), media, io.StringIO())
    assert result.value.text == "Hello. Bye."
    assert "0:02 of 1:02" in screen.getvalue()


def test_verbose_says_of_each_who_did_it(folder):
    end = s2s("summarize", "one.txt", "two.txt", "-o", "out/", "-v")
    told = [line for line in end.stderr.splitlines() if line]
    assert told[::2] == ["s2s: one.txt:", "s2s: two.txt:"]
    assert all(line.startswith("s2s: scripted ") and "1 request," in line for line in told[1::2])
