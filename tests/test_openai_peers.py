"""The backend against real servers of other people: aimock, llama.cpp, transformers serve."""

import asyncio
import json
import time
from contextlib import closing
from dataclasses import replace

import peers
import pytest
from s2s_openai.opening import opened
from s2s_openai.report import report

from s2s_tasks import Tasks
from s2s_tasks.backend import Place
from s2s_tasks.catalog import Caption, Classify, Extract, Summarize
from s2s_tasks.decoding import Beam, Greedy, Sample
from s2s_tasks.errors import (
    BackendError,
    BadInput,
    InvalidOutput,
    NotConfigured,
    S2SError,
    TooLong,
    Unsupported,
)
from s2s_tasks.exchange import Completion, Enforces, Finish, Request, Signal, Speech
from s2s_tasks.schema import Schema
from s2s_tasks.testing import BackendContract

TEXT = "The river rose all night."
SHORT = Greedy(max_tokens=8)
FORM = {
    "type": "object",
    "properties": {
        "mood": {"enum": ["calm", "tense"]},
        "true": {"type": "boolean"},
        "many": {"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "maxItems": 3},
    },
    "required": ["mood", "true", "many"],
    "additionalProperties": False,
}


LABELLED = Classify(labels=["left", "right"]).request(TEXT)


def ask(text=TEXT, **more):
    return Request("summarize", (text,), instruction="Go on.", **more)


def one(backend, request):
    [(_, outcome)] = backend.complete([request])
    return outcome


def drained(backend, request):
    *pieces, end = backend.stream(request)
    return "".join(pieces), end


def raised(work):
    try:
        return work()
    except S2SError as error:
        return error


# -- llama.cpp: real sampling, really held to schemas


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    with peers.llama_cpp(tmp_path_factory.mktemp("llama")) as url:
        yield url


@pytest.fixture
def local(llama):
    with closing(opened(None, url=llama)) as backend:
        yield backend


def test_llama_cpp_is_recognised_with_all_it_tells(local):
    can = local.capabilities
    assert (local.model, local.profile.name) == ("tiny", "llama.cpp")
    assert (can.place, can.enforces, can.concurrency) == (Place.LOCAL, Enforces.NATIVELY, 2)
    assert 0 < can.context < 2048
    assert local.misfits(Caption().request(PNG))[0].option == "input"  # it has no projector


def test_llama_cpp_writes_streams_and_counts(local):
    answer = one(local, ask(decoding=SHORT))
    assert answer.finish is Finish.LENGTH
    assert answer.usage.output_tokens == 8
    text, end = drained(local, ask(decoding=SHORT))
    assert text == end.output == answer.output
    assert end.usage.output_tokens == 8
    assert not end.warnings


def test_llama_cpp_answers_event_loops(local):
    async def ask_twice():
        found = {n: answer async for n, answer in local.acomplete([ask(decoding=SHORT)] * 4)}
        return found, [item async for item in local.astream(ask(decoding=SHORT))]

    found, (*_, end) = asyncio.run(ask_twice())
    assert {answer.output for answer in found.values()} == {end.output}


@pytest.mark.parametrize("seed", range(5))
def test_llama_cpp_really_keeps_to_a_schema(local, seed):
    request = Extract(schema=FORM).request(TEXT)
    sampled = replace(request, decoding=Sample(temperature=2.0, seed=seed, max_tokens=500))
    answer = one(local, sampled)
    assert answer.finish is Finish.STOP, answer
    assert answer.enforced is Enforces.NATIVELY
    Schema.of(FORM).read(answer.output)
    text, end = drained(local, sampled)
    assert json.loads(text) == json.loads(end.output)
    assert end.enforced is Enforces.NATIVELY


def test_without_the_schema_the_same_model_writes_no_json(local):
    """The control: it is the server that keeps to it, not the model."""
    request = replace(Extract(schema=FORM).request(TEXT), schema=None)
    with pytest.raises((ValueError, InvalidOutput)):
        Schema.of(FORM).read(one(local, replace(request, decoding=Greedy(max_tokens=60))).output)


@pytest.mark.parametrize(
    "label", ['say "yes"', "back\\slash", "zwei Wörter", "漢字", "new\nline", "tab\t"]
)
def test_llama_cpp_keeps_to_a_choice_of_any_letters(local, label):
    request = Classify(labels=[label, f"{label}!"]).request(TEXT)
    answer = one(local, replace(request, decoding=Sample(seed=1, max_tokens=60)))
    assert answer.output in {label, f"{label}!"}
    assert answer.enforced is Enforces.NATIVELY


def test_extract_by_llama_cpp_is_valid_in_one_round(local):
    result = Tasks(backend=local).extract(
        TEXT, schema=FORM, decoding=Sample(seed=3, max_tokens=500)
    )
    assert result.value["mood"] in {"calm", "tense"}
    assert result.enforced is Enforces.NATIVELY
    assert len(result.attempts) == 1
    assert result.cost == 0


def test_a_schema_that_llama_cpp_cannot_compile_is_told_in_words(local):
    long = {"type": "object", "properties": {"a": {"type": "string", "minLength": 3000}}}
    request = replace(Extract(schema=long).request(TEXT), decoding=SHORT)
    answer = one(local, request)
    assert answer.enforced is Enforces.NOT
    assert answer.warnings[0].startswith("told in words and checked")
    assert drained(local, request)[1].warnings[0] == answer.warnings[0]


def test_what_llama_cpp_loosens_in_silence_is_not_called_enforced(local):
    """A pattern that its grammars cannot say lets everything through, with a status of 200."""
    loose = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^a{1,3000}$"}}}
    request = replace(Extract(schema=loose).request(TEXT), decoding=Greedy(max_tokens=40))
    assert one(local, request).enforced is Enforces.NOT


def test_llama_cpp_repeats_itself_by_a_seed_and_only_by_it(local):
    drawn = [
        one(local, ask(decoding=Sample(seed=seed, max_tokens=12))).output for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_llama_cpp_gives_several_answers(local):
    request = replace(LABELLED, decoding=Sample(seed=1, results=2, max_tokens=60))
    answer = one(local, request)
    assert len(answer.alternatives) == 1
    assert {answer.output, *answer.alternatives} <= {"left", "right"}
    assert answer.warnings == ()


def test_more_answers_than_it_has_places_for_are_refused_by_us_as_by_llama_cpp(local):
    request = replace(LABELLED, decoding=Sample(results=3))
    assert [misfit.option for misfit in local.misfits(request)] == ["results"]
    assert type(one(local, request)) is BackendError


def test_a_prompt_beyond_the_context_is_too_long(local):
    error = one(local, ask("night " * 5_000, decoding=SHORT))
    assert type(error) is TooLong
    assert "longer context" in error.hint


def test_a_picture_for_a_text_model_is_refused_by_the_server_too(llama):
    with closing(opened("tiny", url=llama, profile="vllm")) as backend:
        error = one(backend, Caption().request(PNG))
    assert type(error) is Unsupported
    assert "reads no images" in str(error)


def test_what_llama_cpp_does_not_do_is_unsupported(llama):
    with closing(opened("tiny-embed", url=llama)) as backend:
        assert type(one(backend, Request("embed", ("a",)))) is Unsupported


def test_a_long_answer_of_llama_cpp_is_cancelled(local):
    signal = Signal()
    items = local.stream(ask(decoding=Sample(max_tokens=1500, seed=1), signal=signal))
    next(items)
    signal.abort()
    began = time.monotonic()
    raised(lambda: [*items])
    assert time.monotonic() - began < 1


def test_a_key_is_asked_for_and_taken(tmp_path):
    with peers.llama_cpp(tmp_path, key="right-key-123") as url:
        with closing(opened("tiny", url=url, key="right-key-123")) as backend:
            assert isinstance(one(backend, ask(decoding=SHORT)), Completion)
        for wrong in ("", "wrong-key-123"):
            with closing(opened("tiny", url=url, key=wrong, profile="llama.cpp")) as backend:
                error = one(backend, ask(decoding=SHORT))
            assert type(error) is NotConfigured
            assert "S2S_OPENAI_KEY" in error.hint
            assert "key-123" not in str(error)


def test_the_report_on_llama_cpp(llama):
    lines = [*report(llama)]
    said = "\n".join(f"{state} {about}: {problem}" for state, about, problem, _ in lines)
    assert "kind: llama.cpp, since its Server header says llama.cpp" in said
    assert "model tiny: context of" in said
    assert "schemas: enforced" in said
    assert not any(state == "broken" for state, *_ in lines)


class TestLlamaCpp(BackendContract):
    limits_output = True
    cancel_within = 0.5

    @pytest.fixture(autouse=True)
    def _served(self, llama):
        self.url = llama

    def make_backend(self):
        return opened("tiny", url=self.url)

    def example_requests(self):
        texts = (TEXT, "Nobody had asked the miller.", "Rain is expected until Friday.")
        return [ask(text, decoding=Greedy(max_tokens=24)) for text in texts]

    def same(self, one, other):
        """Cached prefixes are computed in other batches, which may round otherwise."""
        if isinstance(one, Completion) and isinstance(other, Completion):
            return one.finish is other.finish and one.output[:2] == other.output[:2]
        return type(one) is type(other)


# -- transformers serve


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    pytest.importorskip("torch")
    import tiny

    with peers.transformers_serve(tiny.make("llama"), tmp_path_factory.mktemp("serve")) as url:
        yield url


def test_transformers_serve_answers_by_its_own_rules(serve):
    """One test: the server takes seconds to start, and each process of the suite has its own."""
    with closing(opened(None, url=serve)) as backend:
        assert (backend.profile.name, backend.capabilities.enforces) == (
            "transformers",
            Enforces.NOT,
        )
        greedy, beams = (
            one(backend, ask(decoding=how)) for how in (SHORT, Beam(width=3, max_tokens=8))
        )
        assert greedy.usage.output_tokens == beams.usage.output_tokens == 8
        assert greedy.finish is Finish.LENGTH
        text, end = drained(backend, ask(decoding=SHORT))
        assert text == end.output == greedy.output
        assert end.usage == greedy.usage  # it stands beside the reason, and [DONE] never comes
        assert end.warnings == ()
        drawn = [one(backend, ask(decoding=Sample(seed=s, max_tokens=8))).output for s in (1, 1, 2)]
        assert drawn[0] == drawn[1] != drawn[2]
        packed = Greedy(no_repeat_ngram=1, repetition_penalty=1.2, max_tokens=8)
        assert isinstance(one(backend, ask(decoding=packed)), Completion)
        form = one(backend, replace(Extract(schema=FORM).request(TEXT), decoding=SHORT))
        assert form.enforced is Enforces.NOT
    with closing(opened("another", url=serve)) as backend:
        error = one(backend, ask(decoding=SHORT))
        assert isinstance(error, S2SError)
        assert "pinned" in str(error)
    with closing(opened(None, url=serve, profile="vllm")) as backend:
        error = one(backend, ask(decoding=Sample(top_k=3)))
        assert type(error) is BackendError
        assert "Unexpected fields" in str(error)  # why its profile has a list of its own


# -- litellm, which is installed on request only: .ci/peers litellm


def test_litellm_passes_on_and_is_never_taken_for_this_machine(llama, tmp_path):
    upstream = {"model": "hosted_vllm/tiny", "api_base": f"{llama}/v1", "api_key": "none"}
    with peers.litellm({"behind": upstream}, tmp_path) as url:
        with closing(opened(None, url=url, key=peers.LITELLM_KEY)) as backend:
            can = backend.capabilities
            assert (backend.model, backend.profile.name) == ("behind", "litellm")
            assert (can.place, can.enforces) == (Place.REMOTE, Enforces.NOT)
            text, end = drained(backend, ask(decoding=SHORT))
            assert text == end.output == one(backend, ask(decoding=SHORT)).output
            assert end.usage.output_tokens == 8  # in a chunk with a choice in it
            request = replace(
                Extract(schema=FORM).request(TEXT), decoding=Sample(seed=1, max_tokens=500)
            )
            answer = one(backend, request)
            Schema.of(FORM).read(answer.output)  # it was passed on, and kept to
            assert answer.enforced is Enforces.NOT  # which cannot be relied on
        with closing(opened("behind", url=url, key="wrong", profile="litellm")) as backend:
            assert isinstance(one(backend, ask(decoding=SHORT)), S2SError)


# -- aimock: scripted answers and faults

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f"
    "00010501012718e3660000000049454e44ae426082"
)


def fixture(said, response, **how):
    return {"match": {"userMessage": said}, "response": response, **how}


def failure(said, status, **more):
    error = {"message": f"it is {said}", "type": "x_error"}
    return fixture(said, {"error": error, "status": status, **more})


STATUSES = {
    "bad-request": (400, BackendError, 1),
    "bad-key": (401, NotConfigured, 1),
    "forbidden": (403, NotConfigured, 1),
    "unknown-model": (404, S2SError, 1),
    "too-large": (413, BadInput, 1),
    "too-many": (429, BackendError, 3),
    "broken": (500, BackendError, 3),
    "overloaded": (503, BackendError, 3),
    "busy": (529, BackendError, 3),
}
SLOW_DOWN = {
    "error": {"message": "slow down", "type": "rate_limit_error"},
    "status": 429,
    "retryAfter": 1,
}
LONG = "this answer will be cut in the middle of the stream"
FIXTURES = [
    {"match": {"userMessage": "once", "sequenceIndex": 0}, "response": SLOW_DOWN},
    {"match": {"userMessage": "once", "sequenceIndex": 1}, "response": {"content": "after all"}},
    *(failure(said, status) for said, (status, *_) in STATUSES.items()),
    fixture("cut-by-count", {"content": LONG}, truncateAfterChunks=3, chunkSize=4, latency=30),
    fixture("cut-by-time", {"content": LONG}, disconnectAfterMs=120, chunkSize=4, latency=50),
    fixture("malformed", {"content": "x"}, chaos={"malformedRate": 1}),
    fixture("dropped", {"content": "x"}, chaos={"dropRate": 1}),
    fixture("hung-up", {"content": "x"}, chaos={"disconnectRate": 1}),
    fixture("thoughtful", {"content": "42", "reasoning": "let me think"}),
    fixture("filtered", {"content": "x", "finishReason": "content_filter"}),
    fixture("short", {"content": '{"mood": "ca', "finishReason": "length"}),
    fixture("form", {"content": '{"mood": "calm", "true": true, "many": [1, 2]}'}),
    {
        "match": {"endpoint": "transcription"},
        "response": {"transcription": {"text": "hello from audio", "language": "en", "duration": 1.0}},
    },
    {"match": {"endpoint": "chat"}, "response": {"content": "Der Fluss stieg."}},
]  # fmt: skip


@pytest.fixture(scope="module")
def scripted(tmp_path_factory):
    with peers.aimock(FIXTURES, tmp_path_factory.mktemp("aimock")) as url:
        yield url


@pytest.fixture
def mock(scripted):
    with closing(opened("gpt-4.1", url=scripted, key="sk-test", profile="openai")) as backend:
        yield backend


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr("s2s_tasks.remote.pauses.FIRST", 0.001)


def test_aimock_answers_and_streams(mock):
    answer = one(mock, ask())
    text, end = drained(mock, ask())
    assert answer.output == end.output == text == "Der Fluss stieg."
    assert answer.finish is end.finish is Finish.STOP
    assert answer.usage.output_tokens > 0
    assert end.usage.output_tokens > 0


def test_aimock_reads_a_picture_in_the_object_form(mock):
    assert one(mock, Caption().request(PNG)).output == "Der Fluss stieg."


def test_aimock_transcribes(scripted):
    from s2s_tasks.catalog import Transcribe

    wav = b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)
    with closing(opened("whisper-1", url=scripted, profile="openai")) as backend:
        assert one(backend, Transcribe().request(wav)).partial == "hello from audio"
        spoken = one(backend, Transcribe(timestamps="segment").request(wav)).output
        assert isinstance(spoken, str | Speech)


def test_aimock_embeds(scripted):
    with closing(opened("text-embedding-3-small", url=scripted, profile="openai")) as backend:
        found = Tasks(backend=backend).embed(["a", "b"]).value
    assert len(found) == 2
    assert len(found[0]) == len(found[1]) > 1


@pytest.mark.parametrize("said", STATUSES)
@pytest.mark.parametrize("asking", [one, drained])
def test_a_status_of_aimock_is_a_typed_error(mock, said, asking, hasty):
    _, kind, attempts = STATUSES[said]
    error = raised(lambda: asking(mock, ask(said)))
    assert isinstance(error, kind), error
    assert len(error.attempts) == attempts - 1
    assert len(str(error).splitlines()) == 1
    assert f"it is {said}" in str(error)


def test_aimock_is_asked_again_when_it_says(scripted):
    with closing(opened("m", url=scripted, profile="openai")) as backend:
        began = time.monotonic()
        answer = one(backend, ask("once"))
        assert answer.output == "after all"
        assert time.monotonic() - began >= 1
        assert len(answer.attempts) == 1


@pytest.mark.parametrize("said", ["cut-by-count", "cut-by-time"])
def test_a_stream_that_aimock_cuts_is_never_whole(mock, said):
    text, end = drained(mock, ask(said))
    assert end.finish is Finish.BROKEN
    assert LONG.startswith(text)
    assert text == end.output != ""


@pytest.mark.parametrize("said", ["malformed", "dropped", "hung-up"])
@pytest.mark.parametrize("asking", [one, drained])
def test_chaos_of_aimock_is_a_typed_error(mock, said, asking, hasty):
    outcome = raised(lambda: asking(mock, ask(said)))
    assert isinstance(outcome, S2SError), outcome


@pytest.mark.parametrize(
    ("said", "finish"),
    [("filtered", Finish.REFUSAL), ("short", Finish.LENGTH), ("thoughtful", Finish.STOP)],
)
@pytest.mark.parametrize("asking", [one, lambda *asked: drained(*asked)[1]], ids=["one", "stream"])
def test_how_an_answer_of_aimock_ended(mock, said, finish, asking):
    answer = asking(mock, ask(said))
    assert answer.finish is finish
    assert "think" not in answer.output


def test_a_form_that_aimock_fills_is_checked(mock):
    result = Tasks(backend=mock).extract("the form", schema=FORM)
    assert result.value == {"mood": "calm", "true": True, "many": [1, 2]}


def test_aimock_is_a_server_of_unknown_kind(scripted):
    with closing(opened("m", url=scripted)) as backend:
        assert backend.profile.name in {"unknown", "openai", "litellm", "ollama"}
        assert one(backend, Summarize().request(TEXT)).output == "Der Fluss stieg."
