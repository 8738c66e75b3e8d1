"""What is sent to each kind of server, field by field: the exact JSON of a request."""

import base64
import json
from dataclasses import replace

import pytest
from s2s_openai.ability import abilities, beyond
from s2s_openai.address import Address
from s2s_openai.chat import chat
from s2s_openai.embedding import embedding
from s2s_openai.facts import Facts, kind_named
from s2s_openai.profiles import PROFILES
from s2s_openai.speech import endpoint, transcription

from s2s_tasks.backend import Enforces, Place
from s2s_tasks.catalog import (
    Answer,
    Caption,
    Classify,
    Codegen,
    Embed,
    Extract,
    Summarize,
    Transcribe,
    Translate,
)
from s2s_tasks.decoding import Beam, Greedy, PromptLookup, Sample
from s2s_tasks.exchange import Media, Modality, Request
from s2s_tasks.form import Grammar, Regex

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(28)
BILL = {
    "type": "object",
    "properties": {"sum": {"type": "number"}, "paid": {"type": "boolean"}},
    "required": ["sum", "paid"],
    "additionalProperties": False,
}
ALL = tuple(PROFILES)
TEXT = "The bill is 12.50."


def sent(request, name, model="m", **how):
    return chat(request, PROFILES[name], model, **how)


def misfits(request, name, model="m", **facts):
    profile, known = PROFILES[name], Facts(model, kind_named(model), **facts)
    can = abilities(Address.of("http://127.0.0.1:1"), profile, known)
    return {one.option: one for one in beyond(request, can.misfits(request), profile, known)}


# -- text


@pytest.mark.parametrize("name", ALL)
def test_a_summary_is_asked_for_in_one_message_under_the_limit_of_its_server(name):
    request = Summarize(max_words=20).request(TEXT)
    limit = "max_completion_tokens" if name == "openai" else "max_tokens"
    assert sent(request, name) == {
        "model": "m",
        "messages": [{"role": "user", "content": f"{request.instruction}\n\n{TEXT}"}],
        limit: 144,
    }


@pytest.mark.parametrize(
    "task",
    [
        Summarize(),
        Translate(to="de"),
        Codegen(language="rust"),
        Classify(labels=["a", "b"], multiple=True),
        Answer(question="How much?"),
    ],
    ids=lambda task: task.name,
)
@pytest.mark.parametrize("name", ALL)
def test_tasks_over_text_send_model_and_messages_only(task, name):
    payload = sent(task.request(TEXT), name)
    assert payload.keys() == {"model", "messages"}
    [message] = payload["messages"]
    assert message["content"].endswith(TEXT)


def test_what_all_requests_have_in_common_stands_before_the_text():
    first, second = (
        sent(Summarize().request(text), "vllm")["messages"][0]["content"] for text in ("A.", "B.")
    )
    assert first[:-2] == second[:-2]


def test_a_system_text_is_a_message_of_its_own():
    request = Request("ask", (TEXT,), instruction="Go.", system="Be brief.")
    assert [one["role"] for one in sent(request, "openai")["messages"]] == ["system", "user"]


def test_a_repair_shows_the_bad_answer_and_the_complaint():
    from s2s_tasks.exchange import Completion

    request = Summarize().request(TEXT).after(Completion("Bad."), "Too short.")
    assert sent(request, "unknown")["messages"][1:] == [
        {"role": "assistant", "content": "Bad."},
        {"role": "user", "content": "Too short."},
    ]


@pytest.mark.parametrize("name", ALL)
def test_a_stream_asks_for_usage_where_it_has_to(name):
    payload = sent(Summarize().request(TEXT), name, stream=True)
    assert payload["stream"] is True
    always = {"transformers", "unknown"}  # one tells it always, of the other nothing is known
    assert ("stream_options" in payload) == (name not in always)


@pytest.mark.parametrize("name", ALL)
def test_stop_strings_are_sent(name):
    request = replace(Summarize().request(TEXT), decoding=Greedy(stop=("\n",), max_tokens=9))
    assert sent(request, name)["stop"] == ["\n"]


# -- decoding

RICH = Sample(temperature=0.5, top_p=0.9, seed=7)
PACKED = {"do_sample": True}


@pytest.mark.parametrize(
    ("decoding", "name", "said"),
    [
        (Greedy(), "openai", {"temperature": 0}),
        (Greedy(), "tgi", {"temperature": 0}),
        (Greedy(repetition_penalty=1.1), "vllm", {"temperature": 0, "repetition_penalty": 1.1}),
        (Greedy(repetition_penalty=1.1), "llama.cpp", {"temperature": 0, "repeat_penalty": 1.1}),
        (RICH, "openai", {"temperature": 0.5, "top_p": 0.9, "seed": 7}),
        (RICH, "ollama", {"temperature": 0.5, "top_p": 0.9, "seed": 7}),
        (Sample(results=3), "openai", {"temperature": 1.0, "n": 3}),
        (Sample(top_k=5, min_p=0.1), "vllm", {"temperature": 1.0, "top_k": 5, "min_p": 0.1}),
        (Sample(top_k=5, results=2), "llama.cpp", {"temperature": 1.0, "top_k": 5, "n": 2}),
        (
            Beam(width=3, length_penalty=0.5, results=2),
            "vllm",
            {"use_beam_search": True, "temperature": 0, "n": 3, "length_penalty": 0.5},
        ),
    ],
)  # fmt: skip
def test_decoding_is_said_in_the_words_of_the_server(decoding, name, said):
    request = replace(Summarize().request(TEXT), decoding=decoding)
    payload = sent(request, name)
    assert {key: payload[key] for key in payload.keys() - {"model", "messages"}} == said
    assert not misfits(request, name)


@pytest.mark.parametrize(
    ("decoding", "beside", "packed"),
    [
        (
            Greedy(no_repeat_ngram=3),
            {},
            {"do_sample": False, "num_beams": 1, "no_repeat_ngram_size": 3},
        ),
        (RICH, {"temperature": 0.5, "top_p": 0.9, "seed": 7}, {"do_sample": True}),
        (
            Beam(width=3, early_stopping=True),
            {},
            {"do_sample": False, "num_beams": 3, "early_stopping": True},
        ),
    ],
)
def test_transformers_takes_decoding_as_json_text_in_generation_config(decoding, beside, packed):
    request = replace(Summarize().request(TEXT), decoding=decoding)
    payload = sent(request, "transformers")
    assert json.loads(payload.pop("generation_config")) == packed
    assert {key: payload[key] for key in payload.keys() - {"model", "messages"}} == beside


@pytest.mark.parametrize(
    ("decoding", "name", "option"),
    [
        (Beam(), "openai", "decoding"),
        (Beam(), "ollama", "decoding"),
        (Beam(early_stopping=True), "vllm", "early_stopping"),
        (Beam(results=2), "transformers", "results"),
        (Greedy(no_repeat_ngram=3), "vllm", "no_repeat_ngram"),
        (Greedy(speculation=PromptLookup()), "vllm", "speculation"),
        (Sample(top_k=4), "openai", "top_k"),
        (Sample(results=2), "ollama", "results"),
        (Sample(results=2), "tgi", "results"),
        (Sample(seed=1), "gemini", "seed"),
        (Sample(seed=1), "unknown", "seed"),
        (Sample(temperature=3), "openai", "temperature"),
        (Sample(seed=2**32 - 1), "llama.cpp", "seed"),
    ],
)
def test_what_a_server_would_ignore_is_refused(decoding, name, option):
    request = replace(Summarize().request(TEXT), decoding=decoding)
    assert option in misfits(request, name)


@pytest.mark.parametrize("model", ["o3", "o4-mini", "gpt-5", "gpt-5.2-mini"])
def test_models_that_reason_take_no_sampling_options(model):
    request = replace(Summarize().request(TEXT), decoding=Greedy())
    assert "decoding" in misfits(request, "openai", model)
    assert not misfits(request, "openai", "gpt-4.1")
    assert not misfits(Summarize().request(TEXT), "openai", model)


# -- the shape of the answer


def extract(schema):
    return Extract(schema=schema).request(TEXT)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("openai", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("vllm", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("llama.cpp", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("lmstudio", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("litellm", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("gemini", {"type": "json_schema", "json_schema": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("ollama", {"type": "json_schema", "json_schema": {"schema": BILL}}),
        ("tgi", {"type": "json_schema", "value": {"name": "JSON", "schema": BILL, "strict": True}}),
        ("transformers", None),
        ("unknown", None),
    ],
)  # fmt: skip
def test_a_schema_is_named_as_the_server_takes_it(name, said):
    payload = sent(extract(BILL), name)
    assert payload.get("response_format") == said
    told = "JSON Schema:" in payload["messages"][0]["content"]
    assert told == (name != "openai")  # which shows it to the model itself


NESTED = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"type": ["string", "null"]}},
}


def test_for_strict_mode_all_fields_are_required_and_objects_closed():
    schema = sent(extract(NESTED), "openai")["response_format"]["json_schema"]["schema"]
    assert schema == {
        "type": "object",
        "properties": {
            "a": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "b": {"type": ["string", "null"]},
        },
        "required": ["a", "b"],
        "additionalProperties": False,
    }


def test_strict_mode_follows_definitions_and_leaves_bounds_to_the_check():
    told = {
        "$defs": {"line": {"type": "object", "properties": {"n": {"type": "string", "minLength": 2}}, "required": ["n"]}},
        "type": "object",
        "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}},
        "required": ["lines"],
    }  # fmt: skip
    schema = sent(extract(told), "openai")["response_format"]["json_schema"]["schema"]
    [line] = schema["$defs"].values()
    assert line["properties"] == {"n": {"type": "string"}}
    assert line["additionalProperties"] is False


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "properties": {"a": {"not": {"type": "string"}}}},
        {"type": "object", "properties": {"a": {}}},
        {"type": "object", "properties": {"a": {"type": "array"}}},
    ],
)
def test_what_strict_mode_cannot_say_is_told_in_words(schema):
    payload = sent(extract(schema), "openai")
    assert "response_format" not in payload
    assert "JSON Schema:" in payload["messages"][0]["content"]


LABELS = Classify(labels=["refund", 'a "bug"']).request(TEXT)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("vllm", {"structured_outputs": {"choice": ["refund", 'a "bug"']}}),
        ("llama.cpp", {"grammar": 'root ::= "refund" | "a \\"bug\\""'}),
        ("tgi", {"response_format": {"type": "regex", "value": '(refund|a\\ "bug")'}}),
        ("openai", {}),
        ("ollama", {}),
        ("transformers", {}),
    ],
)
def test_a_choice_is_held_to_where_the_server_can(name, said):
    payload = sent(LABELS, name)
    assert {key: payload[key] for key in payload.keys() - {"model", "messages"}} == said
    assert not misfits(LABELS, name)  # elsewhere, whether it is one of the labels can be seen


@pytest.mark.parametrize("form", [Regex("[a-z]+"), Grammar('start: "x"')], ids=["regex", "grammar"])
@pytest.mark.parametrize("name", ALL)
def test_a_form_that_cannot_be_held_to_is_refused(form, name):
    able = {"vllm": {Regex, Grammar}, "tgi": {Regex}}.get(name, set())
    request = Codegen(language="text", grammar=form).request(TEXT)
    assert (type(form).__name__.lower() in misfits(request, name)) == (type(form) not in able)
    shaped = sent(request, name).keys() & {"structured_outputs", "response_format", "grammar"}
    assert bool(shaped) == (type(form) in able)


def test_a_pattern_that_no_answer_can_be_checked_for_is_refused():
    request = Codegen(language="text", grammar=Regex("(?=a)a")).request(TEXT)
    assert "regex" in misfits(request, "vllm")


# -- pictures, sound, vectors


def test_a_picture_is_a_data_url_in_the_object_form():
    request = Caption().request(PNG)
    [message] = sent(request, "openai")["messages"]
    words, picture = message["content"]
    assert words == {"type": "text", "text": request.instruction}
    assert picture.keys() == {"type", "image_url"}
    url = picture["image_url"]["url"]
    assert url.startswith("data:image/png;base64,")
    assert base64.b64decode(url.split(",")[1]).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["transformers"])
def test_pictures_are_refused_where_they_could_be_dropped_in_silence(name):
    assert "input" in misfits(Caption().request(PNG), name)


def test_pictures_are_refused_by_a_model_that_is_known_to_read_none():
    request = Caption().request(PNG)
    assert "input" in misfits(request, "llama.cpp", vision=False)
    assert not misfits(request, "llama.cpp", vision=True)
    assert not misfits(request, "vllm")


def test_a_document_is_refused():
    pdf = Request("answer", (Media(Modality.DOCUMENT, "application/pdf", b"%PDF-"),))
    assert "input" in misfits(pdf, "openai")


def test_a_recording_is_a_form_with_a_file_that_tells_its_type():
    request = Transcribe(timestamps="word", language="de", prompt="Müller").request(
        Media(Modality.AUDIO, "audio/mpeg", WAV, "/home/me/talk.bin")
    )
    form = transcription(request, "whisper-1")
    assert endpoint(request) == "/audio/transcriptions"
    assert form.file == ("talk.mp3", WAV, "audio/mpeg")
    assert form.fields == {
        "model": "whisper-1",
        "language": "de",
        "prompt": "Müller",
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["segment", "word"],
    }
    assert not misfits(request, "vllm", "openai/whisper-large-v3")


def test_speech_is_translated_at_an_endpoint_of_its_own():
    assert endpoint(Transcribe(translate_to_english=True).request(WAV)) == "/audio/translations"


def test_settings_of_a_transcription_that_are_ignored_are_refused():
    request = Transcribe(language="de", prompt="x").request(WAV)
    assert {*misfits(request, "transformers", "whisper")} == {"language", "prompt"}
    assert "task" in misfits(request, "llama.cpp", "whisper")
    assert not misfits(Transcribe().request(WAV), "transformers", "whisper")


def test_texts_are_embedded_together():
    requests = [Request("embed", (text,)) for text in ("a", "b")]
    assert embedding(requests, "e5") == {
        "model": "e5",
        "input": ["a", "b"],
        "encoding_format": "float",
    }


@pytest.mark.parametrize(
    ("task", "model", "fits"),
    [
        (Embed(), "text-embedding-3-small", True),
        (Embed(), "intfloat/e5-base", True),
        (Embed(), "gpt-4.1", False),
        (Transcribe(), "gpt-4o-transcribe", True),
        (Transcribe(), "gpt-4.1", False),
        (Summarize(), "whisper-1", False),
        (Summarize(), "text-embedding-3-small", False),
    ],
)
def test_a_model_does_what_models_of_its_name_do(task, model, fits):
    value = WAV if isinstance(task, Transcribe) else TEXT
    assert ("task" in misfits(task.request(value), "openai", model)) != fits


# -- what is never sent


@pytest.mark.parametrize("name", ALL)
def test_no_field_leaves_that_the_profile_does_not_name(name):
    profile = PROFILES[name]
    for request in (extract(BILL), LABELS, Summarize(max_words=9).request(TEXT)):
        for decoding in (None, Greedy(stop=("x",)), Sample(top_k=3, seed=1, results=2), Beam()):
            payload = chat(replace(request, decoding=decoding), profile, "m", stream=True)
            assert payload.keys() <= profile.fields
            json.dumps(payload)


def test_fields_that_transformers_would_refuse_or_ignore_are_not_among_its_own():
    ignored = {"n", "logprobs", "stream_options", "response_format", "top_k", "tool_choice"}
    assert not PROFILES["transformers"].fields & ignored


# -- where the texts go


@pytest.mark.parametrize(
    ("url", "name", "model", "place"),
    [
        ("http://127.0.0.1:8000", "vllm", "m", Place.LOCAL),
        ("http://localhost:8000", "unknown", "m", Place.LOCAL),
        ("http://[::1]:8000", "vllm", "m", Place.LOCAL),
        ("http://127.9.9.9:1", "vllm", "m", Place.LOCAL),
        ("https://api.openai.com", "openai", "m", Place.REMOTE),
        ("http://10.0.0.1:8000", "vllm", "m", Place.REMOTE),
        ("http://127.0.0.1.example.com", "vllm", "m", Place.REMOTE),
        ("http://localhost.example.com", "vllm", "m", Place.REMOTE),
        ("http://127.0.0.1:4000", "litellm", "m", Place.REMOTE),
        ("http://127.0.0.1:11434", "ollama", "gpt-oss:120b-cloud", Place.REMOTE),
        ("http://127.0.0.1:11434", "ollama", "llama3.2", Place.LOCAL),
    ],
)
def test_a_server_is_local_only_if_nothing_leaves_the_machine(url, name, model, place):
    assert abilities(Address.of(url), PROFILES[name], Facts(model)).place is place


@pytest.mark.parametrize("name", ALL)
def test_only_servers_that_really_enforce_say_so(name):
    can = abilities(Address.of("http://127.0.0.1:1"), PROFILES[name], Facts("m"))
    enforcing = {"openai", "vllm", "llama.cpp", "ollama", "tgi", "lmstudio"}
    assert (can.enforces is Enforces.NATIVELY) == (name in enforcing)


def test_the_context_leaves_room_for_the_answer():
    can = abilities(Address.of("http://127.0.0.1:1"), PROFILES["vllm"], Facts("m", context=8192))
    assert can.context == 8192 - 1024 - 64
