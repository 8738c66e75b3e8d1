"""Claude against servers of third parties that speak the Messages API: aimock and llama.cpp."""

import asyncio
import json
from dataclasses import replace

import pytest
from peers import aimock, llama_cpp
from s2s_claude.opening import opened
from test_claude import WAYS, outcome_of

from s2s_tasks import Tasks
from s2s_tasks.errors import BackendError, NotConfigured, TooLong
from s2s_tasks.exchange import Enforces, Finish, Request

STREAMS = [way for way in WAYS if "stream" in way]


def failing(message, kind, status, said="no", **more):
    error = {"error": {"message": said, "type": kind}, "status": status, **more}
    return {"match": {"userMessage": message}, "response": error}


def answering(message, content, **more):
    shape = {
        key: more.pop(key)
        for key in ("latency", "chunkSize", "truncateAfterChunks", "chaos")
        if key in more
    }
    return {"match": {"userMessage": message}, **shape, "response": {"content": content, **more}}


FIXTURES = [
    {
        "match": {"userMessage": "once", "sequenceIndex": 0},
        "response": {"error": {"message": "slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 1},
    },
    answering("once", "after a wait"),
    failing("always 429", "rate_limit_error", 429),
    failing("always 529", "overloaded_error", 529),
    failing("always 500", "api_error", 500),
    failing("wrong key", "authentication_error", 401, "invalid x-api-key"),
    failing("too long", "invalid_request_error", 400, "prompt is too long"),
    answering("cut me", "this answer is cut in the middle of its stream", latency=30, chunkSize=4, truncateAfterChunks=6),
    answering("malformed", "x", chaos={"malformedRate": 1}),
    answering("disconnect", "x", chaos={"disconnectRate": 1}),
    answering("person", '{"name": "Ada", "age": 36}'),
    answering("limit", '{"name": "Ada", "ag', finishReason="length"),
    answering("filter", "x", finishReason="content_filter"),
    answering("refuse", "I can't", finishReason="refusal"),
    answering("think", "42", reasoning="let me think"),
    answering("usage", "u", usage={"input_tokens": 11, "output_tokens": 7, "cache_read_input_tokens": 5}),
    {"match": {"endpoint": "chat"}, "response": {"content": "Bonjour le monde, ceci est long."}},
]  # fmt: skip


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    with aimock(FIXTURES, tmp_path_factory.mktemp("aimock")) as url:
        yield url


@pytest.fixture
def claude(mock):
    backend = opened("sonnet", api_key="test", base_url=mock)
    habits = backend._asking.retrying._habits
    backend._asking.retrying._habits = replace(habits, attempts=1)
    yield backend
    backend.close()


def saying(text, **more):
    return Request("summarize", (text,), instruction="Answer.", **more)


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_comes_each_way(claude, way):
    assert WAYS[way](claude, saying("hello")).text == "Bonjour le monde, ceci est long."


@pytest.mark.parametrize("way", WAYS)
def test_thoughts_are_not_the_answer(claude, way):
    assert WAYS[way](claude, saying("think")).text == "42"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "finish"),
    [("limit", Finish.LENGTH), ("refuse", Finish.REFUSAL), ("filter", Finish.BROKEN)],
)
def test_ends_are_told_apart(claude, way, text, finish):
    assert WAYS[way](claude, saying(text)).finish is finish


@pytest.mark.parametrize("way", WAYS)
def test_usage_is_that_of_the_server(claude, way):
    usage = WAYS[way](claude, saying("usage")).usage
    assert (usage.input_tokens, usage.output_tokens) == (11, 7)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("always 429", BackendError),
        ("always 529", BackendError),
        ("always 500", BackendError),
        ("wrong key", NotConfigured),
        ("too long", TooLong),
        ("malformed", BackendError),
        ("disconnect", BackendError),
    ],
)
def test_troubles_are_typed(claude, way, text, kind):
    assert isinstance(outcome_of(way, claude, saying(text)), kind)


@pytest.mark.parametrize("way", STREAMS)
def test_a_cut_stream_is_not_whole(claude, way):
    completion = WAYS[way](claude, saying("cut me"))
    assert completion.finish is Finish.BROKEN
    assert "this answer" in completion.partial


def test_a_server_that_asks_to_wait_is_asked_again(mock):
    backend = opened("sonnet", api_key="test", base_url=mock)
    completion = WAYS["complete"](backend, saying("once"))
    backend.close()
    assert completion.text == "after a wait"
    assert len(completion.attempts) == 1


def test_a_value_is_extracted(claude):
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
    }
    result = Tasks(backend=claude).extract("a person", schema=schema)
    assert result.value == {"name": "Ada", "age": 36}
    assert result.enforced is Enforces.NATIVELY


def test_many_are_asked_at_once(claude):
    async def ask_all():
        work = claude.acomplete([saying(f"hello {n}") for n in range(50)])
        return [outcome.text async for _, outcome in work]

    assert len(asyncio.run(ask_all())) == 50


# -- a real model of random weights


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    with llama_cpp(tmp_path_factory.mktemp("llama"), key="sesame") as url:
        yield url


@pytest.mark.parametrize("way", WAYS)
def test_llama_cpp_is_understood_or_told_what_it_left_out(llama, way):
    """It leaves message_start out of a stream whose answer ends at once."""
    backend = opened("haiku", api_key="sesame", base_url=llama)
    outcome = outcome_of(way, backend, saying("hello", max_tokens=1))
    backend.close()
    if isinstance(outcome, BackendError):
        assert "before message_start" in str(outcome)
    else:
        assert outcome.finish in {Finish.STOP, Finish.LENGTH}
        assert outcome.usage.input_tokens > 0
        json.dumps(outcome.raw)


def test_llama_cpp_refuses_a_wrong_key(llama):
    backend = opened("haiku", api_key="wrong", base_url=llama)
    outcome = outcome_of("complete", backend, saying("hello"))
    backend.close()
    assert isinstance(outcome, NotConfigured)


def test_llama_cpp_counts_tokens(llama):
    backend = opened("haiku", api_key="sesame", base_url=llama)
    exact = backend.exact_tokens(saying("hello"))
    backend.close()
    assert exact > 0
