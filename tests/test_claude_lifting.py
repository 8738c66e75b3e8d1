"""From a message to a completion: every end is a typed state, and nothing is read by its place."""

from decimal import Decimal

import pytest
from claude_stub import THOUGHT, Message
from s2s_claude.growing import Growing, event_of
from s2s_claude.lifting import lift, parsed
from s2s_claude.lowering import lower
from s2s_claude.models import model_of
from s2s_claude.reading import Reading

from s2s_tasks.catalog.extract import Extract
from s2s_tasks.errors import BackendError, BrokenOff, CutOff, Refused
from s2s_tasks.exchange import Completion, Enforces, Finish, Piece, Request, Usage

MODEL = model_of("claude-sonnet-5-5")
REQUEST = Request("summarize", ("a text",), instruction="Summarize.")


def lifted(message, request=REQUEST):
    return lift(message.whole(MODEL.id), request, lower(request, MODEL))


@pytest.mark.parametrize(
    ("reason", "finish", "error"),
    [
        ("end_turn", Finish.STOP, None),
        ("stop_sequence", Finish.STOP, None),
        ("max_tokens", Finish.LENGTH, CutOff),
        ("model_context_window_exceeded", Finish.LENGTH, CutOff),
        ("refusal", Finish.REFUSAL, Refused),
        ("tool_use", Finish.BROKEN, BrokenOff),
        ("pause_turn", Finish.BROKEN, BrokenOff),
        ("content_filter", Finish.BROKEN, BrokenOff),
        ("", Finish.BROKEN, BrokenOff),
        (None, Finish.BROKEN, BrokenOff),
        (7, Finish.BROKEN, BrokenOff),
    ],
)
def test_every_reason_to_stop_is_a_state(reason, finish, error):
    completion = lifted(Message("as far as it got", stop_reason=reason))
    assert completion.finish is finish
    assert completion.partial == "as far as it got"
    if error:
        with pytest.raises(error):
            completion.checked()


def test_an_unknown_reason_is_named():
    assert "content_filter" in lifted(Message("x", stop_reason="content_filter")).warnings[0]


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({"type": "refusal", "category": "bio", "explanation": "Lab work."}, "(bio): Lab work."),
        ({"type": "refusal", "category": None}, "policy"),
        (None, "policy"),
    ],
)
def test_a_refusal_says_its_category(details, said):
    message = Message(content=[], stop_reason="refusal", stop_details=details)
    completion = lifted(message)
    assert completion.partial == ""
    assert completion.warnings[-1].endswith(said)


def test_the_text_is_that_of_all_text_blocks():
    other = [{"type": "server_tool_use"}, {"type": "redacted_thinking", "data": "x"}]
    texts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    assert lifted(Message(content=[THOUGHT, texts[0], *other, texts[1]])).text == "one two"


def test_thinking_that_took_all_there_was_is_told():
    completion = lifted(
        Message(content=[THOUGHT], stop_reason="max_tokens", usage={"output_tokens": 9})
    )
    assert completion.finish is Finish.LENGTH
    assert "thinking" in completion.warnings[-1]


def test_usage_and_cost_have_the_cache_in_them():
    counts = {
        "input_tokens": 100,
        "output_tokens": 50,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 200,
        "output_tokens_details": {"thinking_tokens": 30},
    }
    completion = lifted(Message("x", usage=counts))
    assert completion.usage == Usage(100, 50, 1000, 200, 30)
    # 2, 10, 0.10 and 2.50 dollars for a million
    assert completion.cost == Decimal("0.0002") + Decimal("0.0005") + Decimal("0.0001") + Decimal(
        "0.0005"
    )


@pytest.mark.parametrize("usage", [None, {}, [], {"input_tokens": "many", "output_tokens": True}])
def test_usage_of_another_shape_is_none(usage):
    whole = {**Message("x").whole(MODEL.id), "usage": usage}
    assert lift(whole, REQUEST, lower(REQUEST, MODEL)).usage == Usage()


def test_the_cost_of_an_unknown_model_is_unknown():
    model = model_of("claude-mythos-9")
    lowered = lower(REQUEST, model)
    assert lift(Message("x").whole(model.id), REQUEST, lowered).cost is None


@pytest.mark.parametrize(
    "body",
    [b"<html>", b"", b"[]", b'"text"', b"null", b"{}", b'{"type": "error"}',
     b'{"type": "message"}', b'{"type": "message", "content": "x"}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_message_is_an_error_that_may_have_been_billed(body):
    with pytest.raises(BackendError, match="no message of Claude") as caught:
        lift(parsed(body), REQUEST, lower(REQUEST, MODEL))
    assert caught.value.maybe_billed


# -- enums

COLOUR = Extract(
    schema={
        "type": "object",
        "properties": {"colour": {"enum": ["Red", "blue"]}, "note": {"type": "string"}},
        "required": ["colour"],
    }
)


def test_an_enum_in_another_case_is_spelt_as_the_schema_does_and_told():
    request = COLOUR.request("It is red.")
    completion = lifted(Message('{"colour": "RED", "note": "RED"}'), request)
    assert completion.enforced is Enforces.NATIVELY
    assert COLOUR.read(completion) == {"colour": "Red", "note": "RED"}
    assert completion.warnings == ('$.colour: "RED" was read as "Red"',)


def test_an_enum_in_its_own_case_is_left_as_it_was_written():
    text = '{"colour":"Red"}'
    assert lifted(Message(text), COLOUR.request("x")).text == text


@pytest.mark.parametrize("text", ['{"colour": "re', "no JSON"])
def test_what_is_no_json_is_left_to_whoever_reads_it(text):
    assert lifted(Message(text), COLOUR.request("x")).partial == text


# -- streams


def drawn(events, request=REQUEST):
    import json

    reading = Reading(request, lower(request, MODEL))
    pieces = [text for event in events if (text := reading.take(json.dumps(event)))]
    return pieces, [*reading.end()]


@pytest.mark.parametrize(
    "message",
    [
        Message("some words to say"),
        Message(content=[THOUGHT, {"type": "text", "text": "after a thought"}]),
        Message("cut", stop_reason="max_tokens"),
        Message(content=[], stop_reason="refusal", stop_details={"category": "cyber"}),
        Message("x", usage={"cache_read_input_tokens": 5}),
    ],
)
def test_a_stream_makes_the_same_completion_as_the_message_at_once(message):
    pieces, [completion] = drawn(message.events(MODEL.id))
    whole = lifted(message)
    assert completion == whole
    assert "".join(pieces) == whole.partial


def test_a_stream_whose_spelling_is_changed_ends_with_its_text_anew():
    request = COLOUR.request("x")
    pieces, [piece, completion] = drawn(Message('{"colour": "RED"}').events("m"), request)
    assert "".join(pieces) == '{"colour": "RED"}'
    assert isinstance(piece, Piece)
    assert piece.attempt == 1
    assert piece == completion.text == '{"colour": "Red"}'


@pytest.mark.parametrize("kept", range(1, 10))
def test_a_stream_that_ends_early_is_never_whole(kept):
    events = [*Message("one two three four").events("m")]
    assert len(events) > kept
    _, [completion] = drawn(events[:kept])
    assert completion.finish is Finish.BROKEN
    assert completion.cost is None
    assert "ended before" in completion.warnings[-1]


START, BLOCK, DELTA = [
    event for event in Message("one").events("m") if event["type"] != "ping"
][:3]  # fmt: skip


@pytest.mark.parametrize(
    "events",
    [
        [BLOCK],
        [{"type": "message_stop"}],
        [START, START],
        [START, DELTA],
        [START, BLOCK, {**DELTA, "index": 1}],
        [START, BLOCK, {**DELTA, "index": "0"}],
        [START, {**BLOCK, "index": 1}],
        [START, {**BLOCK, "content_block": None}],
        [START, BLOCK, {**DELTA, "delta": {"type": "text_delta"}}],
        [START, BLOCK, {**DELTA, "delta": None}],
        [START, {**BLOCK, "content_block": THOUGHT}, DELTA],
        [{"type": "message_start"}],
    ],
)
def test_events_out_of_place_are_errors(events):
    growing = Growing()
    for event in events[:-1]:
        growing.push(event)
    with pytest.raises(BackendError, match="none of the Messages API"):
        growing.push(events[-1])


@pytest.mark.parametrize("data", ["{", "[1]", "null", "[" * 100_000])
def test_what_is_no_event_is_an_error(data):
    with pytest.raises(BackendError, match="none of the Messages API"):
        event_of(data)


def test_events_and_deltas_of_unknown_types_are_passed_over():
    new = [{"type": "brand_new"}, {**DELTA, "delta": {"type": "brand_new_delta"}}]
    events = [*Message("one two").events("m")]
    pieces, [completion] = drawn([*events[:3], *new, *events[3:]])
    assert isinstance(completion, Completion)
    assert completion.text == "".join(pieces) == "one two"
