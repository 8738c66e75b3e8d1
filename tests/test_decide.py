"""The decision helper: properties of every decision, and what it rests on."""

import shlex
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal import s2s
from test_decide_cases import (
    CODE,
    LABELS,
    SEEN,
    SPOKEN,
    STARTING_TABLE,
    SUMMARIES,
    TRANSLATION,
    WALLS,
)

from s2s_tasks import (
    Architecture,
    BackendSpec,
    BadInput,
    BadSetting,
    Capabilities,
    Modality,
    Place,
    Policy,
    Registry,
    Request,
    Suggestion,
    hookimpl,
)  # fmt: skip
from s2s_tasks.backend import ANY_DECODING
from s2s_tasks.decide import (
    BUILT_IN,
    Evidence,
    Finding,
    Hardware,
    Needs,
    Score,
    Speed,
    Timing,
    Weights,
    choose,
    decide,
    predict,
)  # fmt: skip
from s2s_tasks.testing import Scripted

CASES = [case.values[0] for group in (
    STARTING_TABLE, TRANSLATION, SUMMARIES, SEEN, SPOKEN, CODE, LABELS, WALLS
) for case in group]  # fmt: skip
REMOTE = {row.name for row in BUILT_IN if row.remote}
NOW = datetime(2026, 11, 25, tzinfo=UTC)

a_count = st.one_of(st.none(), st.integers(1, 10**8))
a_need = st.builds(
    Needs,
    task=st.sampled_from(["", "translate", "summarize", "answer", "codegen", "extract", "classify", "embed", "paint"]),
    to=st.sampled_from(["", "de", "is", "mas"]),
    languages=st.sampled_from([(), ("en",), ("hi",), ("de", "tr")]),
    input_tokens=st.one_of(st.none(), st.integers(1, 10**6)),
    volume_per_day=a_count,
    labelled_pairs=st.one_of(st.none(), st.integers(0, 10**6)),
    classes=st.one_of(st.none(), st.integers(1, 100)),
    latency_ms=st.one_of(st.none(), st.integers(1, 10**5)),
    local_only=st.booleans(),
    deterministic=st.booleans(),
    creative=st.booleans(),
    quotable=st.booleans(),
    hardware=st.sampled_from([Hardware(), Hardware(ram_gb=8, gpu_gb=0), Hardware(ram_gb=64, gpu_gb=24)]),
    priority=st.sampled_from([None, "quality", "cost", "latency", "privacy"]),
)  # fmt: skip


def never(_):
    raise AssertionError("deciding opens no backend")


def spec(name, kind, *, place=Place.LOCAL, tasks=None, lacks="", missing="", **rest):
    can = Capabilities(kind, place=place, tasks=tasks and frozenset(tasks), follows_words=True,
                       strategies=ANY_DECODING, accepts=frozenset(Modality), **rest)  # fmt: skip
    return BackendSpec(
        name, can, never, extra="local", availability=lambda: lacks,
        suggest=lambda request, model: Suggestion(model or f"{name}-model", missing),
    )  # fmt: skip


SPECS = (
    spec("claude", "decoder-only", place=Place.REMOTE),
    spec("decoder-only", "decoder-only"),
    spec("encoder-decoder", "encoder-decoder", tasks={"translate", "summarize", "answer", "extract"}),
    spec("encoder-only", "encoder-only", tasks={"classify", "embed", "extract", "answer"}),
    spec("extractive", "extractive", tasks={"summarize"}),
    spec("whisper", "speech-encoder-decoder", tasks={"transcribe", "translate"}),
    spec("vision-language", "vision-language", tasks={"caption", "answer", "extract"}),
)  # fmt: skip


# --- what holds of every decision -----------------------------------------------------------


@given(a_need)
@settings(max_examples=60, deadline=None)
def test_where_nothing_may_leave_nothing_remote_is_chosen(needs):
    near = needs.but(local_only=True)
    assert decide(near).architecture not in REMOTE
    assert decide(near, SPECS).backend != "claude"
    assert choose(near, SPECS).backend != "claude"


@given(a_need, st.decimals(0, 10**4, places=2), st.decimals(0, 10**4, places=2))
@settings(max_examples=60, deadline=None)
def test_a_higher_budget_never_makes_it_worse(needs, one, other):
    low, high = sorted([one, other])
    best = [decide(needs.but(budget_per_day=most)).candidates[:1] for most in (low, high)]
    poor, rich = (found[0].total if found else 0 for found in best)
    assert rich >= poor


@given(a_need)
@settings(max_examples=60, deadline=None)
def test_what_has_nothing_to_do_with_it_changes_nothing(needs):
    painter = spec("painter", "diffusion", tasks={"engrave"})
    paints = Architecture("diffusion", "draws", quality={"engrave": 1.0})
    alone = decide(needs, SPECS)
    beside = decide(needs, (*SPECS, painter), rows=(*BUILT_IN, paints))
    assert replace(beside, rejected=()) == replace(alone, rejected=())
    assert choose(needs, (*SPECS, painter)).backend == choose(needs, SPECS).backend


@given(a_need)
@settings(max_examples=60, deadline=None)
def test_without_the_winner_the_runner_up_wins(needs):
    made = decide(needs)
    left = [row for row in BUILT_IN if row.name != made.architecture]
    assert decide(needs, rows=left).architecture == made.runner_up
    chosen = choose(needs, SPECS)
    others = [spec for spec in SPECS if spec.name != chosen.backend]
    assert choose(needs, others).backend == chosen.runner_up


@given(a_need, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_and_backends_is_of_no_account(needs, random):
    rows, specs = random.sample(BUILT_IN, len(BUILT_IN)), random.sample(SPECS, len(SPECS))
    mixed, plain = decide(needs, specs, rows=rows), decide(needs, SPECS)
    assert (mixed.architecture, mixed.backend, mixed.runner_up, mixed.break_even) == (
        plain.architecture, plain.backend, plain.runner_up, plain.break_even,
    )  # fmt: skip
    assert choose(needs, specs).backend == choose(needs, SPECS).backend


@given(a_need)
@settings(max_examples=60, deadline=None)
def test_nothing_beats_the_winner_in_every_aspect_and_all_others_are_told(needs):
    made = decide(needs)
    told = {made.architecture, *(reason.subject for reason in made.rejected)}
    assert {row.name for row in BUILT_IN} <= told
    assert all(reason.text for reason in made.rejected)
    for candidate in made.candidates:
        assert all(0 <= mark <= 1 for mark in candidate.marks)
    if made.architecture:
        assert made.architecture in made.front
        assert made.because
        assert made.evidence
        assert made.next_step


@pytest.mark.parametrize("needs", CASES, ids=range(len(CASES)))
def test_the_same_needs_give_the_same_advice(needs):
    assert decide(needs) == decide(needs)


def test_a_decision_takes_five_milliseconds_once_warm():
    def one(needs):
        began = time.thread_time()
        decide(needs)
        return time.thread_time() - began

    fastest = [min(one(needs) for _ in range(5)) for needs in CASES[:40]]
    assert sorted(fastest)[len(fastest) // 2] < 0.005


# --- what it says ---------------------------------------------------------------------------


def test_it_says_where_the_answer_would_be_another():
    made = decide(Needs(task="translate", volume_per_day=1_000_000, labelled_pairs=50_000))
    said = "\n".join(made.break_even)
    assert "below 5,000 labelled pairs: encoder-decoder\n" in said
    assert "items a day: decoder-only-api" in said
    assert "tokens an item on: decoder-only-api" in said


@pytest.mark.parametrize("needs", CASES[:30], ids=range(30))
def test_a_break_even_in_items_holds_on_both_sides(needs):
    """Told to a fifth or so: half and twice as many are on either side."""
    made = decide(needs)
    for line in made.break_even:
        words = line.split()
        if line.startswith("below about") and "items a day: " in line:
            at, who = float(words[2].replace(",", "")), words[-1]
            assert decide(needs.but(volume_per_day=at / 2)).architecture == who
            assert decide(needs.but(volume_per_day=at * 2)).architecture == made.architecture


def test_prices_of_2026_give_the_known_break_even_volumes():
    def even(**needs):
        return decide(Needs(**needs)).break_even[0]

    assert even(task="translate").endswith("at 320,000 items a day")
    assert even(task="classify").endswith("at 230,000 items a day")
    assert even(task="summarize").endswith("at 67,000 items a day")
    assert even(task="caption").endswith("at 53,000 items a day")
    scanned = frozenset({Modality.IMAGE})
    assert even(task="extract", modalities=scanned).endswith("at 13,000 items a day")


def test_what_is_not_known_is_called_so():
    made = decide(Needs(task="summarize"))
    assert made.confidence == "low"
    assert any("not measured on this machine" in line for line in made.evidence)
    assert any(
        "not weighed, for the number of items is not known" in line for line in made.evidence
    )


def test_a_licence_is_a_wall_unless_it_is_waived():
    asked = Needs(task="translate", languages=("en",), to="is", local_only=True)
    sold, studied = decide(asked), decide(asked.but(commercial=False))
    assert sold.model == "google/madlad400-3b-mt"
    assert (
        "CC-BY-NC"
        in {no.subject: no.text for no in sold.rejected}["facebook/nllb-200-distilled-1.3B"]
    )
    assert studied.model == "facebook/nllb-200-distilled-1.3B"


@pytest.mark.parametrize(
    ("needs", "model"),
    [
        (Needs(task="translate", to="ru", local_only=True), "Helsinki-NLP/opus-mt-en-ru"),
        (Needs(task="translate", languages=("pt",), to="ja", local_only=True), "facebook/m2m100_418M"),
        (Needs(task="translate", to="sr-Latn", local_only=True, commercial=False), "google/madlad400-3b-mt"),
        (Needs(task="summarize", domain="news", languages=("en",), volume_per_day=10**6), "sshleifer/distilbart-cnn-12-6"),
        (Needs(task="summarize", output_tokens=15, local_only=True), "facebook/bart-large-xsum"),
        (Needs(task="summarize", input_tokens=10_000, labelled_pairs=5_000), "google/long-t5-tglobal-base"),
        (Needs(task="codegen", local_only=True, hardware=Hardware(ram_gb=8, gpu_gb=0)), "Qwen/Qwen2.5-Coder-1.5B-Instruct"),
        (Needs(task="embed", languages=("en",)), "sentence-transformers/all-MiniLM-L6-v2"),
        (Needs(task="embed", languages=("fr", "hi"), input_tokens=2_000), "BAAI/bge-m3"),
        (Needs(task="classify", labelled_pairs=500, input_tokens=6_000), "answerdotai/ModernBERT-base"),
        (Needs(task="transcribe", languages=("en",), live=True), "UsefulSensors/moonshine-streaming-medium"),
        (Needs(task="transcribe", languages=("tr",)), "openai/whisper-large-v3-turbo"),
        (Needs(task="translate", modalities=frozenset({Modality.AUDIO}), to="en"), "openai/whisper-medium"),
    ],
)  # fmt: skip
def test_the_model_fits_language_length_licence_and_memory(needs, model):
    assert decide(needs).model == model


@pytest.mark.parametrize(
    ("model", "task", "to", "why"),
    [
        ("google-t5/t5-base", "translate", "ru", "does not know Russian"),
        ("tencent/HY-MT1.5-1.8B", "translate", "de", "not valid in the EU"),
        ("allenai/led-base-16384", "summarize", "", "useless before tuning"),
        ("distilbert/distilbert-base-cased", "embed", "", "never trained for similarity"),
        ("state-spaces/mamba-2.8b", "summarize", "", "follows no instruction"),
        ("Qwen/Qwen2.5-Coder-3B-Instruct", "codegen", "", "Qwen Research"),
    ],
)  # fmt: skip
def test_a_model_that_one_thinks_of_is_warned_of(model, task, to, why):
    made = decide(Needs(task=task, to=to, model=model))
    assert why in {no.subject: no.text for no in made.rejected}[model]


def test_the_minutes_of_a_meeting_take_two_kinds_of_model():
    made = decide(Needs(task="summarize", modalities=frozenset({Modality.AUDIO})), SPECS)
    assert (made.architecture, made.then, made.backend) == (
        "speech-encoder-decoder", ("decoder-only-api",), "whisper",
    )  # fmt: skip


# --- what it rests on -----------------------------------------------------------------------


class Book(dict):
    """Evidence by backend."""

    def find(self, backend, model):
        return self.get(backend)


def measured(backend, seconds, **rest):
    rows = (Timing(91, 41, 1, seconds / 2, seconds), Timing(1_000, 41, 1, seconds / 2, seconds))
    return Evidence(
        backend, f"{backend}-model", "translate", 1, seconds / 2, 100, 100, rows,
        measured_at=NOW - timedelta(days=3), fingerprint="x", **rest,
    )  # fmt: skip


def test_evidence_goes_before_priors_and_its_age_is_told():
    needs = Needs(task="translate", latency_ms=500, local_only=True)
    plain = decide(needs, SPECS)
    slow = Book({"encoder-decoder": measured("encoder-decoder", 5.0)})
    known = decide(needs, SPECS, book=slow, now=NOW)
    assert plain.architecture == "encoder-decoder"
    assert known.architecture != "encoder-decoder"
    assert "s for an item (measured): too late" in str(known)
    fast = Book({"encoder-decoder": measured("encoder-decoder", 0.1)})
    known = decide(needs, SPECS, book=fast, now=NOW)
    assert "measured here on 2026-11-22, 3 days ago" in known.evidence[0]
    assert known.confidence in {"medium", "high"}


def test_figures_of_ones_own_examples_are_told():
    scores = (Score("chrF", 0.61, 200),)
    book = Book({"encoder-decoder": measured("encoder-decoder", 0.1, scores=scores)})
    made = decide(Needs(task="translate", local_only=True), SPECS, book=book)
    assert "quality: chrF 0.61 on 200 examples of yours" in made.evidence


def test_the_faster_of_two_backends_alike_is_chosen_where_time_counts():
    twins = (spec("a", "decoder-only"), spec("b", "decoder-only"))
    book = Book({"a": measured("a", 2.0), "b": measured("b", 0.2)})
    needs = Needs(task="translate", latency_ms=500)
    assert choose(needs, twins).backend == "a"
    assert choose(needs, twins, book=book).backend == "b"


def test_prices_given_go_before_those_that_are_known():
    needs = Needs(task="classify", labelled_pairs=20, volume_per_day=50_000)
    dear = decide(needs, prices=lambda model, usage: Decimal(1))
    free = decide(needs, prices=lambda model, usage: Decimal(0))
    assert (dear.architecture, free.architecture) == ("encoder-only", "decoder-only-api")


def test_a_price_nobody_knows_is_not_nothing():
    made = decide(Needs(volume_per_day=1_000), prices=lambda model, usage: None)
    api = next(one for one in made.candidates if one.name == "decoder-only-api")
    assert api.expected.dollars_per_day is None


def test_a_row_of_a_plugin_takes_part():
    row = Architecture(
        "quantum", "answers before it is asked", quality={"translate": 0.99},
        findings=(Finding("knows the future", 0.01, lambda needs: needs.to == "de", "next year"),),
        speed=Speed(BUILT_IN[1].speed.gpu, BUILT_IN[1].speed.gpu), backend="oracle",
    )  # fmt: skip
    made = decide(Needs(task="translate", to="de"), rows=(*BUILT_IN, row))
    assert made.architecture == "quantum"
    assert "knows the future (next year)" in made.because
    assert "--backend oracle" in made.next_step


def test_a_row_that_cannot_tell_harms_no_other():
    row = Architecture(
        "odd", "raises", quality={"": 0.1}, findings=(Finding("?", 1.0, lambda needs: 1 / 0),)
    )
    assert decide(Needs(), rows=(*BUILT_IN, row)).architecture == decide(Needs()).architecture


def test_weights_are_the_callers():
    private = Weights(quality=0, cost=0, latency=0, privacy=1)
    assert decide(Needs(weights=private)).architecture != "decoder-only-api"
    assert str(Weights(1, 1, 1, 1)) == "quality 25%, cost 25%, latency 25%, privacy 25%"
    with pytest.raises(BadSetting):
        Weights(-1)


# --- who carries it out ---------------------------------------------------------------------


def test_a_backend_that_lacks_something_is_not_chosen_but_named_with_what_it_lacks():
    specs = (spec("encoder-decoder", "encoder-decoder", lacks="torch not installed"), SPECS[1])
    made = decide(Needs(task="translate", to="de", local_only=True), specs)
    assert (made.architecture, made.backend) == ("encoder-decoder", "")
    assert made.lacks == "encoder-decoder: torch not installed"
    assert made.meanwhile == "decoder-only"
    assert made.next_step.startswith('pip install "s2s-tasks[local]" && s2s translate --to de')


def test_at_volume_the_cheaper_model_of_the_service_is_named():
    prices = {"claude-model": Decimal(2), "claude-haiku-5-5": Decimal("0.0001")}
    few, many = (
        decide(Needs(volume_per_day=daily), SPECS, prices=lambda model, usage: prices[model])
        for daily in (None, 1_000)
    )
    assert (few.model, many.model) == ("claude-model", "claude-haiku-5-5")


def test_a_real_call_is_told_where_the_choice_turns_and_how_it_is_typed():
    request = Request("summarize", ("It rained all night. " * 200,))
    made = choose(Needs.of(request, Policy()), SPECS)
    assert (made.backend, made.architecture) == ("claude", "decoder-only-api")
    assert "if data could not leave this machine: decoder-only-local" in made.break_even
    assert made.next_step.startswith("s2s summarize")
    assert made.next_step.endswith("--backend claude --model claude-model")
    assert any("weights: quality 40%" in line for line in made.evidence)
    assert choose(Needs.of(request, Policy()), SPECS[:1]).break_even == ()


@pytest.mark.parametrize("faster", ["swift", "able"])
def test_of_two_backends_alike_the_one_that_was_measured_as_faster_carries_it_out(faster):
    pair = [spec(name, "encoder-decoder", tasks={"translate"}) for name in ("swift", "able")]
    book = Book(
        {name: measured(name, 0.1 if name == faster else 0.4) for name in ("swift", "able")}
    )
    needs = Needs(task="translate", to="de", local_only=True)
    assert decide(needs, pair, book=book).backend == faster


def test_without_a_network_only_what_is_here_counts():
    specs = (spec("encoder-decoder", "encoder-decoder", missing="not downloaded"), SPECS[4])
    asked = Needs(task="summarize", languages=("en",))
    assert decide(asked.but(local_only=True), specs).architecture != "extractive"
    made = decide(asked.but(offline=True), specs)
    assert (made.architecture, made.backend) == ("extractive", "extractive")
    assert "cannot be fetched" in str(made)


def test_a_request_says_what_it_needs():
    request = Request(
        "translate", ("word " * 800,), params={"to": "de", "source": "en"}, creative=True
    )
    needs = Needs.of(request, Policy(local_only=True))
    assert (needs.input_tokens, needs.languages, needs.to) == (1_000, ("en",), "de")
    assert needs.creative
    assert needs.local_only


# --- needs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"volume_per_day": 0}, {"input_tokens": -1}, {"labelled_pairs": -1}, {"latency_ms": "soon"},
        {"output": "poem"}, {"priority": "beauty"}, {"volume_per_day": float("nan")},
        {"budget_per_day": Decimal("NaN")}, {"documents": True},
    ],
)  # fmt: skip
def test_needs_that_make_no_sense_are_refused(wrong):
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        Needs(**wrong)


def test_needs_are_read_from_a_file(tmp_path):
    file = tmp_path / "needs.toml"
    file.write_text(
        'task = "extract"\nmodalities = ["image"]\nlanguages = "de"\nbudget_per_day = 2.5\n'
        "volume_per_day = 100\n[hardware]\ngpu_gb = 24\n[weights]\nquality = 1\ncost = 1\n"
    )
    needs = Needs.read(file, task="answer")
    assert needs.task == "answer"
    assert needs.modalities == {Modality.IMAGE}
    assert needs.languages == ("de",)
    assert needs.budget_per_day == Decimal("2.5")
    assert needs.hardware.gpu_gb == 24


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("volume_per_dya = 1", BadSetting, "volume_per_day"),
        ("task =", BadInput, "TOML"),
        ("request = 1", BadSetting, "request"),
        ("languages = 3", BadSetting, "wrong kind"),
        ('hardware = "big"', BadSetting, "wrong kind"),
        ('modalities = ["smell"]', BadSetting, "smell"),
        ('budget_per_day = "much"', BadSetting, "wrong kind"),
        ("task = 3", BadSetting, "task=3 is no text"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_what(tmp_path, text, error, words):
    file = tmp_path / "needs.toml"
    file.write_text(text)
    with pytest.raises(error) as raised:
        Needs.read(file)
    assert words in f"{raised.value} {raised.value.hint}"


def test_a_sample_of_ones_own_items_tells_their_length():
    needs = Needs(task="summarize", sample=("a" * 400, "b" * 4_000, "c" * 400_000))
    assert (needs.input_tokens, needs.longest) == (1_000, 100_000)


# --- how long it takes ----------------------------------------------------------------------


def law(tokens, output, batch):
    """A transformer that nobody built: linear and quadratic prefill, steps that batches share."""
    first = batch * (tokens / 2_000 + tokens**2 / 10**7)
    return Timing(tokens, output, batch, first, first + (output - 1) * 0.01 * batch**0.5)


ROWS = tuple(law(tokens, 32, batch) for tokens in (32, 256, 2_048) for batch in (1, 8))


@pytest.mark.parametrize("tokens", [16, 64, 500, 1_500, 4_000])
@pytest.mark.parametrize("output", [1, 20, 300])
@pytest.mark.parametrize("batch", [1, 3, 8, 16])
def test_between_what_was_measured_the_prediction_is_near(tokens, output, batch):
    evidence = Evidence("b", "m", "t", 1, 0.1, 1_000, 100, ROWS, measured_at=NOW)
    told = predict(evidence, tokens, output, batch).total
    true = law(tokens, output, batch).total_seconds
    assert 1 / 1.5 < told / true < 1.5


def test_what_was_measured_is_predicted_as_it_was():
    evidence = Evidence("b", "m", "t", 1, 0.1, 1_000, 100, ROWS, measured_at=NOW)
    for row in ROWS:
        told = predict(evidence, row.input_tokens, row.output_tokens, row.batch)
        assert told.first_piece == pytest.approx(row.first_piece_seconds)
        assert told.total == pytest.approx(row.total_seconds)


def test_a_prior_is_two_rates():
    told = predict(Evidence("", None, "", 3, 0.5, 1_000, 50), 2_000, 101)
    assert (told.load, told.first_piece, told.total) == (3, 2.5, 4.5)


@pytest.mark.parametrize("output", [0, 1])
def test_where_nothing_is_written_the_first_piece_is_all(output):
    rows = (Timing(100, 0, 1, 0.2, 0.2),)
    told = predict(Evidence("b", "m", "t", 0, 0, 1, 1, rows, measured_at=NOW), 200, output)
    assert told.total == told.first_piece == pytest.approx(0.4)


# --- what to type next ----------------------------------------------------------------------


@pytest.fixture
def cards():
    class Offers:
        @hookimpl
        def s2s_backends(self):
            return SPECS

    return Registry(Offers())


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def parts(line):
    words = shlex.split(line)
    while "&&" in words:
        yield words[: words.index("&&")]
        words = words[words.index("&&") + 1 :]
    yield words


@pytest.mark.parametrize("needs", CASES, ids=range(len(CASES)))
@pytest.mark.parametrize("specs", [(), SPECS], ids=["nothing here", "all here"])
def test_the_line_to_go_on_with_can_be_typed(needs, specs, cards, tmp_path, monkeypatch):
    """With --explain, so that all is read and checked, and nobody is asked."""
    monkeypatch.chdir(tmp_path)
    for name, data in {
        "photo.jpg": PNG,
        "page.pdf": b"%PDF-1.7\n",
        "recording.wav": b"RIFF\0\0\0\0WAVEfmt ",
    }.items():
        (tmp_path / name).write_bytes(data)
    for words in parts(decide(needs, specs).next_step):
        if words[0] == "pip":
            assert words[1] == "install"
        elif words[0] == "echo":
            assert words[2] == ">"
            (tmp_path / words[3]).write_text(words[1])
        else:
            assert words[0] == "s2s"
            explain = [] if words[1] == "backends" else ["--explain"]
            end = s2s(*words[1:], *explain, known=cards)
            assert end.exit_code == 0, end.output


def test_the_line_for_what_comes_with_the_package_runs_as_it_stands():
    installed = Registry.installed()
    made = decide(Needs(task="summarize", quotable=True), tuple(installed.backends.values()))
    [words] = parts(made.next_step)
    end = s2s(*words[1:], known=installed)
    assert (end.exit_code, made.backend) == (0, "extractive")
    assert "river" in end.stdout


def test_the_line_for_a_model_runs_it():
    class Offers:
        @hookimpl
        def s2s_backends(self):
            return [Scripted("Wo ist der Bahnhof?", name="claude", capabilities=can).spec]

    can = Capabilities("decoder-only", place=Place.REMOTE, follows_words=True)
    known = Registry(Offers())
    made = decide(Needs(task="translate", to="de"), tuple(known.backends.values()))
    [words] = parts(made.next_step)
    assert s2s(*words[1:], known=known).stdout == "Wo ist der Bahnhof?\n"


def test_where_no_backend_of_the_kind_is_known_the_line_is_of_the_next_best():
    note = "no backend of this kind comes with it"
    rows = [replace(row, backend="", note=row.only_with and note) for row in BUILT_IN]
    made = decide(Needs(task="caption", volume_per_day=3_000_000), SPECS[:2], rows=rows)
    assert (made.architecture, made.meanwhile) == ("vision-language", "claude")
    assert made.next_step == "s2s caption photo.jpg --backend claude --model claude-model"
    assert made.note == note


def test_where_a_pdf_cannot_be_read_its_pages_are_shown():
    needs = Needs(task="extract", modalities=frozenset({Modality.DOCUMENT}), local_only=True)
    specs = tuple(Registry.installed().backends.values())
    made = decide(needs, specs)
    assert made.architecture == "vision-language"
    assert "photo.jpg --backend vision-language" in made.next_step
    assert "pip install" not in made.next_step
    assert made.note == "give each page of a PDF as a picture"
    assert "page.pdf" in decide(needs.but(local_only=False), specs).next_step


def test_what_is_to_be_fetched_is_the_best_that_fits_a_machine_that_is_known():
    card = Hardware(ram_gb=32, gpu_gb=24)
    specs = (spec("decoder-only", "decoder-only", missing="not downloaded"),)
    asked = Needs(task="codegen", local_only=True)
    assert decide(asked, specs).model == "decoder-only-model"
    assert decide(asked.but(hardware=card), specs).model == "Qwen/Qwen2.5-Coder-7B-Instruct"


@pytest.mark.parametrize("priority", ["quality", "cost", "latency", "privacy"])
def test_what_a_policy_puts_first_is_weighed_first(priority):
    needs = Needs(task="summarize", policy=Policy(priority=priority))
    assert needs.priority == priority
    weights = decide(needs).weights
    assert getattr(weights, priority) == max(
        weights.quality, weights.cost, weights.latency, weights.privacy
    )


@pytest.mark.parametrize("task", ["summarize", "translate", "codegen", ""])
def test_slow_memory_makes_a_local_model_slow(task):
    def seconds(gigabytes_a_second):
        machine = Hardware(cores=8, ram_gb=32, gpu_gb=0, bandwidth_gbs=gigabytes_a_second)
        made = decide(Needs(task=task, local_only=True, hardware=machine))
        return {one.name: one.expected.seconds.total for one in made.candidates}

    fast, slow = seconds(1_000), seconds(2)
    generated = fast.keys() - {"extractive", "encoder-only"}
    assert generated
    assert all(slow[name] > 2 * fast[name] for name in generated & slow.keys())
    assert all(slow[name] == fast[name] for name in slow.keys() - generated)


def test_fast_memory_promises_nothing():
    known, unknown = (
        Hardware(ram_gb=32, gpu_gb=0, bandwidth_gbs=moved) for moved in (10_000, None)
    )
    asked = Needs(task="summarize", local_only=True)
    assert (
        decide(asked.but(hardware=known)).expected == decide(asked.but(hardware=unknown)).expected
    )
