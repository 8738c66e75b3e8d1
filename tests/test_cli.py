"""The command line: data, words and exit codes."""

import json
from decimal import Decimal

import pytest
from terminal import failing_on, registry, s2s

from s2s_tasks import (
    BackendError,
    Capabilities,
    NotConfigured,
    OutOfTime,
    Registry,
    Scores,
    Segment,
    Speech,
    Vector,
    Word,
)
from s2s_tasks.catalog import BUILT_IN
from s2s_tasks.cli.command import command_name
from s2s_tasks.cli.report import dumps, plain
from s2s_tasks.testing import Scripted, broken, cut, refused

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    ("arguments", "script", "stdout"),
    [
        (["summarize"], "short", "short\n"),
        (["summarize"], "ends in a break\n", "ends in a break\n"),
        (["classify", "-l", "one,two"], "two", "two\n"),
        (
            ["classify", "--labels", "one", "--labels", "two"],
            Scores({"one": 0.9, "two": 0.1}),
            "one\n",
        ),
        (["classify", "-l", '["a, b", "c"]'], "a, b", "a, b\n"),
        (["embed"], Vector((1.0, 0.5)), "[[1.0, 0.5]]\n"),
        (["extract", "-s", '{"type": "object"}'], '{"a": ["é"]}', '{"a": ["é"]}\n'),
        (["translate", "--to", "de"], "Hallo Welt", "Hallo Welt\n"),
        (["answer", "-q", "why?"], "so", "so\n"),
        (["codegen"], "```python\nx = 1\n```", "x = 1\n"),
        (["write-headline"], "News", "News\n"),
        (["write_headline"], "News", "News\n"),
    ],
)
def test_one_input_gives_its_value(arguments, script, stdout):
    end = s2s(*arguments, backend=Scripted(script), stdin="A text.")
    assert (end.stdout, end.stderr, end.exit_code) == (stdout, "", 0)


@pytest.mark.parametrize(
    ("reply", "code", "word"),
    [
        (BackendError("the server is on fire"), 3, "on fire"),
        (NotConfigured("no key", hint="set KEY"), 3, "hint: set KEY"),
        (cut("half"), 4, "--max-tokens"),
        (refused(), 4, "refused"),
        (broken("half"), 4, "broke off"),
        ("bad", 5, "must not be bad"),
        (OutOfTime("too slow", limit="total"), 124, "too slow"),
        (RuntimeError("a defect"), 3, "a defect"),
    ],
)
def test_the_exit_code_says_what_failed(reply, code, word):
    end = s2s("write-headline", backend=Scripted(reply), stdin="A text.")
    assert (end.stdout, end.exit_code) == ("", code)
    assert word in end.stderr
    assert end.stderr.startswith("s2s: error: ")
    assert "Traceback" not in end.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sumarize"], "did you mean 'summarize'?"),
        (["write-headlin"], "did you mean 'write-headline'?"),
        (["summarize", "--max-word", "3"], "--max-words"),
        (["translate"], "Missing option '--to'"),
        (["summarize", "--style", "poem"], "'poem' is not one of"),
        (["summarize", "--max-words", "0"], "max_words=0"),
        (["summarize", "--greedy", "--beam", "4"], "--greedy and --beam exclude each other"),
        (["summarize", "--beam", "4", "--seed", "1"], "--beam and --seed exclude each other"),
        (["summarize", "--beam", "1"], "width=1 is out of range"),
        (["summarize", "--json", "--stream"], "--json and --stream exclude each other"),
        (["summarize", "--max-cost", "much"], "'much' is not a sum of dollars"),
        (["summarize", "--backend", "scriptd"], "did you mean 'scripted'?"),
        (["summarize", "nowhere.txt"], "cannot read 'nowhere.txt': No such file"),
        (["summarize", "*.nowhere"], "no file matches '*.nowhere'"),
        (["summarize", "-t", "a", "b.txt"], "either --text or files"),
        (["summarize", "-o", "nowhere/out.txt"], "cannot write 'nowhere/out.txt'"),
        (["extract", "-s", "nowhere.json"], "no file 'nowhere.json'"),
        (["extract", "-s", "nowhere:Class"], "cannot import 'nowhere:Class'"),
        (["caption", "https://example.org/a.png"], "is a URL, and nothing is fetched"),
        (["transcribe", "-t", "a text is no recording"], "No such option"),
        (["write-headline", "--extra", "novalue"], "'novalue' is not key=value"),
        (["run", "sumarize"], "did you mean 'summarize'?"),
        (["run", "summarize", "-s", "max_word=3"], "did you mean 'max_words'?"),
        (["run", "json:loads"], "no subclass of s2s_tasks.Task"),
        ([], "Usage: s2s"),
    ],
)
def test_a_wrong_call_is_told_in_a_line_and_nothing_is_sent(arguments, words):
    backend = Scripted("never")
    end = s2s(*arguments, backend=backend, stdin="A text.")
    assert (end.stdout, end.exit_code) == ("", 2)
    assert words in end.stderr
    assert backend.requests == []


def test_json_is_the_whole_result():
    backend = Scripted("short", price=Decimal("0.0125"))
    said = json.loads(s2s("summarize", "--json", backend=backend, stdin="A text.").stdout)
    assert said["value"] == "short"
    assert said["input"] == "-"
    assert said["cost"] == "0.0125"
    assert said["coverage"] == {
        "ratio": 1.0,
        "complete": True,
        "spans": [{"start": 0, "end": 7, "part": 0}],
        "total": 7,
    }
    assert said["decision"]["backend"] == "scripted"
    assert said["attempts"][0]["finish"] == said["finish"] == "stop"
    assert said["usage"]["output_tokens"] == 1
    assert said["error"] is None
    assert set(said) >= {"backend", "model", "warnings", "citations", "seconds"}


def test_a_cost_that_is_not_known_is_null():
    backend = Scripted("short", price=None)
    said = json.loads(s2s("summarize", "--json", backend=backend, stdin="A text.").stdout)
    assert said["cost"] is None


@pytest.mark.parametrize(
    ("arguments", "script", "code", "type_"),
    [
        (["summarize"], cut("half a"), 4, "CutOff"),
        (["write-headline"], "bad", 5, "InvalidOutput"),
        (["summarize", "--max-words", "0"], "never", 2, "BadSetting"),
        (["summarize", "nowhere.txt"], "never", 2, "BadInput"),
    ],
)
def test_with_json_an_error_is_an_object_of_the_same_shape(arguments, script, code, type_):
    end = s2s(*arguments, "--json", backend=Scripted(script), stdin="A text.")
    said = json.loads(end.stdout)
    good = json.loads(s2s("summarize", "--json", stdin="A text.").stdout)
    assert set(said) == set(good)
    assert (said["value"], said["error"]["type"], end.exit_code) == (None, type_, code)
    assert set(said["error"]) >= {"type", "message", "hint"}
    assert said["error"]["message"] in end.stderr


def test_an_error_in_json_tells_what_was_spent_and_how_far_it_got():
    backend = Scripted(cut("half a"), price=Decimal("0.5"))
    said = json.loads(s2s("summarize", "--json", backend=backend, stdin="A text.").stdout)
    assert (said["cost"], said["error"]["partial"]) == ("0.5", "half a")


def test_json_holds_no_half_characters_and_no_foreign_line_breaks():
    end = s2s("summarize", "--json", backend=Scripted("a\ud800b\u2028c"), stdin="A text.")
    assert len(end.stdout.splitlines()) == 1
    assert json.loads(end.stdout)["value"] == "a\ud800b\u2028c"


def test_text_with_half_characters_is_written_all_the_same():
    end = s2s("summarize", backend=Scripted("a\ud800b"), stdin="A text.")
    assert (end.stdout, end.exit_code) == ("a\\ud800b\n", 0)


def test_numbers_that_json_lacks_are_null():
    assert dumps(plain({"a": float("nan"), "b": [float("inf")]})) == '{"a": null, "b": [null]}'


def test_a_stream_is_the_value_in_pieces():
    end = s2s("summarize", "--stream", backend=Scripted("one two three"), stdin="A text.")
    assert (end.stdout, end.stderr, end.exit_code) == ("one two three\n", "", 0)


def test_a_stream_that_starts_anew_says_so_and_takes_a_new_line():
    backend = Scripted(["one bad start", "a good end"])
    end = s2s("write-headline", "--stream", backend=backend, stdin="A text.")
    assert end.stdout.splitlines()[-1] == "a good end"
    assert "next attempt" in end.stderr
    assert end.exit_code == 0


def test_a_stream_without_pieces_shows_the_value():
    end = s2s("classify", "-l", "a,b", "--stream", backend=Scripted("b"), stdin="A text.")
    assert end.stdout == "b\n"


def test_a_stream_that_breaks_has_the_code_of_that():
    end = s2s("summarize", "--stream", backend=Scripted(cut("one two")), stdin="A text.")
    assert end.exit_code == 4
    assert "cut off" in end.stderr


SPEECH = Speech((Segment("Hello.", 0, 1.5), Segment("Bye.", 1.5, 2)), "en")


@pytest.mark.parametrize(
    ("format_", "begins"),
    [
        ("text", "Hello. Bye.\n"),
        ("srt", "1\n00:00:00,000 --> 00:00:01,500\nHello.\n"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n"),
        ("json", '{"text": "Hello. Bye."'),
    ],
)
def test_a_transcript_has_formats(format_, begins):
    backend = Scripted(SPEECH)
    end = s2s("transcribe", "-", "--format", format_, backend=backend, stdin=WAV)
    assert end.stdout.startswith(begins)
    times = backend.requests[0].params["timestamps"]
    assert times == ("segment" if format_ in {"srt", "vtt"} else "none")


def test_subtitles_have_lines_of_the_width_that_is_told():
    words = tuple(
        Word(word, at, at + 0.5) for at, word in enumerate(["one", "two", "three", "four"])
    )
    backend = Scripted(Speech((Segment("one two three four", 0, 3.5, words),), "en"))
    end = s2s("transcribe", "-", "--format", "srt", "--width", "10", backend=backend, stdin=WAV)
    assert end.stdout == "1\n00:00:00,000 --> 00:00:03,500\none two\nthree four\n"
    assert backend.requests[0].params["timestamps"] == "word"


@pytest.mark.parametrize("format_", [[], ["--format", "json"]])
def test_a_width_is_for_lines(format_):
    end = s2s("transcribe", "-", *format_, "--width", "42", backend=Scripted(SPEECH), stdin=WAV)
    assert end.exit_code == 2
    assert "--format srt or vtt" in end.stderr


def test_a_picture_is_read_from_standard_input():
    backend = Scripted("a cat")
    end = s2s("caption", backend=backend, stdin=PNG)
    assert end.stdout == "a cat\n"
    assert backend.requests[0].media[0].mime == "image/png"


@pytest.mark.parametrize("stdin", [PNG, b"Five cups."])
def test_answers_are_about_a_picture_or_a_text_whichever_the_bytes_are(stdin):
    backend = Scripted("five")
    assert s2s("answer", "-q", "How many?", backend=backend, stdin=stdin).stdout == "five\n"
    assert bool(backend.requests[0].media) == (stdin == PNG)


def test_explain_says_who_and_why_and_runs_nothing():
    backend = Scripted("never")
    end = s2s("summarize", "--explain", backend=backend, stdin="A text.")
    assert end.stdout.startswith("scripted\n")
    assert "because" in end.stdout
    assert (backend.requests, end.exit_code) == ([], 0)


def test_explain_says_why_nobody_can():
    end = s2s("summarize", "--explain", "--json", known=Registry(), stdin="A text.")
    assert json.loads(end.stdout)["backend"] == ""
    assert end.exit_code == 2


def test_reasons_of_a_refusal_are_listed():
    end = s2s("summarize", "--beam", "4", stdin="x", backend=weak())
    assert "  weak: does not decode by Beam" in end.stderr


def test_a_dropped_option_is_a_warning():
    end = s2s("summarize", "--beam", "4", "--drop-unsupported", stdin="x", backend=weak())
    assert end.exit_code == 0
    assert "warning: dropped: weak does not decode by Beam" in end.stderr


def weak():
    return Scripted("short", name="weak", capabilities=Capabilities(architecture="scripted"))


def test_verbose_says_who_did_it_and_at_what_cost():
    end = s2s("summarize", "-v", stdin="A text.")
    assert "scripted" in end.stderr
    assert "0 USD" in end.stderr
    assert end.stdout == "A TEXT.\n"


def test_a_failed_run_leaves_the_old_output_file_as_it_was(tmp_path):
    out = tmp_path / "out.txt"
    assert s2s("summarize", "-o", out, stdin="one").stdout == ""
    backend = Scripted(failing_on("two", BackendError("no")))
    assert s2s("summarize", "-o", out, stdin="two", backend=backend).exit_code == 3
    assert out.read_text() == "ONE\n"
    assert [*tmp_path.iterdir()] == [out]


@pytest.mark.parametrize("name", [command_name(task.name) for task in BUILT_IN])
def test_every_task_has_help(name):
    end = s2s(name, "--help")
    assert end.exit_code == 0
    assert end.stdout.startswith(f"Usage: s2s {name}")
    assert max(map(len, end.stdout.splitlines())) <= 80


def test_help_lists_tasks_of_plugins_and_exit_codes():
    end = s2s("--help", known=registry())
    assert "write-headline  Put a headline over a text." in end.stdout
    assert "124  no answer within --timeout" in end.stdout
    assert end.exit_code == 0
