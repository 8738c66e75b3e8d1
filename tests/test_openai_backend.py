"""The backend against a server on loopback that answers to order: faults, streams, secrets."""

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest
from chat_stub import Answer, Stub, chat, chunks, events
from s2s_openai.address import Address
from s2s_openai.backend import Server
from s2s_openai.card import NAME, spec
from s2s_openai.facts import Facts
from s2s_openai.opening import opened
from s2s_openai.profiles import PROFILES

from s2s_tasks import Tasks
from s2s_tasks.backend import Place
from s2s_tasks.decoding import Greedy
from s2s_tasks.errors import (
    BackendError,
    BadInput,
    BrokenOff,
    Cancelled,
    NotConfigured,
    OutcomeUnknown,
    OutOfTime,
    Refused,
    S2SError,
    TooLong,
    UnknownName,
    Unsupported,
)
from s2s_tasks.exchange import Completion, Enforces, Finish, Request, Signal, Usage, Vector
from s2s_tasks.remote.rates import Rates
from s2s_tasks.testing import BackendContract

CANARY = "sk-canary-7Qx9vB2mK4"
TEXT = "The river rose all night, and by morning the lower bridge was closed."


@pytest.fixture(autouse=True)
def _bare(monkeypatch):
    for name in ("S2S_OPENAI_URL", "OPENAI_BASE_URL", "S2S_OPENAI_KEY", "S2S_OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


def request(text=TEXT, **more):
    return Request("summarize", (text,), instruction="Summarize the text.", **more)


def server(stub, profile="vllm", *, model="m", key="", **how):
    return Server(Address.of(stub.url, key), PROFILES[profile], Facts(model), **how)


def one(stub, asked=None, **how):
    """The outcome of one request, by complete()."""
    with closing(server(stub, **how)) as backend:
        [(_, outcome)] = backend.complete([asked or request()])
        return outcome


def streamed(stub, asked=None, **how):
    """The pieces and the completion of a stream, or what it raised."""
    with closing(server(stub, **how)) as backend:
        *pieces, end = backend.stream(asked or request())
        return pieces, end


def always(answer):
    return Stub(lambda path, sent: answer)


def upper(path, sent):
    """A server that says the text in capitals, word by word if it is to stream."""
    said = sent["messages"][-1]["content"].split("\n\n", 1)[-1].upper()
    limit = sent.get("max_tokens") or sent.get("max_completion_tokens")
    words = [word + " " for word in said.split(" ")]
    reason = "length" if limit and limit < len(words) else "stop"
    words = words[:limit]
    delay = 0.01 if 150 < len(words) < 1000 else 0  # that of the long request
    if sent.get("stream"):
        return Answer(pieces=chunks(*words, reason=reason), delay=delay)
    time.sleep(delay * len(words))
    return chat("".join(words), reason)


class TestContract(BackendContract):
    plugin_module = "s2s_openai"
    limits_output = True
    cancel_within = 0.5

    @pytest.fixture(autouse=True)
    def _served(self, monkeypatch):
        with Stub(upper) as self.stub:
            monkeypatch.setenv("S2S_OPENAI_URL", self.stub.url)
            yield

    def make_backend(self):
        return opened("m", profile="vllm")

    def make_spec(self):
        return spec()

    def long_request(self):
        return request("so it goes and " * 55)

    heavy = (*BackendContract.heavy, "httpx2", "httpx", "asyncio")


# -- whole answers


def test_requests_of_one_call_are_on_the_way_together():
    with (
        Stub(lambda path, sent: Answer(chat("x"), delay=0.2)) as stub,
        closing(server(stub)) as backend,
    ):
        began = time.monotonic()
        assert len([*backend.complete([request()] * 8)]) == 8
        assert time.monotonic() - began < 0.8


def test_a_key_goes_into_one_header_only():
    with always(chat("x")) as stub:
        one(stub, key=CANARY)
        [(path, headers, sent)] = stub.asked
        assert headers.pop("Authorization") == f"Bearer {CANARY}"
        assert CANARY not in f"{path} {headers} {sent}"


def test_what_runs_here_costs_nothing_and_what_is_not_known_has_no_cost(monkeypatch):
    with always(chat("x")) as stub:
        assert one(stub).cost == Decimal(0)
        assert one(stub, profile="litellm").cost is None


def test_half_a_character_becomes_a_replacement_character():
    with always(chat("x")) as stub:
        one(stub, request("a \ud800 b 🙂"))
        [sent] = stub.sent
        assert sent["messages"][0]["content"].endswith("a \ufffd b 🙂")


def test_texts_are_embedded_in_one_call():
    rows = [{"index": n, "embedding": [float(n), 1.0]} for n in range(3)]
    with always({"data": rows, "usage": {"prompt_tokens": 6}}) as stub:
        backend = Server(Address.of(stub.url), PROFILES["vllm"], Facts("e5", kind="embedding"))
        with closing(backend):
            answers = dict(backend.complete([Request("embed", (text,)) for text in "abc"]))
        assert [answers[n].output for n in range(3)] == [Vector((float(n), 1.0)) for n in range(3)]
        assert len(stub.sent) == 1


def test_a_failure_of_texts_that_go_together_is_that_of_each():
    with always(Answer({"error": "no"}, 400)) as stub, closing(server(stub)) as backend:
        answers = dict(
            backend.complete([Request("embed", ("a",)), request(), Request("embed", ("b",))])
        )
        assert {n: type(found) for n, found in answers.items()} == dict.fromkeys(
            range(3), BackendError
        )
        assert answers[0] is not answers[2]


def test_a_recording_is_sent_as_a_form():
    from s2s_tasks.catalog import Transcribe

    with always({"text": "Hello."}) as stub:
        asked = Transcribe(language="de").request(b"RIFF\x24\0\0\0WAVEfmt " + bytes(28))
        answer = one(stub, asked, model="whisper")
        [(path, headers, form)] = stub.asked
    assert answer.output == "Hello."
    assert path == "/v1/audio/transcriptions"
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="language"\r\n\r\nde' in form
    assert b'filename="recording.wav"' in form


# -- statuses

NO = {"error": {"message": "it is so", "type": "t", "code": "c"}}
TOO_LONG = {"error": {"message": "too long", "type": "exceed_context_size_error", "code": 400}}
NO_EYES = {"error": {"message": "image input is not supported - hint: mmproj", "code": 500}}
NO_FUNDS = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}
FILTER = {"error": {"message": "triggered", "code": "content_filter"}}


@pytest.mark.parametrize(
    ("status", "body", "kind", "attempts"),
    [
        (400, NO, BackendError, 1),
        (400, TOO_LONG, TooLong, 1),
        (400, FILTER, Refused, 1),
        (401, NO, NotConfigured, 1),
        (403, NO, NotConfigured, 1),
        (404, {"error": {"message": "The model `m` does not exist"}}, UnknownName, 1),
        (404, {"detail": "Not Found"}, NotConfigured, 1),
        (405, NO, NotConfigured, 1),
        (408, NO, BackendError, 3),
        (409, NO, BackendError, 3),
        (413, b"too large", BadInput, 1),
        (422, {"detail": [{"loc": ["body"], "msg": "bad"}]}, BackendError, 1),
        (429, NO, BackendError, 3),
        (429, NO_FUNDS, BackendError, 1),
        (500, b"Internal Server Error", BackendError, 3),
        (500, NO_EYES, Unsupported, 1),
        (501, NO, Unsupported, 1),
        (502, b"<html>", BackendError, 3),
        (503, {"error": "loading"}, BackendError, 3),
        (504, b"", BackendError, 3),
        (529, NO, BackendError, 3),
        (302, b"", NotConfigured, 1),
        (204, b"", BackendError, 1),
    ],
)
def test_a_bad_status_is_a_typed_error_and_tried_again_where_that_may_help(
    status, body, kind, attempts, hasty
):
    for ask in (one, streamed):
        with always(Answer(body, status)) as stub:
            error = found(lambda: ask(stub, key=CANARY))  # noqa: B023  # called at once
            assert type(error) is kind, error
            assert len(stub.asked) == attempts
            assert len(error.attempts) == attempts - 1
            assert len(str(error).splitlines()) == 1
            assert CANARY not in str(error)


@pytest.fixture
def hasty(monkeypatch):
    """Pauses between attempts that are over at once."""
    monkeypatch.setattr("s2s_tasks.remote.pauses.FIRST", 0.001)


def found(ask):
    try:
        outcome = ask()
    except S2SError as error:
        return error
    return outcome


def test_a_server_that_is_asked_too_often_is_waited_for():
    answers = iter([Answer(NO, 429, headers={"Retry-After": "0.3"}), chat("x")])
    with Stub(lambda path, sent: next(answers)) as stub:
        began = time.monotonic()
        answer = one(stub)
    assert answer.output == "x"
    assert time.monotonic() - began >= 0.3
    assert [attempt.finish for attempt in answer.attempts] == [Finish.ERROR]


def test_an_error_does_not_repeat_the_input_that_the_server_quotes():
    detail = [{"loc": ["body", "messages"], "msg": "wrong", "input": TEXT}]
    with always(Answer({"detail": detail}, 422)) as stub:
        error = one(stub)
    assert TEXT not in str(error)
    assert "body.messages: wrong" in str(error)


# -- bodies


@pytest.mark.parametrize(
    "body", [b"", b"<html>captive</html>", b"{", b"[]", b'{"foo": 1}', b'{"choices": []}', b"\xff"]
)
def test_a_body_of_another_shape_is_an_error_of_the_server(body):
    for ask in (one, streamed):
        with always(Answer(body)) as stub:
            error = found(lambda: ask(stub))  # noqa: B023  # called at once
            assert type(error) is BackendError
            assert stub.url in str(error)
            assert len(stub.asked) == 1


def test_an_error_told_with_a_status_of_200_is_an_error():
    with always(NO) as stub:
        assert "it is so" in str(one(stub))


def test_a_body_that_is_cut_may_have_been_billed():
    with always(Answer(chat("x"), cut=True)) as stub:
        error = one(stub, profile="litellm")  # whose costs are somebody's
    assert type(error) is OutcomeUnknown
    assert error.maybe_billed
    assert len(stub.asked) == 1


def test_a_body_that_is_cut_is_asked_for_again_where_it_costs_nothing(hasty):
    answers = iter([Answer(chat("x"), cut=True), chat("y")])
    with Stub(lambda path, sent: next(answers)) as stub:
        assert one(stub).output == "y"


# -- streams


def test_a_stream_comes_in_pieces():
    with always(Answer(pieces=chunks("Pa", "id."))) as stub:
        pieces, end = streamed(stub)
    assert pieces == ["Pa", "id."]
    assert (end.output, end.finish, end.usage) == ("Paid.", Finish.STOP, Usage(7, 5))


def test_one_json_body_for_a_stream_is_read_as_what_it_is():
    with always(chat("whole")) as stub:
        pieces, end = streamed(stub)
    assert (pieces, end.output, end.finish) == (["whole"], "whole", Finish.STOP)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(pieces=chunks("a", "b")[:3]),
        Answer(pieces=chunks("a", "b")[:3], cut=True),
        Answer(pieces=chunks("a", "b")[:4], cut=True),
        Answer(pieces=(*chunks("a")[:2], b'data: {"choices": [{"del')),
        Answer(pieces=(*chunks("a")[:2], b"data: {\n\n")),
        Answer(pieces=(*chunks("a")[:2], b'data: {"error": {"message": "boom"}}\n\n')),
        Answer(pieces=(*chunks("a")[:2], b'data: {"error": "boom"}\n\n')),
    ],
    ids=["ends", "cut", "cut after the reason", "half an event", "no JSON", "error", "error text"],
)
def test_a_stream_that_breaks_off_is_broken_and_keeps_what_came(answer):
    with always(answer) as stub:
        pieces, end = streamed(stub)
        assert len(stub.asked) == 1  # never again from the start
    assert end.finish is Finish.BROKEN
    assert "".join(pieces) == end.output != ""
    assert end.warnings
    with pytest.raises(BrokenOff):
        end.checked()


@pytest.mark.parametrize(
    "piece", [b"data: {\n\n", *events({"error": {"message": "boom"}}, done=False)]
)
def test_a_stream_that_begins_with_an_error_is_one(piece):
    with always(Answer(pieces=(piece,))) as stub:
        assert type(found(lambda: streamed(stub))) is BackendError


def test_a_connection_is_used_again_after_a_stream():
    ports = set()

    class Watching(Stub):
        def answer(self, path, sent):
            ports.add(self.asked[-1][1].get("X-Port"))
            return super().answer(path, sent)

    with (
        Watching(lambda path, sent: Answer(pieces=chunks("a"))) as stub,
        closing(server(stub)) as backend,
    ):
        for _ in range(3):
            [*backend.stream(request())]
        clients = [*backend._connection._clients.values()]
        assert len(clients) == 1
        pool = clients[0][0]._transport._pool
        assert len(pool.connections) == 1


def test_fifteen_thousand_events_a_second_are_read():
    count = 15_000
    pieces = chunks(*["word "] * count)
    block = tuple(b"".join(pieces[at : at + 100]) for at in range(0, len(pieces), 100))
    with always(Answer(pieces=block)) as stub, closing(server(stub)) as backend:
        [*backend.stream(request())]
        began = time.monotonic()
        *texts, end = backend.stream(request())
        took = time.monotonic() - began
    assert len(texts) == count
    assert end.finish is Finish.STOP
    assert took < 4  # on a core that is shared; 0.3 s on a free one


# -- time


@pytest.mark.parametrize("ask", [one, streamed], ids=["complete", "stream"])
def test_a_deadline_ends_a_call_that_is_not_answered(ask):
    with always(Answer(chat("x"), delay=3)) as stub:
        began = time.monotonic()
        error = found(lambda: ask(stub, request(signal=Signal(time.monotonic() + 0.3))))
        assert isinstance(error, OutOfTime)
        assert time.monotonic() - began < 1.3


def test_a_deadline_ends_a_stream_that_is_kept_alive():
    with always(Answer(pieces=(b": ping\n\n",) * 100, delay=0.05)) as stub:
        began = time.monotonic()
        error = found(lambda: streamed(stub, request(signal=Signal(time.monotonic() + 0.4))))
        assert isinstance(error, OutOfTime)
        assert time.monotonic() - began < 1.4


def test_an_aborted_call_ends_soon():
    import threading

    signal = Signal()
    threading.Timer(0.2, signal.abort).start()
    with always(Answer(chat("x"), delay=3)) as stub:
        began = time.monotonic()
        assert isinstance(found(lambda: one(stub, request(signal=signal))), Cancelled)
        assert time.monotonic() - began < 1.2


def test_nobody_at_the_address_is_told_with_the_way_out(hasty):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
    backend = Server(Address.of(url), PROFILES["vllm"], Facts("m"))
    with closing(backend):
        [(_, error)] = backend.complete([request()])
    assert isinstance(error, NotConfigured)
    assert url in str(error)
    assert "S2S_OPENAI_URL" in error.hint
    assert len(error.attempts) == 2


# -- event loops


def test_each_event_loop_has_connections_of_its_own():
    async def ask(backend):
        return [item async for item in backend.astream(request())]

    with always(Answer(pieces=chunks("a"))) as stub, closing(server(stub)) as backend:
        for _ in range(3):
            *_, end = asyncio.run(ask(backend))
            assert end.output == "a"
        assert [*backend.stream(request())][-1].output == "a"


def test_two_hundred_calls_at_once_share_one_client():
    async def ask(backend):
        return [item async for item in backend.acomplete([request()] * 200)]

    with always(chat("x")) as stub, closing(server(stub)) as backend:
        answers = asyncio.run(ask(backend))
    assert sorted(n for n, _ in answers) == [*range(200)]
    assert all(isinstance(answer, Completion) for _, answer in answers)


def test_no_more_calls_are_on_the_way_than_the_server_has_places():
    inside, most = [], []

    def slow(path, sent):
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.02)
        inside.pop()
        return chat("some code")

    async def ask(backend):
        texts = [f"text {n}" for n in range(200)]
        results = Tasks(backend=backend).codegen.map(texts, language="text")
        return [result.ok async for result in results]

    with Stub(slow) as stub:
        facts = Facts("m", places=16)
        with closing(Server(Address.of(stub.url), PROFILES["llama.cpp"], facts)) as backend:
            assert asyncio.run(ask(backend)) == [True] * 200
    assert 8 < max(most) <= 16


def test_calls_keep_to_a_configured_rate():
    with always(chat("x")) as stub:
        paced = server(stub, rates=Rates(requests_per_minute=600))
        with closing(paced) as backend:
            began = time.monotonic()
            assert (
                len([*backend.complete([request()] * 63)]) == 63
            )  # a tenth at once, then 10 a second
            assert 0.2 <= time.monotonic() - began < 2


def test_a_cancelled_task_leaves_nothing_behind():
    async def ask(backend):
        task = asyncio.create_task(anext(backend.acomplete([request()])))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [other for other in asyncio.all_tasks() if other is not asyncio.current_task()]

    with always(Answer(chat("x"), delay=2)) as stub, closing(server(stub)) as backend:
        assert asyncio.run(ask(backend)) == []


LEAVES = """
import sys
from s2s_openai.opening import opened
from s2s_tasks.exchange import Request
backend = opened("m", url=sys.argv[1], profile="vllm")
items = backend.stream(Request("summarize", ("so it goes",) * 80, instruction="x"))
print(next(items))
"""


def test_a_program_that_ends_in_the_middle_of_a_stream_ends_in_peace():
    with always(Answer(pieces=chunks(*["a "] * 300), delay=0.01)) as stub:
        done = subprocess.run(
            [sys.executable, "-W", "default", "-c", LEAVES, stub.url],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    assert (done.stdout, done.stderr) == ("a \n", "")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_has_connections_of_its_own():
    with always(chat("x")) as stub, closing(server(stub)) as backend:
        assert last(backend, "complete").output == "x"
        child = os.fork()
        if child == 0:
            os._exit(0 if last(backend, "complete").output == "x" else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert last(backend, "stream").output == "x"


# -- shapes that a server does not take


@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("ask", [one, streamed])
def test_a_schema_that_a_server_refuses_is_told_in_words(status, ask):
    from s2s_tasks.catalog import Extract

    def picky(path, sent):
        if "response_format" in sent:
            return Answer({"error": {"message": "Invalid schema for response_format"}}, status)
        return chat('{"sum": 12}')

    with Stub(picky) as stub:
        asked = Extract(schema={"type": "object", "required": ["sum"]}).request(TEXT)
        outcome = ask(stub, asked, profile="vllm")
        answer = outcome[1] if isinstance(outcome, tuple) else outcome
        assert (answer.output, answer.enforced) == ('{"sum": 12}', Enforces.NOT)
        assert "Invalid schema" in answer.warnings[0]
        assert answer.attempts == ()
        assert len(stub.sent) == 2
        assert "JSON Schema:" in stub.sent[1]["messages"][0]["content"]


def test_a_pattern_that_a_server_refuses_is_an_error():
    from s2s_tasks.catalog import Codegen
    from s2s_tasks.form import Regex

    asked = Codegen(language="text", grammar=Regex("[a-z]+")).request(TEXT)
    with always(Answer({"error": "cannot compile regex"}, 400)) as stub:
        assert type(one(stub, asked)) is BackendError
        assert len(stub.sent) == 1


# -- by the verbs


def test_extract_repairs_what_a_server_did_not_keep():
    schema = {"type": "object", "properties": {"sum": {"type": "number"}}, "required": ["sum"]}
    answers = iter([chat('{"sum": "12"}'), chat('{"sum": 12}')])
    with Stub(lambda path, sent: next(answers)) as stub, closing(server(stub)) as backend:
        result = Tasks(backend=backend).extract(TEXT, schema=schema)
        assert result.value == {"sum": 12}
        assert result.enforced is Enforces.NATIVELY
        assert len(result.attempts) == 2
        assert [turn["role"] for turn in stub.sent[1]["messages"]] == ["user", "assistant", "user"]


def test_a_verb_streams_and_a_map_keeps_order():
    with Stub(upper) as stub, closing(server(stub)) as backend:
        tasks = Tasks(backend=backend)
        stream = tasks.codegen.stream("print hello", language="text")
        assert "".join(stream) == "PRINT HELLO"
        values = [f"text number {n}" for n in range(30)]
        found = [result.value for result in tasks.codegen.map(values, language="text")]
        assert [text.strip() for text in found] == [value.upper() for value in values]


# -- opening


def test_the_only_model_of_a_server_is_taken(monkeypatch):
    with Stub(upper, listed=["solo"]) as stub, closing(opened(None, url=stub.url)) as backend:
        assert (backend.name, backend.model) == (NAME, "solo")
        assert backend.profile.name == "unknown"
        assert backend.capabilities.place is Place.LOCAL


def test_of_several_models_one_has_to_be_named(monkeypatch):
    with Stub(upper, listed=["a", "b"]) as stub:
        with pytest.raises(UnknownName, match="It lists a, b"):
            opened(None, url=stub.url)
        monkeypatch.setenv("S2S_OPENAI_MODEL", "b")
        assert opened(None, url=stub.url).model == "b"


def test_without_configuration_the_way_out_is_told():
    assert "S2S_OPENAI_URL" in spec().availability()
    with pytest.raises(NotConfigured) as caught:
        opened("m")
    assert "S2S_OPENAI_URL" in caught.value.hint


def test_a_key_alone_means_openai_and_nothing_is_sent_to_open_it(monkeypatch):
    from s2s_tasks.testing import no_network

    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    assert spec().availability() == ""
    assert spec().capabilities.place is Place.REMOTE
    with no_network(), closing(opened("gpt-4.1")) as backend:
        assert backend.profile.name == "openai"
        assert backend.misfits(request(), local_only=True)


def test_a_key_of_the_environment_is_not_shown_to_another_server(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with Stub(upper) as stub, closing(opened("m", url=stub.url)) as backend:
        [*backend.complete([request()])]
        assert not any("Authorization" in headers for _, headers, _ in stub.asked)


def test_a_server_that_is_not_there_is_told_when_it_is_opened():
    with pytest.raises(NotConfigured, match="no server answers"):
        opened("m", url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8000",
        "ftp://a",
        "http://",
        "http://a:b:c",
        "http://me:pw@host",
        "http://h/v1?key=1",
    ],
)
def test_a_bad_url_is_refused_without_repeating_it(url):
    with pytest.raises(S2SError) as caught:
        opened("m", url=url)
    assert "pw" not in str(caught.value)
    assert "key=1" not in str(caught.value)


@pytest.mark.parametrize("key", ["a b", "a\nb", "schlüssel"])
def test_a_key_that_cannot_be_sent_is_refused_without_repeating_it(key):
    with pytest.raises(S2SError) as caught:
        opened("m", url="http://127.0.0.1:9", key=key)
    assert key not in "".join(traceback.format_exception(caught.value))


# -- secrets


def last(backend, verb):
    if verb == "stream":
        return [*backend.stream(request())][-1]
    [(_, outcome)] = backend.complete([request()])
    return outcome


def test_a_key_is_in_nothing_that_is_printed_logged_or_raised(caplog, capfd, hasty, tmp_path):
    caplog.set_level(logging.DEBUG)
    said = {"error": {"message": f"bad key {CANARY} for Bearer {CANARY}", "type": CANARY}}
    bodies = [chat("x"), Answer(said, 401), Answer(said, 500), Answer(f"<p>{CANARY}".encode(), 400),
              said, Answer(pieces=events(said))]  # fmt: skip
    for body in bodies:
        with always(body) as stub, closing(server(stub, key=CANARY)) as backend:
            for verb in ("complete", "stream"):
                outcome = found(lambda: last(backend, verb))  # noqa: B023  # called at once
                shown = [
                    repr(outcome),
                    repr(backend),
                    repr(vars(backend)),
                    repr(backend._connection._clients),
                ]
                if isinstance(outcome, S2SError):
                    shown += traceback.format_exception(outcome)
                    shown += [repr(attempt) for attempt in outcome.attempts]
                assert CANARY not in "".join(shown)
    assert CANARY not in caplog.text
    assert not any(CANARY in part for part in capfd.readouterr())


def test_a_text_is_not_in_logs_or_errors(caplog, hasty):
    caplog.set_level(logging.DEBUG)
    for body in (
        chat("x"),
        Answer(NO, 500),
        Answer(b"{"),
        Answer(pieces=chunks("a")[:2], cut=True),
    ):
        with always(body) as stub:
            for ask in (one, streamed):
                outcome = found(lambda: ask(stub, request(CANARY)))  # noqa: B023
                if isinstance(outcome, S2SError):
                    assert CANARY not in "".join(traceback.format_exception(outcome))
    assert CANARY not in caplog.text


def test_a_proxy_of_the_environment_does_not_see_what_stays_here(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with always(chat("x")) as stub:
        assert one(stub).output == "x"
        assert opened("m", url=stub.url).model == "m"


# -- prices


def test_the_price_is_known_where_all_of_it_is(monkeypatch, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({"prices": [{"model": "m", "input": "2", "output": "10"}]}))
    monkeypatch.setenv("S2S_PRICES", str(prices))
    with (
        always(chat("x", usage=(1_000_000, 100_000))) as stub,
        closing(server(stub, "litellm")) as backend,
    ):
        bounded = request(decoding=Greedy(max_tokens=100_000))
        [(_, answer)] = backend.complete([bounded])
        assert answer.cost == Decimal(3)
        assert backend.price(bounded) > 1
        assert backend.price(request()) is None  # nobody knows how long the answer may be
        assert backend.price(replace(bounded, max_tokens=1)) == backend.price(bounded)
