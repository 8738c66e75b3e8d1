"""What the command line reads: files, globs, lines, settings; and several inputs in order."""

import io
import json

import pytest
from terminal import failing_on, registry, s2s

from s2s_tasks import BackendError, Beam, Greedy, Sample, Tasks
from s2s_tasks.catalog import Summarize
from s2s_tasks.cli.inputs import Input
from s2s_tasks.cli.many import lines as lines_to
from s2s_tasks.cli.many import many
from s2s_tasks.testing import Scripted


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.txt").write_text("one")
    (tmp_path / "two.txt").write_text("two")
    (tmp_path / "three.md").write_text("three")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9")
    (tmp_path / "bom.txt").write_bytes(b"\xef\xbb\xbfmarked")
    return tmp_path


def lines(end):
    return [json.loads(line) for line in end.stdout.splitlines()]


def values(end):
    return [(line["input"], line["value"]) for line in lines(end)]


def test_several_inputs_are_lines_in_their_order(folder):
    end = s2s("summarize", "two.txt", "three.md", "one.txt")
    assert values(end) == [("two.txt", "TWO"), ("three.md", "THREE"), ("one.txt", "ONE")]
    assert (end.stderr, end.exit_code) == ("", 0)


def test_a_line_has_the_fields_of_json(folder):
    [line, _] = lines(s2s("summarize", "one.txt", "two.txt"))
    assert set(line) == set(json.loads(s2s("summarize", "one.txt", "--json").stdout))


def test_a_glob_is_expanded_where_no_shell_did(folder):
    assert values(s2s("summarize", "t*")) == [("three.md", "THREE"), ("two.txt", "TWO")]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(folder):
    (folder / "[one].txt").write_text("bracket")
    assert s2s("summarize", "[one].txt").stdout == "BRACKET\n"


def test_a_failed_item_is_a_line_and_the_run_goes_on(folder):
    backend = Scripted(failing_on("two", BackendError("no luck")))
    end = s2s("summarize", "one.txt", "two.txt", "three.md", backend=backend)
    assert [line["error"] and line["error"]["message"] for line in lines(end)] == [
        None,
        "no luck",
        None,
    ]
    assert end.exit_code == 1


@pytest.mark.parametrize(
    "names",
    [
        ["latin.txt", "one.txt", "two.txt"],
        ["one.txt", "latin.txt", "two.txt"],
        ["one.txt", "two.txt", "latin.txt"],
        ["latin.txt", "nowhere.txt"],
    ],
)
def test_a_file_that_cannot_be_read_keeps_its_place(folder, names):
    end = s2s("summarize", *names)
    good = {"one.txt", "two.txt"}
    assert [line["input"] for line in lines(end)] == names
    assert [line["error"] is None for line in lines(end)] == [name in good for name in names]
    assert end.exit_code == 1


def test_bytes_that_are_no_text_are_named_by_file_and_offset(folder):
    end = s2s("summarize", "latin.txt")
    assert "latin.txt is not UTF-8 text: byte 0xe9 at offset 3" in end.stderr
    assert end.exit_code == 2


def test_the_offset_counts_a_byte_order_mark():
    end = s2s("summarize", stdin=b"\xef\xbb\xbfcaf\xe9")
    assert "standard input is not UTF-8 text: byte 0xe9 at offset 6" in end.stderr


@pytest.mark.parametrize(
    ("data", "hint"), [(b"\xff\xfea\0", "UTF-16"), (b"\x89PNG\r\n\x1a\n", "image/png")]
)
def test_what_is_no_text_is_called_by_its_name(data, hint):
    assert hint in s2s("summarize", stdin=data).stderr


def test_a_byte_order_mark_is_no_part_of_the_text(folder):
    assert s2s("summarize", "bom.txt").stdout == "MARKED\n"


def test_a_dash_is_standard_input_among_files(folder):
    end = s2s("summarize", "one.txt", "-", stdin="piped")
    assert values(end) == [("one.txt", "ONE"), ("-", "PIPED")]


def test_a_text_as_it_stands():
    assert s2s("summarize", "-t", "just this").stdout == "JUST THIS\n"


def test_empty_standard_input_is_an_error():
    end = s2s("summarize", stdin="")
    assert (end.exit_code, end.stdout) == (2, "")
    assert "empty" in end.stderr


def test_a_folder_is_no_text(folder):
    (folder / "sub").mkdir()
    assert "'sub/*'" in s2s("summarize", "sub").stderr


def test_each_line_may_be_an_input(folder):
    end = s2s("summarize", "--lines", "-", "one.txt", stdin="a\n\nb\r\nc")
    assert values(end) == [("-:1", "A"), ("-:3", "B"), ("-:4", "C"), ("one.txt:1", "ONE")]


def test_a_bad_line_spoils_no_other():
    end = s2s("summarize", "--lines", stdin=b"a\n\xff\nc\n")
    assert [(line["input"], line["value"]) for line in lines(end)] == [
        ("-:1", "A"),
        ("-:2", None),
        ("-:3", "C"),
    ]


def test_lines_of_a_literal_text():
    assert values(s2s("summarize", "--lines", "-t", "a\nb")) == [
        ("--text:1", "A"),
        ("--text:2", "B"),
    ]


@pytest.mark.parametrize("option", [["--stream"], ["--format", "srt"]])
def test_what_is_for_one_input_is_refused_for_several(folder, option):
    end = s2s("transcribe", "one.txt", "two.txt", *option)
    assert f"{option[0]} is for one input" in end.stderr
    assert end.exit_code == 2


def test_lines_go_to_a_file(folder):
    end = s2s("summarize", "one.txt", "two.txt", "-o", "out.jsonl")
    assert end.stdout == ""
    assert len((folder / "out.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("word", ["good", ""])
def test_reading_runs_ahead_of_writing_by_a_window_only(word):
    """Also where nothing can be read (an empty text is refused by the task)."""
    out, ahead = io.StringIO(), []

    def endless():
        for number in range(2000):
            ahead.append(number - out.getvalue().count("\n"))
            yield Input(str(number), lambda: word)

    client = Tasks(backend=Scripted("x"), registry=registry())
    many(client, Summarize(), endless(), lines_to(out), lambda _: None)
    assert len(ahead) == out.getvalue().count("\n") == 2000
    assert max(ahead) <= 64


@pytest.mark.parametrize(
    ("options", "decoding"),
    [
        ([], None),
        (["--greedy"], Greedy()),
        (["--max-tokens", "9"], Greedy(max_tokens=9)),
        (["--beam", "3", "--max-tokens", "9"], Beam(3, max_tokens=9)),
        (["--temperature", "0.5"], Sample(0.5)),
        (["--top-p", "0.9", "--seed", "1"], Sample(top_p=0.9, seed=1)),
    ],
)
def test_options_make_a_decoding(options, decoding):
    backend = Scripted("short")
    s2s("write-headline", *options, backend=backend, stdin="A text.")
    assert backend.requests[0].decoding == decoding


@pytest.mark.parametrize(
    ("options", "params"),
    [
        ([], {"tone": "dry", "words": "", "json": "True"}),
        (["--tone", "loud"], {"tone": "loud"}),
        (["--words", "a,b", "--words", "c"], {"words": "a|b|c"}),
        (["--words", '["a,b"]'], {"words": "a,b"}),
        (["--extra", "a=1", "--extra", "b=x=y"], {"a": "1", "b": "x=y"}),
        (["--extra", '{"a": "1"}'], {"a": "1"}),
        (["--extra", "@extra.json"], {"c": "3"}),
        (["--no-task-json"], {"json": "False"}),
    ],
)
@pytest.mark.parametrize("command", ["write-headline", "run"])
def test_settings_of_a_plugins_task_become_options(folder, command, options, params):
    (folder / "extra.json").write_text('{"c": "3"}')
    backend = Scripted("short")
    if command == "run":
        options = [*as_settings(options)]
        command = ["run", "write-headline"]
    else:
        command = [command]
    end = s2s(*command, *options, backend=backend, stdin="A text.")
    assert end.exit_code == 0, end.stderr
    assert params.items() <= backend.requests[0].params.items()


def as_settings(options):
    """--words a,b as -s words=a,b."""
    if options == ["--no-task-json"]:
        options = ["--json", "no"]
    for key, value in zip(options[::2], options[1::2], strict=True):
        yield from ("-s", f"{key.removeprefix('--')}={value}")


def test_run_takes_a_task_by_module_and_class(folder):
    end = s2s("run", "terminal:Headline", "-s", "tone=loud", "one.txt", "--json")
    assert json.loads(end.stdout)["value"] == "ONE"


def test_a_schema_is_a_file_or_a_class(folder):
    (folder / "invoice.json").write_text('{"type": "object", "required": ["total"]}')
    (folder / "shapes.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Invoice:\n    total: int\n"
    )
    for schema in ("invoice.json", "shapes:Invoice"):
        good = s2s("extract", "one.txt", "-s", schema, backend=Scripted('{"total": 3}'))
        assert (good.stdout, good.exit_code) == ('{"total": 3}\n', 0), good.stderr
        bad = s2s("extract", "one.txt", "-s", schema, backend=Scripted("{}"))
        assert (bad.stdout, bad.exit_code) == ("", 5)


def test_policy_options_are_kept(folder):
    end = s2s("summarize", "one.txt", "--max-cost", "0.10", backend=Scripted("x", price=None))
    assert "price of scripted is not known" in end.stderr
    assert end.exit_code == 2
    fallen = Scripted(BackendError("down"), name="first"), Scripted("up", name="second")
    known = registry(*fallen)
    options = ("--backend", "first", "--fallback", "second")
    assert s2s("write-headline", "one.txt", *options, known=known).stdout == "up\n"
