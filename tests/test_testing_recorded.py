"""Recorded: what was said once is said again, exactly, and nothing else is."""

import dataclasses
import json
import subprocess
import sys
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s2s_tasks.backend import Capabilities, Enforces
from s2s_tasks.decoding import Assistant, Beam, Greedy, PromptLookup, Sample
from s2s_tasks.errors import BackendError, BadSetting, NotConfigured
from s2s_tasks.exchange import (
    Attempt,
    Completion,
    Earlier,
    Finish,
    Media,
    Modality,
    Piece,
    Request,
    Scores,
    Segment,
    Signal,
    Span,
    Speech,
    Usage,
    Vector,
    Word,
)
from s2s_tasks.form import Grammar, Regex
from s2s_tasks.schema import Schema
from s2s_tasks.testing import Recorded, Scripted, broken, describe, fingerprint
from s2s_tasks.testing.identity import CALLERS_OWN

HELLO = Request("translate", ("Hello world",), params={"to": "de"})
BYE = replace(HELLO, parts=("Goodbye",))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tapes" / "answers.jsonl"


def said(backend, *requests):
    found = dict(backend.complete(requests or [HELLO]))
    return [found[n] for n in sorted(found)]


# --- replay ----------------------------------------------------------------------------------

OUTPUTS = {
    "text": "Hallo\u2028Welt \x85 \n",
    "empty": "",
    "half a surrogate pair": "\ud800",
    "scores": Scores({"z": 0.1 + 0.2, "a": 1e-300}),
    "vector": Vector((0.1, -0.0, 1e300)),
    "speech": Speech((Segment("Hi", 0.0, 1.5, (Word("Hi", 0.25, 1.0),)), Segment("", 2, 3)), "de"),
    "silence": Speech(()),
}
FULL = Completion(
    "x",
    finish=Finish.LENGTH,
    usage=Usage(1, 2, 3, 4, 5, 6.5),
    cost=Decimal("0.10000000000000000000001"),
    model="m-2",
    score=-0.1,
    alternatives=("y", "z"),
    citations=(Span(0, 3), Span(15, 20, 1)),
    warnings=("careful",),
    enforced=Enforces.BY_MASK,
    backend="other",
    attempts=(Attempt("b", "m", Finish.ERROR, Usage(1), None, 0.1, "down", "par"),),
)


@pytest.mark.parametrize("output", OUTPUTS.values(), ids=OUTPUTS)
def test_every_kind_of_output_comes_back_equal(path, output):
    [recorded] = said(Recorded(Scripted(output), path))
    [replayed] = said(Recorded(None, path))
    assert replayed == recorded
    assert type(replayed.output) is type(output)


def test_every_field_of_a_completion_comes_back_equal(path):
    defaults = Completion("")
    changed = {
        f.name
        for f in dataclasses.fields(FULL)
        if getattr(FULL, f.name) != getattr(defaults, f.name)
    }
    assert changed == {f.name for f in dataclasses.fields(Completion)} - {"raw"}
    said(Recorded(Scripted(FULL), path))
    [replayed] = said(Recorded(None, path))
    assert replayed == FULL
    assert type(replayed.cost) is Decimal
    assert str(replayed.cost) == str(FULL.cost)


def test_unknown_costs_stay_unknown(path):
    said(Recorded(Scripted("x", price=None), path))
    assert said(Recorded(None, path))[0].cost is None


def test_a_stream_comes_back_in_its_pieces(path):
    recorded = [*Recorded(Scripted("one two  three"), path).stream(HELLO)]
    replayed = [*Recorded(None, path).stream(HELLO)]
    assert replayed == recorded
    assert replayed[:-1] == ["one", " two", "  three"]


class Repairing(Scripted):
    def stream(self, request):
        yield Piece("bad", 0)
        yield Piece("good", 1)
        yield Completion("good")


def test_pieces_keep_their_attempt(path):
    *_, _ = Recorded(Repairing(""), path).stream(HELLO)
    *pieces, _ = Recorded(None, path).stream(HELLO)
    assert [(str(piece), piece.attempt) for piece in pieces] == [("bad", 0), ("good", 1)]


def test_what_was_completed_can_be_streamed_and_the_other_way_round(path):
    tape = Recorded(Scripted(lambda request: request.text), path)
    said(tape, HELLO)
    *_, _ = tape.stream(BYE)
    replay = Recorded(None, path)
    assert [*replay.stream(HELLO)][:-1] == ["Hello world"]
    assert said(replay, BYE)[0].output == "Goodbye"


def test_only_what_is_unknown_is_asked(path):
    real = Scripted(lambda request: request.text.upper())
    said(Recorded(real, path), HELLO)
    answers = said(Recorded(real, path), HELLO, BYE, HELLO)
    assert [answer.output for answer in answers] == ["HELLO WORLD", "GOODBYE", "HELLO WORLD"]
    assert real.rounds == [[HELLO], [BYE]]


def test_replay_asks_nothing_even_with_a_backend_at_hand(path):
    real = Scripted("x")
    said(Recorded(real, path), HELLO)
    replay = Recorded(real, path, "replay")
    replay.warm()
    known, unknown = said(replay, HELLO, BYE)
    assert known.output == "x"
    assert isinstance(unknown, BackendError)
    assert (real.requests, real.warmed) == ([HELLO], False)


def test_record_asks_everything_again_and_the_new_answer_holds(path):
    said(Recorded(Scripted("old"), path))
    assert said(Recorded(Scripted("new"), path, "record"))[0].output == "new"
    assert said(Recorded(None, path))[0].output == "new"


def test_models_do_not_answer_for_each_other(path):
    said(Recorded(Scripted("small", model="s"), path))
    said(Recorded(Scripted("large", model="l"), path))
    assert said(Recorded(Scripted(["asked"], model="l"), path, "replay"))[0].output == "large"
    assert said(Recorded(None, path))[0].output == "small"


def test_failures_and_broken_streams_are_passed_on_but_not_recorded(path):
    real = Scripted([BackendError("down"), broken("par"), "whole"])
    tape = Recorded(real, path)
    down, cut_, whole = said(tape)[0], said(tape)[0], said(tape)[0]
    assert (str(down), cut_.finish, whole.output) == ("down", Finish.BROKEN, "whole")
    assert said(Recorded(None, path))[0].output == "whole"


def test_a_stream_that_was_left_is_not_recorded(path):
    items = Recorded(Scripted("one two three"), path).stream(HELLO)
    next(items)
    items.close()
    assert not path.exists()


def test_a_replay_speaks_for_the_backend_that_was_recorded(path):
    can = Capabilities(
        "encoder-decoder",
        tasks=frozenset({"translate"}),
        enforces=Enforces.BY_MASK,
        strategies=frozenset({Beam}),
        languages=frozenset({"de", "en"}),
        context=512,
        batch=4,
    )
    said(Recorded(Scripted("x", name="mine", model="m", capabilities=can), path))
    replay = Recorded(None, path)
    assert (replay.name, replay.model, replay.capabilities) == ("mine", "m", can)
    assert [misfit.option for misfit in replay.misfits(replace(HELLO, decoding=Greedy()))] == [
        "decoding"
    ]
    assert replay.repairs(3) == 0


def test_a_replay_counts_tokens_as_the_backend_did(path):
    can = Capabilities("decoder-only", context=100)
    tape = Recorded(Scripted("x", capabilities=can), path)
    assert tape.count_tokens("three words here") == 3
    said(tape)
    replay = Recorded(None, path)
    assert replay.count_tokens("three words here") == 3
    assert replay.count_tokens("never counted") > 3  # careful, as of any unknown vocabulary


def test_a_known_request_is_priced_at_what_it_cost(path):
    said(Recorded(Scripted("x", price=Decimal("0.25")), path))
    replay = Recorded(None, path)
    assert replay.price(HELLO) == Decimal("0.25")


def test_closing_closes_the_backend(path):
    real = Scripted("x")
    Recorded(real, path).close()
    assert real.closed


# --- what is missing or broken is said -------------------------------------------------------


def test_an_unknown_request_is_named_with_what_differs(path):
    said(Recorded(Scripted("x"), path), HELLO, replace(HELLO, system="Be brief", labels=("a",)))
    asked = replace(HELLO, params={"to": "fr"}, max_tokens=3)
    [error] = said(Recorded(None, path), asked)
    assert isinstance(error, BackendError)
    assert f"{path} has no recording of this request to translate" in str(error)
    assert "the nearest differs in params, max_tokens" in str(error)
    assert "Recorded(backend, path" in error.hint
    with pytest.raises(BackendError, match="no recording"):
        [*Recorded(None, path).stream(asked)]


def test_nothing_to_replay_is_an_error_at_once(path):
    with pytest.raises(NotConfigured, match=r"answers\.jsonl"):
        Recorded(None, path)


def test_settings_that_make_no_sense_are_refused(path):
    with pytest.raises(BadSetting, match="rewind"):
        Recorded(Scripted("x"), path, "rewind")
    with pytest.raises(BadSetting, match="needs a backend"):
        Recorded(None, path, "record")


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"key": "k"}',
        b'{"text": "t", "tokens": "many"}',
        b'{"key": "k", "model": "m", "request": {}, "completion": {"output": 3}}',
        b"[" * 100_000,
    ],
)
def test_a_corrupt_line_is_named_by_its_number(path, line):
    said(Recorded(Scripted("x"), path), HELLO)
    path.write_bytes(path.read_bytes() + line + b"\n")
    with pytest.raises(BackendError, match=r"answers\.jsonl, line 3 is not a recording") as caught:
        Recorded(None, path)
    assert len(str(caught.value)) < 400


def test_a_line_without_its_end_is_corrupt(path):
    said(Recorded(Scripted("x"), path), HELLO)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BackendError, match="line 2 is not a recording: it has no end"):
        Recorded(None, path)


# --- the file --------------------------------------------------------------------------------


def test_the_file_is_lines_of_json_that_people_can_read(path):
    said(Recorded(Scripted("Grüße, 世界"), path))
    voice, take = map(json.loads, path.read_text("utf-8").splitlines())
    assert voice["backend"] == voice["model"] == "scripted"
    assert take["request"] == {
        "task": "translate",
        "parts": ["Hello world"],
        "params": {"to": "de"},
    }
    assert take["completion"]["output"] == "Grüße, 世界"
    assert "Grüße, 世界" in path.read_text("utf-8")


def test_raw_answers_are_never_written(path):
    secret = "sk-ant-secret"
    said(Recorded(Scripted(Completion("x", raw={"headers": secret})), path))
    assert secret not in path.read_text("utf-8")


def test_media_are_written_by_their_digest_only(path):
    media = Media(Modality.IMAGE, "image/png", b"\x89PNG" * 1000, "/home/me/secret/cat.png")
    said(Recorded(Scripted("a cat"), path), Request("caption", (media,)))
    assert len(path.read_bytes()) < 2000
    assert "/home/me" not in path.read_text("utf-8")


def test_threads_do_not_mix_their_lines(path):
    tape = Recorded(Scripted(lambda request: request.text * 500), path)

    def ask(number):
        for n in range(20):
            said(tape, replace(HELLO, parts=(f"{number}-{n}",)))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Recorded(None, path).tape.takes) == 320


RECORDER = """
import sys
from s2s_tasks.exchange import Request
from s2s_tasks.testing import Recorded, Scripted
tape = Recorded(Scripted(lambda request: request.text * 500), sys.argv[1])
for n in range(20):
    list(tape.complete([Request("echo", (f"{sys.argv[2]}-{n}",))]))
"""


def test_processes_do_not_mix_their_lines(path):
    running = [
        subprocess.Popen([sys.executable, "-c", RECORDER, str(path), str(n)]) for n in range(4)
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    assert len(Recorded(None, path).tape.takes) == 80


# --- the key ---------------------------------------------------------------------------------

unhurried = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
words = st.text(max_size=8)
media = st.builds(
    Media,
    st.sampled_from(Modality),
    words,
    st.binary(min_size=1),
    st.sampled_from(["a.png", "b.wav"]),
)
speculation = st.none() | st.builds(PromptLookup, st.integers(1, 9)) | st.builds(Assistant, words)
decoding = (
    st.builds(Greedy, max_tokens=st.none() | st.integers(1, 9), speculation=speculation)
    | st.builds(Beam, st.integers(2, 9), length_penalty=st.floats(-2, 2))
    | st.builds(Sample, st.floats(0.1, 2), seed=st.none() | st.integers(0, 9))
)
schemas = st.sampled_from(
    [{"type": "object"}, {"type": "array"}, {"type": "object", "required": ["a"]}]
)
FIELDS = {
    "task": words,
    "parts": st.lists(words | media, max_size=3).map(tuple),
    "instruction": words,
    "system": words,
    "params": st.dictionaries(words, words, max_size=3),
    "labels": st.lists(words, max_size=3).map(tuple),
    "schema": st.none() | schemas.map(Schema.of),
    "form": st.none() | st.builds(Regex, words) | st.builds(Grammar, words),
    "decoding": st.none() | decoding,
    "max_tokens": st.none() | st.integers(1, 99),
    "stop": st.lists(words, max_size=3).map(tuple),
    "earlier": st.none() | st.builds(Earlier, words, words, st.integers(1, 9)),
    "creative": st.booleans(),
    "language": st.sampled_from(["", "de", "en"]),
}
requests = st.builds(Request, **FIELDS)


def key(request, model="m"):
    return fingerprint(describe(request), model)


def test_every_field_of_a_request_is_in_the_key_or_known_not_to_matter():
    assert {field.name for field in dataclasses.fields(Request)} == FIELDS.keys() | CALLERS_OWN


@pytest.mark.parametrize("field", FIELDS)
@unhurried
@given(data=st.data())
def test_another_value_of_any_field_is_another_key(field, data):
    request = data.draw(requests)
    other = replace(request, **{field: data.draw(FIELDS[field])})
    assert (key(request) == key(other)) is (request == other)


@unhurried
@given(requests)
def test_equal_requests_have_equal_keys(request):
    twin = replace(request, params=dict(reversed(request.params.items())), signal=Signal(1.0))
    assert key(twin) == key(request)
    assert key(replace(request, reads=(Span(0, 1),), lead=None)) == key(request)


@unhurried
@given(requests)
def test_a_description_survives_the_file(request):
    assert json.loads(json.dumps(describe(request))) == describe(request)


def test_another_model_is_another_key():
    assert key(HELLO, "a") != key(HELLO, "b")


def test_one_and_one_point_nought_ask_for_the_same():
    assert key(replace(HELLO, decoding=Beam(4, 1))) == key(replace(HELLO, decoding=Beam(4, 1.0)))


def test_strategies_with_equal_fields_are_not_the_same():
    assert key(replace(HELLO, decoding=Greedy())) != key(replace(HELLO, decoding=Sample()))


def test_the_order_of_a_schemas_fields_matters():
    """A constrained model writes them in this order."""
    one, two = (
        {"type": "object", "properties": {name: {} for name in names}} for names in ("ab", "ba")
    )
    assert key(replace(HELLO, schema=Schema.of(one))) != key(replace(HELLO, schema=Schema.of(two)))
