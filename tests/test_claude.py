"""Claude from end to end, against a server on loopback that refuses what the service refuses."""

import asyncio
import gc
import threading
import time
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from claude_stub import THOUGHT, Complaint, Message, Stub
from s2s_claude.card import SPEC
from s2s_claude.models import ALIASES, DEFAULT, MODELS, learned, model_of, named
from s2s_claude.opening import opened
from test_claude_payloads import PDF, picture

from s2s_tasks import Policy, Tasks
from s2s_tasks.decoding import Assistant, Beam, Greedy, Sample
from s2s_tasks.errors import (
    BackendError,
    BadInput,
    BrokenOff,
    Cancelled,
    CutOff,
    NotConfigured,
    OutcomeUnknown,
    OutOfTime,
    OverBudget,
    Refused,
    SchemaRejected,
    TooLong,
    UnknownName,
    Unsupported,
)
from s2s_tasks.exchange import Completion, Enforces, Finish, Request, Signal
from s2s_tasks.media import Media, Modality
from s2s_tasks.schema import Schema

TEXT = "The river rose all night."
REQUEST = Request("summarize", (TEXT,), instruction="Summarize.")


@dataclass
class Invoice:
    number: str
    colour: str = ""


@pytest.fixture
def stub():
    with Stub() as stub:
        yield stub


@pytest.fixture
def claude(stub):
    backend = opened("sonnet", api_key="test-key", base_url=stub.url)
    yield backend
    backend.close()


def ask(backend, request=REQUEST):
    [(_, outcome)] = backend.complete([request])
    return outcome


def drain(backend, request=REQUEST):
    *pieces, end = backend.stream(request)
    return pieces, end


async def drain_async(backend, request):
    *pieces, end = [item async for item in backend.astream(request)]
    return pieces, end


WAYS = {
    "complete": ask,
    "stream": lambda backend, request=REQUEST: drain(backend, request)[1],
    "acomplete": lambda backend, request=REQUEST: asyncio.run(_first(backend, request)),
    "astream": lambda backend, request=REQUEST: asyncio.run(drain_async(backend, request))[1],
}


async def _first(backend, request):
    [outcome] = [outcome async for _, outcome in backend.acomplete([request])]
    return outcome


def outcome_of(way, backend, request=REQUEST):
    """What it came to, whether it was raised or handed over."""
    try:
        return WAYS[way](backend, request)
    except (BackendError, BadInput, UnknownName, Cancelled) as error:
        return error


# -- answers


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_is_text_usage_and_cost_whatever_way_it_comes(claude, way):
    completion = WAYS[way](claude)
    assert completion.text == TEXT.upper()
    assert completion.usage.input_tokens == 10
    assert completion.cost == Decimal(10 * 2 + 5 * 10) / 1_000_000
    assert completion.model == DEFAULT
    assert completion.attempts == ()


def test_the_key_is_sent_as_the_service_wants_it(stub, claude):
    ask(claude)
    headers = stub.asked[0].headers
    assert headers["authorization"] == "Bearer test-key"
    assert headers["anthropic-version"] == "2026-10-21"
    assert headers["x-stainless-retry-count"] == "0"


@pytest.mark.parametrize("way", WAYS)
def test_a_refusal_is_a_refusal_and_says_its_category(stub, claude, way):
    stub.script = lambda _: Message(
        content=[], stop_reason="refusal", stop_details={"type": "refusal", "category": "cyber"}
    )
    completion = WAYS[way](claude)
    assert completion.finish is Finish.REFUSAL
    assert "cyber" in completion.warnings[0]
    with pytest.raises(Refused):
        completion.checked()


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_at_its_limit_is_cut_off(stub, claude, way):
    stub.script = lambda _: Message("as far as", stop_reason="max_tokens")
    with pytest.raises(CutOff) as caught:
        WAYS[way](claude).checked()
    assert caught.value.completion.partial == "as far as"


@pytest.mark.parametrize("way", WAYS)
def test_what_was_cached_is_counted(stub, claude, way):
    counts = {"cache_read_input_tokens": 700, "cache_creation_input_tokens": 30}
    stub.script = lambda _: Message("x", usage=counts)
    usage = WAYS[way](claude).usage
    assert (usage.cache_read_tokens, usage.cache_write_tokens) == (700, 30)


def test_a_stream_comes_in_pieces(claude):
    pieces, end = drain(claude)
    assert len(pieces) == 5
    assert "".join(pieces) == end.text


def test_a_long_answer_is_streamed_inside(stub, claude):
    completion = ask(claude, replace(REQUEST, max_tokens=30_000))
    assert completion.text == TEXT.upper()
    assert stub.bodies[0]["stream"] is True


def test_connections_are_used_again(stub, claude):
    ports = set()
    inner = stub.script

    def note(body):
        ports.add(threading.current_thread().ident)
        return inner(body)

    stub.script = note
    for _ in range(3):
        ask(claude)
        drain(claude)
    assert len(ports) == 1, "the server has a thread for each connection"


# -- tasks


def test_tasks_are_done_by_it(stub, claude):
    tasks = Tasks(backend=claude)
    assert tasks.summarize("It rained.").value == "IT RAINED."
    stub.script = lambda _: Message("Ein Bild.")
    assert tasks.caption(picture()).value == "Ein Bild."
    assert tasks.answer(PDF, question="What?").value == "Ein Bild."
    image, document = (body["messages"][0]["content"][0] for body in stub.bodies[-2:])
    assert (image["type"], document["type"]) == ("image", "document")


def test_a_value_is_extracted_natively_and_spelt_as_the_schema_does(stub, claude):
    schema = {
        "type": "object",
        "properties": {"colour": {"enum": ["Red"]}},
        "required": ["colour"],
    }
    stub.script = lambda _: Message('{"colour": "red"}')
    result = Tasks(backend=claude).extract("It is red.", schema=schema)
    assert result.value == {"colour": "Red"}
    assert result.enforced is Enforces.NATIVELY
    assert any('"red" was read as "Red"' in warning for warning in result.warnings)
    streamed = Tasks(backend=claude).extract.stream("It is red.", schema=schema)
    attempts = [(piece.attempt, str(piece)) for piece in streamed]
    last = max(attempt for attempt, _ in attempts)
    assert "".join(text for attempt, text in attempts if attempt == last) == '{"colour": "Red"}'


@pytest.mark.parametrize("said", [
    "Schema is too complex for compilation",
    "The compiled grammar is too large",
    "output_config.format.schema: something is not supported",
])  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
def test_a_schema_that_the_service_refuses_is_told_in_words_from_then_on(stub, claude, way, said):
    def script(body):
        if "format" in body.get("output_config", {}):
            return Complaint(400, said=said)
        return Message('{"number": "7"}')

    stub.script = script
    request = Request("extract", ("No. 7",), "Extract.", schema=Schema.of(Invoice))
    completion = WAYS[way](claude, request)
    assert completion.enforced is Enforces.NOT
    assert "too complex" in completion.warnings[0]
    assert len(stub.bodies) == 2
    WAYS[way](claude, request)
    assert len(stub.bodies) == 3


@pytest.mark.parametrize("way", WAYS)
def test_a_complaint_about_a_schema_where_there_is_none_is_an_error(stub, claude, way):
    stub.script = lambda _: Complaint(400, said="the compiled grammar is too large")
    assert isinstance(outcome_of(way, claude), BackendError)
    assert len(stub.bodies) == 1


def test_a_mistake_of_ours_is_an_outcome_too(claude, monkeypatch):
    monkeypatch.setattr("s2s_claude.asking.lower", lambda *_, **__: 1 / 0)
    outcomes = [outcome for _, outcome in claude.complete([REQUEST] * 3)]
    assert all(isinstance(outcome, BackendError) for outcome in outcomes)


def test_an_error_says_which_request_it_was(stub, claude):
    stub.script = lambda _: Complaint(400)
    assert "request req_1" in str(ask(claude))


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_fork_asks_over_connections_of_its_own(stub, claude):
    import os

    ask(claude)
    child = os.fork()
    if not child:
        os._exit(0 if ask(claude).text == TEXT.upper() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ask(claude).text


def test_a_repair_shows_the_bad_answer(stub, claude):
    answers = iter(["far too many words for it", "Rain."])
    stub.script = lambda _: Message(next(answers))
    result = Tasks(backend=claude).summarize("It rained.", max_words=2)
    assert result.value == "Rain."
    assert [turn["role"] for turn in stub.bodies[1]["messages"]] == ["user", "assistant", "user"]


def test_the_budget_is_kept(claude):
    policy = Policy(max_cost=Decimal("0.0001"))
    with pytest.raises(OverBudget):
        Tasks(backend=claude, policy=policy).summarize("It rained.").value
    allowed = Policy(max_cost=Decimal(1))
    assert Tasks(backend=claude, policy=allowed).summarize("It rained.").cost < 1


def test_the_price_is_more_than_a_picture_or_a_document_can_cost(claude):
    prices = [
        claude.price(replace(REQUEST, parts=parts)) for parts in ((TEXT,), (picture(),), (PDF,))
    ]
    assert prices == sorted(prices)
    assert prices[-1] > 2, "a document may fill the context"


# -- many at once


def test_several_requests_are_answered_at_once_but_not_more_than_allowed(stub, claude):
    stub.script = lambda _: Message("x", pause=0.1)
    began = time.monotonic()
    assert len([*claude.complete([REQUEST] * 16)]) == 16
    assert time.monotonic() - began < 1.0
    assert 2 <= stub.most_open <= 8


def test_async_requests_are_answered_at_once_but_not_more_than_allowed(stub, claude):
    async def ask_all():
        return [outcome async for _, outcome in claude.acomplete([REQUEST] * 16)]

    stub.script = lambda _: Message("x", pause=0.1)
    assert len(asyncio.run(ask_all())) == 16
    assert 2 <= stub.most_open <= 8


def test_requests_left_behind_are_stopped(stub, claude):
    stub.script = lambda _: Message("x", pause=0.2)
    outcomes = claude.complete([REQUEST] * 20)
    next(outcomes)
    outcomes.close()
    time.sleep(0.6)
    assert len(stub.bodies) <= 17
    before = len(stub.bodies)
    time.sleep(0.3)
    assert len(stub.bodies) == before


@pytest.mark.filterwarnings("error")
def test_each_event_loop_has_a_client_of_its_own_and_closes_it(claude):
    for _ in range(3):
        assert asyncio.run(_first(claude, REQUEST)).text
    gc.collect()


# -- options that it has not


@pytest.mark.parametrize(
    ("decoding", "named_in"),
    [
        (Sample(temperature=0.7), "temperature=0.7"),
        (Sample(), "a temperature"),
        (Sample(top_k=5, seed=3), "top_k=5, seed=3"),
        (Sample(results=2), "results=2"),
        (Beam(4), "beams"),
        (Greedy(no_repeat_ngram=3), "no_repeat_ngram=3"),
        (Greedy(speculation=Assistant("x")), "speculation"),
        (Greedy(stop=("\n",)), "blank"),
    ],
)
def test_options_are_refused_before_anything_is_sent(stub, claude, decoding, named_in):
    [misfit] = claude.misfits(replace(REQUEST, decoding=decoding))
    assert misfit.option == "decoding"
    assert named_in in misfit.reason
    assert misfit.instead
    with pytest.raises(Unsupported):
        Tasks(backend=claude, decoding=decoding).summarize(TEXT).value
    assert not stub.asked


def test_a_dropped_option_is_recorded(claude):
    tasks = Tasks(backend=claude, policy=Policy(on_unsupported="drop"))
    result = tasks.summarize(TEXT, decoding=Sample(temperature=0.7))
    assert result.ok
    assert any("dropped" in warning for warning in result.warnings)


def test_vectors_are_not_asked_of_a_model_that_writes(stub, claude):
    with pytest.raises(Unsupported, match="name an embedding model"):
        Tasks(backend=claude).embed("a cat")
    assert not stub.asked


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((Media(Modality.AUDIO, "audio/wav", b"RIFF"),), "audio"),
        ((Media(Modality.IMAGE, "image/bmp", b"BM"),), "image/bmp"),
        ((Media(Modality.DOCUMENT, "text/rtf", b"{"),), "text/rtf"),
        ((Media(Modality.IMAGE, "image/png", b"x"),) * 601, "at most 600 pictures"),
        (
            (Media(Modality.DOCUMENT, "application/pdf", b"%PDF-" + bytes(25_000_000)),),
            "documents have",
        ),
    ],
)
def test_files_that_it_cannot_take_are_refused_before_anything_is_sent(stub, claude, parts, why):
    [misfit] = claude.misfits(Request("answer", parts))
    assert why in misfit.reason
    assert misfit.instead
    assert not stub.asked


# -- troubles


def complaint(status, kind="", said="because", **more):
    return Complaint(status, kind, said, **more)


TROUBLES = {
    "bad request": (complaint(400), BackendError, "because", 1),
    "too long": (complaint(400, said="prompt is too long: 9 > 8"), TooLong, "does not fit", 1),
    "a picture": (complaint(400, code="image_dimensions_too_large"), BadInput, "file", 1),
    "no credit": (complaint(400, said="Your credit balance is too low"), NotConfigured, "credit", 1),
    "wrong key": (complaint(401, "authentication_error"), NotConfigured, "not accepted", 1),
    "unpaid": (complaint(402, "billing_error"), NotConfigured, "pay", 1),
    "forbidden": (complaint(403, "permission_error"), NotConfigured, "may not", 1),
    "no model": (complaint(404, "not_found_error"), UnknownName, "claude-sonnet-5-5", 1),
    "too late": (complaint(408), OutcomeUnknown, "408", 3),
    "conflict": (complaint(409), BackendError, "409", 3),
    "too large": (Complaint(413, body=b"<html>cloud</html>"), BadInput, "too large", 1),
    "unprocessable": (complaint(422), BackendError, "because", 1),
    "too many": (complaint(429, "rate_limit_error"), BackendError, "too many requests", 3),
    "spent": (
        complaint(429, code="enforced_spend_limit_reached"), NotConfigured, "spending", 1,
    ),
    "told not to": (
        complaint(503, headers={"x-should-retry": "false"}), BackendError, "503", 1,
    ),
    "a long wait": (complaint(429, headers={"retry-after": "100000"}), BackendError, "many", 1),
    "failed": (complaint(500, "api_error"), BackendError, "500", 3),
    "a bad gateway": (Complaint(502, body=b""), BackendError, "502", 3),
    "gone": (complaint(504, "timeout_error"), OutcomeUnknown, "504", 3),
    "overloaded": (complaint(529, "overloaded_error"), BackendError, "overloaded", 3),
    "elsewhere": (Complaint(302, headers={"location": "/x"}), NotConfigured, "elsewhere", 1),
    "a page": (b"<html>Log in</html>", BackendError, "no message|stream", 1),
    "nothing": (b"", BackendError, "no message", 1),
    "another shape": (b'{"ok": true}', BackendError, "no message|stream", 1),
}  # fmt: skip


@pytest.fixture
def hasty(claude):
    """It waits a tenth of a hundredth as long between attempts."""
    claude._asking.retrying._sleep = lambda seconds: time.sleep(seconds / 1000)

    async def asleep(seconds):
        await asyncio.sleep(seconds / 1000)

    claude._asking.retrying._asleep = asleep
    clock, began = time.monotonic, time.monotonic()
    habits = claude._asking.retrying._habits
    claude._asking.retrying._habits = replace(
        habits, clock=lambda: began + (clock() - began) * 1000
    )
    return claude


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", TROUBLES)
def test_trouble_is_a_typed_error_with_a_way_out(stub, hasty, way, name):
    reply, kind, why, attempts = TROUBLES[name]
    stub.script = lambda _: reply
    error = outcome_of(way, hasty)
    assert isinstance(error, kind), repr(error)
    import re

    assert re.search(why, str(error))
    assert len(stub.bodies) == attempts
    assert len(error.attempts) == attempts - 1
    assert "\n" not in str(error)


@pytest.mark.parametrize("way", WAYS)
def test_a_passing_trouble_is_tried_again_and_told(stub, hasty, way):
    replies = iter([complaint(529, "overloaded_error"), complaint(500), Message("at last")])
    stub.script = lambda _: next(replies)
    completion = WAYS[way](hasty)
    assert completion.text == "at last"
    assert [attempt.finish for attempt in completion.attempts] == [Finish.ERROR] * 2
    assert "overloaded" in completion.attempts[0].problem


STREAMS = {way: ask for way, ask in WAYS.items() if "stream" in way}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}


@pytest.mark.parametrize("way", STREAMS)
@pytest.mark.parametrize("then", [None, OVERLOADED, {"type": "content_block_start"}])
def test_a_stream_that_breaks_is_broken_off_with_what_there_was(stub, claude, way, then):
    stub.script = lambda _: Message("one two three", cut=5, then=then)
    completion = WAYS[way](claude)
    assert completion.finish is Finish.BROKEN
    assert completion.partial.startswith("one")
    assert completion.cost is None
    with pytest.raises(BrokenOff):
        completion.checked()
    assert len(stub.bodies) == 1, "what has begun is not asked for again"


@pytest.mark.parametrize("way", STREAMS)
def test_an_error_before_a_stream_has_begun_is_tried_again(stub, hasty, way):
    replies = iter([Message("x", cut=0, then=OVERLOADED), Message("at last")])
    stub.script = lambda _: next(replies)
    completion = WAYS[way](hasty)
    assert completion.text == "at last"
    assert len(completion.attempts) == 1


@pytest.mark.parametrize("way", WAYS)
def test_nobody_at_the_address_is_told_with_the_way_out(way):
    backend = opened("haiku", api_key="k", base_url="http://127.0.0.1:9")
    backend._asking.retrying._habits = replace(backend._asking.retrying._habits, attempts=1)
    error = outcome_of(way, backend)
    assert "cannot be reached" in str(error)
    assert "ANTHROPIC_BASE_URL" in error.hint
    assert not error.maybe_billed


@pytest.mark.parametrize("way", WAYS)
def test_the_deadline_holds_over_a_slow_answer(stub, claude, way):
    stub.script = lambda _: Message("slow " * 50, pause=5.0)
    began = time.monotonic()
    error = outcome_of(way, claude, replace(REQUEST, signal=Signal(began + 0.3)))
    assert isinstance(error, OutOfTime)
    assert time.monotonic() - began < 1.0
    assert error.maybe_billed


@pytest.mark.parametrize("way", WAYS)
def test_an_abort_ends_a_slow_answer(stub, claude, way):
    stub.script = lambda _: Message("slow " * 50, pause=5.0)
    signal = Signal()
    threading.Timer(0.2, signal.abort).start()
    began = time.monotonic()
    error = outcome_of(way, claude, replace(REQUEST, signal=signal))
    assert isinstance(error, Cancelled)
    assert time.monotonic() - began < 1.0


# -- names, keys, models


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment without credentials, not even those of whoever runs this."""
    import os

    for name in [name for name in os.environ if name.startswith("ANTHROPIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_without_a_key_it_is_not_available_and_says_so(bare):
    assert "ANTHROPIC_API_KEY" in SPEC.availability()
    with pytest.raises(NotConfigured, match="no key") as caught:
        opened("haiku")
    assert "ANTHROPIC_API_KEY" in caught.value.hint


@pytest.mark.parametrize(
    "settings",
    [
        {"ANTHROPIC_API_KEY": "k"},
        {"ANTHROPIC_AUTH_TOKEN": "t"},
        {"ANTHROPIC_CUSTOM_HEADERS": "X-Trace: 1\nX-Api-Key: k"},
        {
            "ANTHROPIC_IDENTITY_TOKEN": "t",
            "ANTHROPIC_FEDERATION_RULE_ID": "r",
            "ANTHROPIC_ORGANIZATION_ID": "o",
        },
    ],
)
def test_credentials_of_the_environment_make_it_available(bare, monkeypatch, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert SPEC.availability() == ""
    opened("haiku").close()


def test_a_profile_makes_it_available(bare):
    import json

    folder = bare / ".config" / "anthropic"
    (folder / "configs").mkdir(parents=True)
    (folder / "active_config").write_text("work")
    assert SPEC.availability()
    profile = {"authentication": {"type": "user_oauth"}, "organization_id": "o"}
    (folder / "configs" / "work.json").write_text(json.dumps(profile))
    assert SPEC.availability() == ""


@pytest.mark.parametrize("key", ["two\nlines", "sp ace", "schlüssel", "\x00key"])
def test_a_key_that_no_header_carries_is_refused_and_not_repeated(key):
    with pytest.raises(NotConfigured) as caught:
        opened("haiku", api_key=key)
    assert key not in str(caught.value)


def test_aliases_name_models_of_the_table():
    assert set(ALIASES.values()) <= MODELS.keys()
    assert named(None) == DEFAULT == "claude-sonnet-5-5"
    assert [named(size) for size in ("small", "medium", "large")] == [
        named(name) for name in ("haiku", "sonnet", "opus")
    ]


@pytest.mark.parametrize(
    "name", ["claude-future-9", "claude-haiku-4-5-20251001", "claude-opus-5@x"]
)
def test_other_claude_ids_are_taken_as_they_are(name):
    assert SPEC.suggest(REQUEST, name).model == name


@pytest.mark.parametrize(
    "name",
    ["", "gpt-5", "./claude-x", "org/claude-tuned", "claude-", "Claude-X", "claude x", "/tmp"],
)
def test_names_that_are_no_claude_ids_go_nowhere(name):
    with pytest.raises(UnknownName, match="no model"):
        SPEC.suggest(REQUEST, name)
    with pytest.raises(UnknownName):
        opened(name, api_key="k")


def test_a_folder_is_no_model_even_if_it_is_called_like_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "claude-tuned").mkdir()
    with pytest.raises(UnknownName):
        named("claude-tuned")


def test_a_dated_id_is_the_model_it_is_a_state_of():
    dated = model_of("claude-haiku-4-5-20251001")
    assert dated == replace(MODELS["claude-haiku-4-5"], id="claude-haiku-4-5-20251001")


# -- what the service says of its models

TOLD = {
    "type": "model",
    "id": "claude-future-9",
    "max_input_tokens": 2_000_000,
    "max_tokens": 256_000,
    "lifecycle": "active",
    "capabilities": {
        "effort": {
            "supported": True,
            **{level: {"supported": level != "max"} for level in ("low", "medium", "high", "max")},
        },
        "image_input": {"supported": False},
        "pdf_input": {"supported": True},
        "structured_outputs": {"supported": True},
        "thinking": {
            "supported": True,
            "types": {"adaptive": {"supported": True}, "enabled": {"supported": False}},
        },
    },
}


def test_a_model_that_the_table_does_not_list_is_asked_for(stub):
    stub.models["claude-future-9"] = TOLD
    backend = opened("claude-future-9", api_key="k", base_url=stub.url)
    assert backend.capabilities.context == 2_000_000 - 256_000
    assert Modality.IMAGE not in backend.capabilities.accepts
    ask(backend)
    assert stub.bodies[0]["output_config"] == {"effort": "low"}


def test_a_model_that_nobody_knows_is_treated_with_care(stub):
    backend = opened("claude-future-9", api_key="k", base_url=stub.url)
    ask(backend)
    assert "output_config" not in stub.bodies[0]
    assert stub.bodies[0]["max_tokens"] == 8192 + 8192


def test_a_model_of_the_table_is_asked_for_when_it_is_warmed_only(stub, claude):
    assert not stub.asked
    stub.models[DEFAULT] = {**TOLD, "id": DEFAULT}
    claude.warm()
    assert [asked.method for asked in stub.asked] == ["GET"]
    assert claude.capabilities.context == 2_000_000 - 256_000


@pytest.mark.parametrize(
    "told", [{}, {"capabilities": None}, {"capabilities": []}, {"max_tokens": "many"}]
)
def test_what_is_not_told_stays_as_the_table_has_it(told):
    assert learned(model_of(DEFAULT), told) == model_of(DEFAULT)


def test_what_is_told_is_believed():
    model = learned(model_of(DEFAULT), TOLD)
    assert model.effort == ("low", "medium", "high")
    assert model.thinking == {"adaptive"}
    assert (model.pictures, model.documents) == (False, True)


# -- counting


def test_the_service_counts_exactly_and_we_never_too_few(stub, claude):
    assert claude.exact_tokens(REQUEST) == 42
    assert stub.asked[0].path == "/v1/messages/count_tokens"
    assert {*stub.asked[0].body} == {"model", "system", "messages", "output_config"}
    assert claude.count_tokens("strawberry") == 7


def test_an_exact_count_fails_with_a_typed_error(stub, claude):
    with pytest.raises(BadInput):
        claude.exact_tokens(replace(REQUEST, parts=(" ",)))


def test_limits_told_in_headers_are_kept(stub, claude):
    headers = {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2099-01-01T00:00:00Z",
    }
    stub.script = lambda _: Message("x", headers=headers)
    ask(claude)
    error = ask(claude, replace(REQUEST, signal=Signal(time.monotonic() + 1)))
    assert isinstance(error, OutOfTime)
    assert "per minute" in str(error)


def test_a_schema_rejected_by_us_sends_nothing(stub, claude):
    with pytest.raises(SchemaRejected):
        Tasks(backend=claude).extract("x", schema={"type": "nonsense"}).value
    assert not stub.asked


def test_thoughts_never_come_first_in_the_text(stub, claude):
    stub.script = lambda _: Message(content=[THOUGHT, THOUGHT, {"type": "text", "text": "Said."}])
    assert [WAYS[way](claude).text for way in WAYS] == ["Said."] * 4


def test_what_is_kept_of_a_completion_is_the_message_itself(claude):
    completion = ask(claude)
    assert isinstance(completion, Completion)
    assert completion.raw["id"] == "msg_1"


def test_a_model_that_is_to_be_retired_is_told_of_and_still_asked(stub):
    backend = opened("claude-sonnet-4-5", api_key="k", base_url=stub.url)
    completion = ask(backend)
    backend.close()
    assert completion.text
    assert "2026-11-30" in completion.warnings[0]
