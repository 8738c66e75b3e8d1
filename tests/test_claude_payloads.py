"""The exact JSON that is sent, for each task and family of models; what is refused never leaves."""

import base64
import io
import json
from dataclasses import dataclass, replace

import pytest
from claude_stub import judged
from s2s_claude.lowering import lower
from s2s_claude.models import MODELS, model_of

from s2s_tasks.catalog.answer import Answer
from s2s_tasks.catalog.caption import Caption
from s2s_tasks.catalog.classify import Classify
from s2s_tasks.catalog.codegen import Codegen
from s2s_tasks.catalog.extract import Extract
from s2s_tasks.catalog.summarize import Summarize
from s2s_tasks.catalog.translate import Translate
from s2s_tasks.decoding import Greedy
from s2s_tasks.errors import BadInput
from s2s_tasks.exchange import Enforces, Finish, Request
from s2s_tasks.exchange.completion import Completion
from s2s_tasks.media import Media
from s2s_tasks.schema import Schema


@dataclass
class Invoice:
    number: str
    total: float
    note: str | None = None


INVOICE = {
    "type": "object",
    "properties": {
        "number": {"type": "string", "title": "Number"},
        "total": {"type": "number", "title": "Total"},
        "note": {"type": "string", "title": "Note"},
    },
    "required": ["number", "total"],
    "additionalProperties": False,
    "title": "Invoice",
}


def picture(size=(40, 30), kind="PNG"):
    image = pytest.importorskip("PIL.Image")
    data = io.BytesIO()
    image.new("RGB", size, "red").save(data, kind)
    return Media.from_bytes(data.getvalue())


PDF = Media.from_bytes(b"%PDF-1.7\n%%EOF\n")

TASKS = {
    "translate": lambda: Translate(to="de").request("Good morning."),
    "summarize": lambda: Summarize(max_words=10).request("A text."),
    "classify": lambda: Classify(labels=["good", "bad"]).request("A text."),
    "codegen": lambda: Codegen().request("Add two numbers."),
    "extract": lambda: Extract(schema=Invoice).request("Invoice 7: 12.50"),
    "answer": lambda: Answer(question="Who?").request("It was Ada."),
    "answer-pdf": lambda: Answer(question="Who?").request(PDF),
    "caption": lambda: Caption().request(picture()),
}
PLAIN = {"translate", "summarize", "classify", "extract", "caption"}
ROOM = {"summarize": 104}
"""Tokens of output beside those for thinking: 4 * max_words + 64, else 8,192."""


def user(task, request):
    """The content of the message, written down here by hand."""
    if task in {"caption", "answer-pdf"}:
        [media] = request.media
        data = base64.b64encode(media.data).decode()
        kind = "image" if task == "caption" else "document"
        source = {"type": "base64", "media_type": media.mime, "data": data}
        return [{"type": kind, "source": source}]
    return [{"type": "text", "text": request.text}]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MODELS)
def test_this_and_nothing_else_is_sent(task, name):
    request, model = TASKS[task](), model_of(name)
    plain = task in PLAIN
    low = plain and name not in {"claude-haiku-4-5", "claude-sonnet-4-5"}
    thinks = name.startswith("claude-") and "-4-" not in name
    headroom = (4096 if low else 8192) if thinks else 0
    expected = {
        "model": name,
        "max_tokens": ROOM.get(task, 8192) + headroom,
        "system": [{"type": "text", "text": request.instruction}],
        "messages": [{"role": "user", "content": user(task, request)}],
    }
    if low:
        expected["output_config"] = {"effort": "low"}
    if task == "extract":
        shape = {"format": {"type": "json_schema", "schema": INVOICE}}
        expected["output_config"] = {**expected.get("output_config", {}), **shape}
    sent = lower(request, model).params
    assert sent == expected
    assert not judged(sent)
    assert json.loads(json.dumps(sent)) == sent


def test_the_constant_part_comes_first():
    sent = lower(TASKS["extract"](), model_of("claude-sonnet-5-5")).params
    assert [*sent] == ["model", "max_tokens", "system", "messages", "output_config"]


@pytest.mark.parametrize(
    ("name", "tokens"), [("sonnet-5-5", 512), ("haiku-4-5", 4096), ("sonnet-5", 1024)]
)
def test_a_long_constant_part_is_kept_in_the_cache_and_a_short_one_is_not(name, tokens):
    def block(letters):
        request = Request("summarize", ("a text",), system="x" * letters, instruction="y")
        return lower(request, model_of(f"claude-{name}")).params["system"][0]

    assert block(3 * tokens // 2)["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in block(tokens)


def test_pictures_stand_before_the_text():
    request = Request("answer", ("What is it?", picture()), instruction="Answer.")
    content = lower(request, model_of("claude-sonnet-5-5")).params["messages"][0]["content"]
    assert [block["type"] for block in content] == ["image", "text"]


@pytest.mark.parametrize(
    ("task", "name", "edge"),
    [
        ("caption", "sonnet-5-5", 1568),
        ("answer", "sonnet-5-5", 2576),
        ("answer", "haiku-4-5", 1568),
    ],
)
def test_a_large_picture_is_sent_as_large_as_the_model_sees_it(task, name, edge):
    from PIL import Image

    request = Request(task, (picture((3000, 300), "JPEG"),), instruction="Describe.")
    sent = lower(request, model_of(f"claude-{name}")).params
    data = base64.b64decode(sent["messages"][0]["content"][0]["source"]["data"])
    assert max(Image.open(io.BytesIO(data)).size) == edge


def test_of_many_pictures_none_is_larger_than_the_service_takes():
    from PIL import Image

    request = Request("answer", (picture((2400, 4)),) * 21, instruction="Describe.")
    content = lower(request, model_of("claude-sonnet-5-5")).params["messages"][0]["content"]
    data = base64.b64decode(content[0]["source"]["data"])
    assert Image.open(io.BytesIO(data)).width == 2000


def test_a_repair_is_a_conversation_that_ends_with_the_complaint():
    request = TASKS["translate"]()
    bad = Completion("Good morning.", Finish.STOP)
    turns = lower(request.after(bad, "Not German."), model_of("claude-opus-5")).params["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert turns[1:] == [
        {"role": "assistant", "content": "Good morning."},
        {"role": "user", "content": "Not German."},
    ]


def test_an_empty_answer_can_be_complained_of():
    request = TASKS["translate"]().after(Completion("", Finish.STOP), "It is empty.")
    assert not judged(lower(request, model_of("claude-sonnet-5-5")).params)


def test_a_greedy_sets_limits_and_the_answer_says_that_it_sets_nothing_else():
    request = replace(TASKS["codegen"](), decoding=Greedy(max_tokens=100, stop=("END",)))
    lowered = lower(request, model_of("claude-sonnet-4-6"))
    assert lowered.params["max_tokens"] == 100
    assert lowered.params["stop_sequences"] == ["END"]
    assert "greedy" in lowered.warnings[0]


def test_more_is_never_asked_for_than_the_model_writes():
    request = replace(TASKS["codegen"](), max_tokens=1_000_000)
    assert lower(request, model_of("claude-haiku-4-5")).params["max_tokens"] == 64_000


@pytest.mark.parametrize(("max_tokens", "streamed"), [(21_333, False), (21_334, True)])
def test_what_the_sdk_would_not_send_at_once_is_streamed(max_tokens, streamed):
    request = replace(TASKS["codegen"](), max_tokens=max_tokens)
    assert lower(request, model_of("claude-sonnet-4-6")).is_streamed is streamed


def test_a_schema_that_does_not_fit_is_told_in_words_with_a_warning():
    request = Extract(schema=dict[str, int]).request("one is 1")
    lowered = lower(request, model_of("claude-sonnet-5-5"))
    assert lowered.enforced is Enforces.NOT
    assert "format" not in lowered.params["output_config"]
    assert "JSON Schema:\n" in lowered.params["system"][0]["text"]
    assert "fields of any name" in lowered.warnings[0]


def test_a_model_without_structured_output_is_told_in_words():
    model = replace(model_of("claude-sonnet-5-5"), structured=False)
    lowered = lower(TASKS["extract"](), model)
    assert lowered.enforced is Enforces.NOT
    assert not judged(lowered.params)


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ((" \n",), "nothing to send"),
        (("a\ud800",), "surrogate"),
        ((Media("document", "application/pdf", b"MZ"),), "no PDF"),
        ((Media("document", "application/pdf", b"%PDF-" + bytes(24_000_000)),), "bytes"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(parts, why):
    with pytest.raises(BadInput, match=why):
        lower(Request("answer", parts, instruction="x"), model_of("claude-sonnet-5-5"))


def test_an_instruction_is_not_needed():
    assert "system" not in lower(Request("chat", ("Hello",)), model_of("claude-sonnet-5-5")).params


def test_equal_requests_are_sent_alike():
    schema = Schema.of(Invoice)
    request = Request("extract", ("a",), schema=schema, instruction="x")
    first, second = (json.dumps(lower(request, model_of("claude-opus-5")).params) for _ in "ab")
    assert first == second
