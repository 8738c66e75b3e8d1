"""What servers say, judged: replies, streams, errors, usage, shapes."""

import json
from dataclasses import replace

import pytest
from chat_stub import chat as reply
from hypothesis import given
from hypothesis import strategies as st
from s2s_openai.asked import Asked
from s2s_openai.chat import chat
from s2s_openai.complaint import Complaint, complaint_of, error_in
from s2s_openai.counts import usage_of
from s2s_openai.draft import Draft
from s2s_openai.embedding import vectors
from s2s_openai.finish import finish_of
from s2s_openai.lifting import lifted
from s2s_openai.profiles import PROFILES
from s2s_openai.speech import speech
from s2s_openai.strict import strict, without_nulls
from s2s_openai.troubles import BadReply, Told

from s2s_tasks.catalog import Classify, Codegen, Extract, Summarize
from s2s_tasks.decoding import Greedy, Sample
from s2s_tasks.errors import BackendError
from s2s_tasks.exchange import Enforces, Finish, Segment, Speech, Usage, Vector, Word
from s2s_tasks.form import Regex
from s2s_tasks.schema import Schema

TEXT = "The bill is 12.50."
SUMMARY = Summarize().request(TEXT)
BILL = {
    "type": "object",
    "properties": {"sum": {"type": "number"}, "note": {"type": "string"}},
    "required": ["sum"],
}


def asked(request=SUMMARY, name="vllm", stream=False):
    profile = PROFILES[name]
    return Asked(request, chat(request, profile, "m", stream=stream), profile)


def lift(document, request=SUMMARY, name="vllm"):
    draft = Draft()
    draft.reply(document if isinstance(document, bytes) else json.dumps(document).encode())
    return lifted(asked(request, name), draft)


def lift_stream(*said, name="vllm", request=SUMMARY, broke=""):
    draft = Draft()
    for one in said:
        draft.event(one if isinstance(one, bytes) else json.dumps(one).encode())
    return lifted(asked(request, name, stream=True), draft, broke)


def chunk(text=None, reason=None, **delta):
    said = delta if text is None else {"content": text, **delta}
    return {"choices": [{"index": 0, "delta": said, "finish_reason": reason}]}


DONE = b"[DONE]"

# -- whole replies


def test_a_reply_is_its_text_its_usage_and_its_model():
    answer = lift(reply("Paid.", usage=(11, 3)))
    assert (answer.output, answer.finish, answer.model) == ("Paid.", Finish.STOP, "m")
    assert answer.usage == Usage(11, 3)
    assert answer.warnings == ()
    assert answer.raw["choices"]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", Finish.STOP), ("eos_token", Finish.STOP), ("stop_sequence", Finish.STOP),
        ("STOP", Finish.STOP), ("length", Finish.LENGTH), ("max_tokens", Finish.LENGTH),
        ("content_filter", Finish.REFUSAL), ("refusal", Finish.REFUSAL), ("SAFETY", Finish.REFUSAL),
        ("tool_calls", Finish.BROKEN), ("abort", Finish.BROKEN), ("wat", Finish.BROKEN),
        (None, Finish.BROKEN), (7, Finish.BROKEN), ("", Finish.BROKEN),
    ],
)  # fmt: skip
def test_only_a_reason_that_is_known_makes_an_answer_whole(reason, finish):
    assert finish_of(reason) is finish
    assert lift(reply("x", reason)).finish is finish


def test_a_refusal_beside_the_content_is_a_refusal():
    assert lift(reply(None, refusal="I cannot.")).finish is Finish.REFUSAL


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_is_no_part_of_the_answer(field):
    answer = lift(reply("42", **{field: "Let me think."}))
    assert (answer.output, answer.warnings) == ("42", ())


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_without_an_answer_is_told(field):
    answer = lift(reply("", "length", **{field: "Let me think."}))
    assert answer.finish is Finish.LENGTH
    assert any("allow more tokens" in warning for warning in answer.warnings)


def test_a_content_of_parts_is_their_text():
    parts = [
        {"type": "text", "text": "one "},
        {"type": "thinking"},
        {"type": "text", "text": "two"},
    ]
    assert lift(reply(parts)).output == "one two"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>", b"not json", b'{"choices": [', b"[]", b"null", b"7", b'"text"', b"{}",
        b'{"choices": []}', b'{"choices": null}', b'{"choices": "x"}', b'{"choices": [7]}',
        b'{"choices": [{"message": "x"}]}', b'{"choices": [null]}', b"\xff\xfe", b"[" * 100_000,
        b'{"foo": 1}',
    ],
    ids=lambda body: body[:24],
)  # fmt: skip
def test_what_is_no_reply_is_a_bad_reply_and_no_exception_of_a_parser(body):
    with pytest.raises(BadReply):
        lift(body)


@pytest.mark.parametrize("message", [None, {}, {"content": None}, {"content": 7}, {"content": {}}])
def test_a_choice_without_a_text_is_an_empty_answer(message):
    assert lift({"choices": [{"message": message, "finish_reason": "stop"}]}).output == ""


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "delta", "content", "finish_reason", "index", "usage", "model",
                 "error", "detail", "prompt_tokens", "text", "message"]
            ),
            inner,
            max_size=4,
        ),
        max_leaves=25,
    )
)  # fmt: skip
def test_no_reply_whatsoever_brings_the_lifting_down(document):
    for take in (lift, lift_stream):
        try:
            answer = take(document)
        except (BadReply, Told):
            continue
        assert isinstance(answer.output, str)
        assert isinstance(answer.usage, Usage)


# -- several answers


def test_further_answers_are_alternatives_if_they_are_whole():
    document = reply("a")
    more = [("b", "stop"), ("c", "length"), ("d", "stop")]
    document["choices"] += [
        {"index": n, "message": {"content": text}, "finish_reason": why}
        for n, (text, why) in enumerate(more, 1)
    ]
    request = replace(SUMMARY, decoding=Sample(results=4))
    assert lift(document, request).alternatives == ("b", "d")


def test_answers_that_were_asked_for_and_did_not_come_are_told():
    request = replace(SUMMARY, decoding=Sample(results=3))
    assert "3 answers were asked for, and 1 came" in lift(reply("a"), request).warnings


# -- usage


@pytest.mark.parametrize(
    ("told", "usage"),
    [
        (None, None),
        ([], None),
        ({}, Usage()),
        ({"prompt_tokens": 5, "completion_tokens": 2}, Usage(5, 2)),
        ({"input_tokens": 5, "output_tokens": 2}, Usage(5, 2)),
        ({"prompt_tokens": "5", "completion_tokens": None}, Usage()),
        ({"prompt_tokens": -5, "completion_tokens": True}, Usage()),
        ({"prompt_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}, Usage(5, cache_read_tokens=4)),
        ({"prompt_tokens": 9, "prompt_tokens_details": None}, Usage(9)),
        (
            {"completion_tokens": 9, "completion_tokens_details": {"reasoning_tokens": 4}},
            Usage(output_tokens=9, reasoning_tokens=4),
        ),
    ],
)  # fmt: skip
def test_usage_is_countable_whatever_is_told(told, usage):
    assert usage_of(told) == usage


def test_input_that_a_server_cut_in_silence_is_told():
    request = replace(SUMMARY, parts=("word " * 20_000,))
    assert any(
        "may have cut the input" in one
        for one in lift(reply("x", usage=(2048, 1)), request).warnings
    )
    assert lift(reply("x", usage=(20_010, 1)), request).warnings == ()


# -- streams


def test_a_stream_is_whole_by_its_reason_and_done():
    answer = lift_stream(chunk("Pa"), chunk("id."), chunk(reason="stop"), DONE)
    assert (answer.output, answer.finish, answer.warnings) == ("Paid.", Finish.STOP, ())


USED = {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}


@pytest.mark.parametrize(
    "said",
    [
        [{"choices": [], **USED}, chunk("a", "stop")],
        [chunk("a", "stop"), {"choices": [], **USED}],
        [chunk("a", "stop"), {"choices": [{"delta": {}}], **USED}],
        [chunk("a", "stop"), USED],
        [{**chunk("a"), **USED}, chunk(reason="stop")],
        [chunk("a"), {**chunk(reason="stop"), **USED}],
        [{**chunk("a"), "usage": {"prompt_tokens": 3}}, {**chunk(reason="stop"), **USED}],
    ],
    ids=["first", "last", "litellm", "no choices", "beside text", "beside the reason", "growing"],
)
def test_usage_counts_from_any_chunk(said):
    answer = lift_stream(*said, DONE)
    assert answer.usage == Usage(3, 2)
    assert (answer.output, answer.finish) == ("a", Finish.STOP)


def test_the_role_and_empty_deltas_say_nothing():
    said = [
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}}]},
        chunk(),
        {},
    ]
    assert lift_stream(*said, chunk("x", "stop"), DONE).output == "x"


@pytest.mark.parametrize("name", [*PROFILES])
def test_a_reason_and_the_end_of_the_stream_are_an_end(name):
    answer = lift_stream(chunk("x", "stop"), name=name)
    assert answer.finish is Finish.STOP
    assert bool(answer.warnings) == PROFILES[name].done  # that it ended early is told


@pytest.mark.parametrize("said", [[], [chunk("x")], [{}], [chunk(role="assistant")]])
def test_a_stream_without_a_reason_is_broken(said):
    assert lift_stream(*said).finish is Finish.BROKEN


def test_done_without_a_reason_is_an_end_and_told():
    answer = lift_stream(chunk("x"), DONE)
    assert answer.finish is Finish.STOP
    assert answer.warnings == ("the server did not say why the answer ended",)


def test_done_without_a_reason_at_the_limit_is_a_cut():
    request = replace(SUMMARY, decoding=Greedy(max_tokens=5))
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 5}}
    assert lift_stream(chunk("x"), usage, DONE, request=request).finish is Finish.LENGTH


def test_text_after_the_end_of_the_answer_is_a_bad_reply():
    """As where two answers come on one connection."""
    with pytest.raises(BadReply, match="after the end"):
        lift_stream(chunk("x", "stop"), chunk("y"))
    assert lift_stream(chunk("x", "stop"), chunk("", "stop"), DONE).output == "x"


def test_done_without_anything_is_no_answer():
    assert lift_stream(DONE).finish is Finish.BROKEN


def test_a_stream_that_broke_is_broken_whatever_it_said():
    answer = lift_stream(chunk("x", "stop"), broke="the connection broke")
    assert (answer.finish, answer.warnings) == (Finish.BROKEN, ("the connection broke",))


@pytest.mark.parametrize(
    "said", [{"error": {"message": "boom"}}, {"error": "boom"}, {"error": {}}, {"detail": "boom"}]
)
def test_a_chunk_with_an_error_is_an_error(said):
    with pytest.raises(Told):
        lift_stream(chunk("x"), said)


@pytest.mark.parametrize("said", [b"{", b"[1]", b"\xff", b"7", b'{"choices":[7]}'])
def test_a_chunk_that_is_none_is_a_bad_reply(said):
    with pytest.raises(BadReply):
        lift_stream(chunk("x"), said)


# -- the five shapes of errors

SAYS = "no such model"


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"error": {"message": SAYS, "type": "not_found", "param": None, "code": "m"}}, Complaint(SAYS, "not_found", "m")),
        ({"error": {"code": 404, "message": SAYS, "status": "NOT_FOUND"}}, Complaint(SAYS, "NOT_FOUND", "404")),
        ([{"error": {"code": 404, "message": SAYS}}], Complaint(SAYS, "404", "404")),
        ({"object": "error", "message": SAYS, "type": "NotFoundError", "code": 404}, Complaint(SAYS, "NotFoundError", "404")),
        ({"detail": [{"loc": ["body", "model"], "msg": SAYS, "input": "secret"}]}, Complaint(f"body.model: {SAYS}")),
        ({"detail": SAYS}, Complaint(SAYS)),
        ({"error": SAYS}, Complaint(SAYS)),
        ({"error": SAYS, "error_type": "validation"}, Complaint(SAYS, "validation")),
        ("no such model", Complaint('"no such model"')),
    ],
)  # fmt: skip
def test_the_shapes_of_errors_are_brought_to_one(body, complaint):
    assert complaint_of(json.dumps(body).encode()) == complaint


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"Internal Server Error", "Internal Server Error"),
        (b"<html><body>502</body></html>", "a web page"),
        (b"", "an empty answer"),
        (b"\xff\xfe\x00", "\ufffd"),
        (b"x" * 10_000, "x" * 300),
        (b"[" * 100_000, "["),
    ],
)
def test_a_body_that_is_no_json_is_told_in_short(body, says):
    said = complaint_of(body).message
    assert said.startswith(says)
    assert len(said) <= 303


def test_no_error_is_found_where_none_is():
    for document in (reply("x"), chunk("x"), {}, [], None, {"error": None}, {"error": ""}):
        assert error_in(document) is None


# -- the shape of the answer


@pytest.mark.parametrize("name", ["openai", "vllm", "llama.cpp", "ollama", "tgi", "lmstudio"])
def test_native_is_what_was_sent_kept_and_checked(name):
    request = Extract(schema=BILL).request(TEXT)
    assert lift(reply('{"sum": 12.5}'), request, name).enforced is Enforces.NATIVELY
    for broken in ('{"sum": "12.5"}', "Sure! {}", '{"sum": NaN}', ""):
        assert lift(reply(broken), request, name).enforced is Enforces.NOT
    assert lift(reply('{"sum": 12.5}', "length"), request, name).enforced is Enforces.NOT


@pytest.mark.parametrize("name", ["transformers", "litellm", "gemini", "unknown"])
def test_what_a_server_does_not_enforce_is_never_native(name):
    request = Extract(schema=BILL).request(TEXT)
    assert lift(reply('{"sum": 12.5}'), request, name).enforced is Enforces.NOT


def test_a_label_is_native_if_it_is_one():
    request = Classify(labels=["a", "b"]).request(TEXT)
    assert lift(reply("a"), request, "vllm").enforced is Enforces.NATIVELY
    assert lift(reply("A"), request, "vllm").enforced is Enforces.NOT
    assert lift(reply("a"), request, "openai").enforced is Enforces.NOT


def test_an_answer_that_does_not_match_its_pattern_is_an_error():
    request = Codegen(language="text", grammar=Regex("[a-z]+[0-9]")).request(TEXT)
    assert lift(reply("ab1"), request, "tgi").enforced is Enforces.NATIVELY
    for broken in ("ab", "ab1\n", "xab1x"):
        with pytest.raises(BackendError, match="Regex"):
            lift(reply(broken), request, "tgi")


def test_nulls_that_stand_for_nothing_are_taken_out_again():
    request = Extract(schema=BILL).request(TEXT)
    answer = lift(reply('{"sum": 1, "note": null}'), request, "openai")
    assert json.loads(answer.output) == {"sum": 1}
    assert answer.enforced is Enforces.NATIVELY


TREE = {
    "type": "object",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "note": {"type": ["string", "null"]},
                "left": {"$ref": "#/$defs/node"},
                "tags": {
                    "type": "array",
                    "items": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "required": ["name"],
        }
    },
    "properties": {"root": {"$ref": "#/$defs/node"}},
    "required": ["root"],
}


def test_nulls_that_are_values_stay():
    value = {
        "root": {
            "name": "a",
            "note": None,
            "left": {"name": "b", "left": None, "tags": None},
            "tags": [None],
        }
    }
    schema = Schema.of(TREE)
    found = json.loads(without_nulls(json.dumps(value), schema.json))
    assert found == {"root": {"name": "a", "note": None, "left": {"name": "b"}, "tags": [None]}}
    schema.read(json.dumps(found))


@pytest.mark.parametrize("schema", [BILL, TREE])
def test_what_fits_a_strict_schema_fits_the_schema_without_its_nulls(schema):
    import jsonschema

    document = Schema.of(schema)
    narrowed = strict(document.json)
    filled = {
        id(BILL): [{"sum": 1, "note": None}, {"sum": 1, "note": "x"}],
        id(TREE): [{"root": {"name": "a", "note": None, "left": None, "tags": None}}],
    }[id(schema)]
    for value in filled:
        jsonschema.validate(value, narrowed)
        document.read(without_nulls(json.dumps(value), document.json))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"sum": 1, "root": {"name": "a"}}, narrowed)


def test_text_that_is_no_json_stays_as_it_is():
    assert without_nulls("Sure!", BILL) == "Sure!"


# -- vectors and speech


def test_vectors_are_in_the_order_of_the_texts():
    rows = [{"index": 1, "embedding": [0, 1]}, {"index": 0, "embedding": [1.5, 0]}]
    body = json.dumps({"data": rows, "usage": {"prompt_tokens": 4}}).encode()
    first, second = vectors(body, 2)
    assert (first.output, second.output) == (Vector((1.5, 0.0)), Vector((0.0, 1.0)))
    assert (first.usage, second.usage) == (Usage(4), Usage())


@pytest.mark.parametrize(
    "rows",
    [
        [], [{"index": 0, "embedding": [1]}], [{"index": 0, "embedding": [1]}] * 2, [1, 2], None,
        [{"index": 0, "embedding": "AAAA"}, {"index": 1, "embedding": [1]}],
        [{"index": 0, "embedding": [True]}, {"index": 1, "embedding": [1]}],
        [{"index": 0, "embedding": [1]}, {"index": 5, "embedding": [1]}],
    ],
)  # fmt: skip
def test_vectors_of_other_texts_are_a_bad_reply(rows):
    with pytest.raises(BadReply):
        vectors(json.dumps({"data": rows}).encode(), 2)


def test_vectors_of_numbers_that_are_none_are_a_bad_reply():
    with pytest.raises(BadReply):
        vectors(b'{"data": [{"embedding": [NaN]}]}', 1)


def test_a_transcript_without_times_is_its_text():
    answer = speech(b'{"text": "Hello.", "usage": {"type": "duration", "seconds": 3}}')
    assert (answer.output, answer.usage) == ("Hello.", Usage(audio_seconds=3.0))


def test_words_stand_in_the_segments_they_are_spoken_in():
    told = {
        "text": "Hello. Bye.",
        "language": "english",
        "duration": 2.0,
        "segments": [
            {"start": 0, "end": 1, "text": " Hello."},
            {"start": 1, "end": 2, "text": " Bye."},
        ],
        "words": [
            {"word": "Hello", "start": 0.1, "end": 0.9},
            {"word": "Bye", "start": 1.1, "end": 1.9},
        ],
    }
    answer = speech(json.dumps(told).encode())
    assert answer.output == Speech(
        (
            Segment(" Hello.", 0.0, 1.0, (Word("Hello", 0.1, 0.9),)),
            Segment(" Bye.", 1.0, 2.0, (Word("Bye", 1.1, 1.9),)),
        ),
        "en",
        2.0,
    )
    assert answer.usage.audio_seconds == 2.0


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"text": 7}', b"[]", b"x", b'{"text": "a", "segments": [1]}',
     b'{"text": "a", "segments": [{"start": "0", "end": 1}]}', b'{"text": "a", "segments": 7}'],
)  # fmt: skip
def test_what_is_no_transcript_is_a_bad_reply(body):
    with pytest.raises(BadReply):
        speech(body)
