"""`s2s decide`: what a newcomer reads, and what a program reads."""

import json

import pytest
from terminal import s2s
from test_decide import SPECS

from s2s_tasks import Architecture, Registry, hookimpl


class Offers:
    @hookimpl
    def s2s_backends(self):
        return SPECS

    @hookimpl
    def s2s_architectures(self):
        return [
            Architecture("psychic", "guesses", quality={"guess": 1.0}, outputs=frozenset({"free"}))
        ]


@pytest.fixture
def known(monkeypatch, tmp_path):
    monkeypatch.setenv("S2S_DATA", str(tmp_path))
    return Registry(Offers())


def read(known, *arguments):
    return json.loads(s2s("decide", *arguments, "--json", known=known).stdout)


SITUATIONS = [
    ("", "decoder-only-api"),
    (
        "translate --to German --volume-per-day 1000000 --labelled-pairs 50000",
        "encoder-decoder-fine-tuned",
    ),
    ("summarize --volume-per-day 1000000 --labelled-pairs 50000", "encoder-decoder-fine-tuned"),
    ("embed", "encoder-only"),
    ("classify", "encoder-only"),
    ("transcribe", "speech-encoder-decoder"),
    ("summarize --input-tokens 200000 --priority cost", "state-space"),
    ("caption --local-only --gpu-gb 8", "vision-language"),
    ("summarize --quotable", "extractive"),
    ("--output vector", "encoder-only"),
    ("answer --input image", "decoder-only-api"),
    ("guess", "psychic"),
]


@pytest.mark.parametrize(("words", "architecture"), SITUATIONS)
def test_options_are_needs(known, words, architecture):
    made = read(known, *words.split())
    assert made["architecture"] == architecture
    for name in (
        "because",
        "rejected",
        "weights",
        "evidence",
        "confidence",
        "next_step",
    ):
        assert made[name], name


@pytest.mark.parametrize(("words", "architecture"), SITUATIONS)
def test_what_a_newcomer_reads_begins_with_the_answer_and_ends_with_what_to_type(
    known, words, architecture
):
    end = s2s("decide", *words.split(), known=known)
    first, *lines = end.stdout.splitlines()
    assert first.endswith(f": {architecture}")
    assert lines[-1] == read(known, *words.split())["next_step"]
    assert "Why" in lines
    assert "lambda" not in end.stdout
    assert "None" not in end.stdout
    assert (end.exit_code, end.stderr) == (0, "")


def test_a_row_of_a_plugin_is_weighed(known):
    assert {"subject": "psychic", "text": "is not for the task translate"} in read(
        known, "translate"
    )["rejected"]


def test_nobody_is_an_answer_with_reasons_and_the_code_of_a_refusal(known):
    end = s2s("decide", "embed", "--quotable", "--ram-gb", "0.01", "--gpu-gb", "0", known=known)
    assert end.exit_code == 2
    assert end.stdout.startswith("Embed: nothing fits")
    assert "GB are free" in end.stdout


def test_needs_come_from_a_file_and_options_go_before_it(known, tmp_path):
    file = tmp_path / "needs.toml"
    file.write_text('task = "translate"\nvolume_per_day = 1000000\nlabelled_pairs = 50000\n')
    assert read(known, "--needs", file)["architecture"] == "encoder-decoder-fine-tuned"
    assert (
        read(known, "--needs", file, "--volume-per-day", "10")["architecture"] == "decoder-only-api"
    )
    assert read(known, "summarize", "--needs", file)["because"][0].startswith("1,000 summaries")


def test_ones_own_texts_tell_their_length(known, tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("word " * 200_000)
    made = read(known, "summarize", "--sample", book, "--local-only", "--gpu-gb", "24")
    assert made["architecture"] == "state-space"


@pytest.mark.parametrize(
    "wrong", ["--volume-per-day 0", "--to nolanguage", "--output poem", "--classes x"]
)
def test_what_makes_no_sense_is_refused(known, wrong):
    end = s2s("decide", "translate", *wrong.split(), known=known)
    assert end.exit_code == 2
    assert end.stdout == ""
    assert "error" in end.stderr.lower()


def test_where_nothing_may_leave_it_is_judged_by_this_machine(known):
    """Forty million long texts are too much for whatever runs the tests, unless it has a card."""
    here = read(known, "summarize", "--local-only", "--ram-gb", "8", "--gpu-gb", "0", "--documents", "40000000",
                "--input-tokens", "16000")  # fmt: skip
    assert "machines like this one busy" in json.dumps(here["rejected"])
