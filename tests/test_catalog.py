"""Claims about the built-in tasks: what each asks, both ways, and which answers it takes."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from s2s_tasks.catalog import (
    BUILT_IN,
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
from s2s_tasks.errors import (
    BadInput,
    BadSetting,
    BrokenOff,
    CutOff,
    InvalidOutput,
    Refused,
    UnknownName,
    UsageError,
)
from s2s_tasks.exchange import Completion, Finish, Modality, Scores, Segment, Speech, Vector, Word
from s2s_tasks.task import Task

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 16
WAV = b"RIFF0000WAVEfmt "
PDF = b"%PDF-1.7 "


class Invoice(BaseModel):
    number: str
    total: float


EXAMPLES = {
    Summarize: (Summarize(), "A text.", Completion("It is a text.")),
    Translate: (Translate(to="de"), "A text.", Completion("Ein Text.")),
    Caption: (Caption(), PNG, Completion("A cat.")),
    Answer: (Answer(question="Who?"), "It was Ada.", Completion("Ada")),
    Transcribe: (Transcribe(), WAV, Completion(Speech((Segment(" Hi. ", 0, 1),), "en"))),
    Codegen: (Codegen(), "print one", Completion("print(1)")),
    Extract: (Extract(schema=Invoice), "No 7: 5 EUR", Completion('{"number": "7", "total": 5}')),
    Classify: (Classify(labels=["bug", "praise"]), "It broke.", Completion("bug")),
    Embed: (Embed(), ["a", "b"], Completion(Vector((1.0, 0.0)))),
}
OF_TEXT = [kind for kind in EXAMPLES if kind not in {Caption, Transcribe}]


def request(task, value):
    return task.request(task.prepare(value))


def test_every_built_in_task_is_in_the_table():
    assert set(BUILT_IN) == set(EXAMPLES)


@pytest.mark.parametrize("kind", BUILT_IN)
def test_a_task_documents_itself_and_its_settings(kind):
    assert kind.__doc__
    assert kind.name.isidentifier()
    hints = get_type_hints(kind, include_extras=True)
    common = {field.name for field in dataclasses.fields(Task)}
    for field in dataclasses.fields(kind):
        if field.name not in common:
            hint = hints[field.name]
            assert get_origin(hint) is Annotated, field.name
            assert get_args(hint)[1][0].islower() or get_args(hint)[1].startswith("PDF")


@pytest.mark.parametrize("kind", BUILT_IN)
def test_a_request_is_pure_and_names_its_task(kind):
    task, value, _ = EXAMPLES[kind]
    assert request(task, value) == request(task, value)
    assert request(task, value).task == kind.name
    assert request(task, value).parts


@pytest.mark.parametrize("kind", [kind for kind in BUILT_IN if kind is not Embed])
def test_the_instruction_says_to_answer_with_nothing_else(kind):
    task, value, _ = EXAMPLES[kind]
    instruction = request(task, value).instruction
    assert " only" in instruction


@pytest.mark.parametrize("kind", BUILT_IN)
def test_a_good_answer_is_read(kind):
    task, _, completion = EXAMPLES[kind]
    assert task.read(completion)


@pytest.mark.parametrize("kind", BUILT_IN)
@pytest.mark.parametrize(
    ("finish", "error"),
    [(Finish.LENGTH, CutOff), (Finish.REFUSAL, Refused), (Finish.BROKEN, BrokenOff)],
)
def test_an_answer_that_is_not_whole_is_never_read(kind, finish, error):
    task, _, completion = EXAMPLES[kind]
    with pytest.raises(error):
        task.read(dataclasses.replace(completion, finish=finish))


@pytest.mark.parametrize("kind", [kind for kind in BUILT_IN if kind is not Transcribe])
def test_an_empty_answer_is_invalid(kind):
    task, _, _ = EXAMPLES[kind]
    with pytest.raises(InvalidOutput):
        task.read(Completion("  \n"))


@pytest.mark.parametrize("kind", OF_TEXT)
@pytest.mark.parametrize("value", ["", " \n\t", "a\ud800b", 7, None, 0.5])
def test_input_that_is_no_text_is_refused(kind, value):
    task, _, _ = EXAMPLES[kind]
    with pytest.raises(BadInput):
        request(task, value)


def test_a_lone_surrogate_is_refused_by_its_position():
    with pytest.raises(BadInput, match="position 3"):
        Summarize().request("abc\udc80")


@pytest.mark.parametrize("kind", BUILT_IN)
@settings(deadline=None)
@given(partial=st.text(max_size=20))
def test_settled_takes_any_text(kind, partial):
    task, _, _ = EXAMPLES[kind]
    assert isinstance(task.settled(partial), str)


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Summarize(max_words=0),
        lambda: Summarize(max_words=2.5),
        lambda: Summarize(max_words=True),
        lambda: Summarize(max_words=10**9),
        lambda: Summarize(style="poem"),
        lambda: Summarize(focus=" "),
        lambda: Translate(to=" "),
        lambda: Translate(to="de", formality="rude"),
        lambda: Translate(to="de", glossary=["ab"]),
        lambda: Translate(to="de", glossary={"a": ""}),
        lambda: Translate(to="de", glossary=7),
        lambda: Caption(style="haiku"),
        lambda: Caption(max_words=-1),
        lambda: Answer(question=""),
        lambda: Transcribe(timestamps="line"),
        lambda: Codegen(language=""),
        lambda: Classify(labels="ab"),
        lambda: Classify(labels=["a"]),
        lambda: Classify(labels=["a", "a"]),
        lambda: Classify(labels=["a", " "]),
        lambda: Classify(labels=["a", 1]),
    ],
)
def test_a_setting_out_of_its_range_is_refused_with_a_way_out(make):
    with pytest.raises(BadSetting):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Translate(to="Gernan"),
        lambda: Translate(to="de", source="xx"),
        lambda: Summarize(language="xx"),
        lambda: Caption(language="xx"),
        lambda: Transcribe(language="xx"),
    ],
)
def test_an_unknown_language_is_refused_before_any_work(make):
    with pytest.raises(UnknownName):
        make()


# --- summarize --------------------------------------------------------------------------------


def test_a_summary_is_asked_for_both_ways():
    task = Summarize(max_words=60, style="bullets", focus="prices", language="German")
    asked = task.request("Text.")
    assert asked.params == {
        "max_words": "60",
        "style": "bullets",
        "focus": "prices",
        "language": "de",
    }
    for word in ("60 words", '"- "', "prices", "German"):
        assert word in asked.instruction
    assert asked.max_tokens == 304
    assert Summarize().request("Text.").max_tokens is None


GERMAN = "Der Zug kam heute Morgen zu spät, und niemand wusste, warum er so lange angehalten hatte."


@pytest.mark.parametrize(
    ("task", "answer"),
    [
        (Summarize(max_words=3), "one two three"),
        (Summarize(max_words=3), " one two three \n"),
        (Summarize(style="bullets"), "- one\n- two\n\n- three"),
        (Summarize(style="headline"), "One line"),
        (Summarize(language="de"), GERMAN),
        (Summarize(), "no, no, no, no, no!"),
    ],
)
def test_a_summary_that_keeps_its_settings_is_taken(task, answer):
    assert task.read(Completion(answer)) == answer.strip()


@pytest.mark.parametrize(
    ("task", "answer", "said"),
    [
        (Summarize(max_words=3), "one two three four", "4 words; it must have at most 3"),
        (Summarize(style="bullets"), "one\n- two", '"- "'),
        (Summarize(style="bullets"), "- ", '"- "'),
        (Summarize(style="headline"), "One\nTwo", "one line"),
        (Summarize(language="French"), GERMAN, "not in French"),
        (Summarize(), "The cat sat on the mat. " * 20, "repeats itself"),
    ],
)
def test_a_summary_that_breaks_a_setting_is_refused_in_words(task, answer, said):
    with pytest.raises(InvalidOutput, match=said):
        task.read(Completion(answer))


# --- caption, answer, transcribe --------------------------------------------------------------


def test_a_caption_is_asked_for_both_ways():
    asked = request(Caption(style="alt", max_words=9, language="fr"), PNG)
    assert asked.params == {"style": "alt", "max_words": "9", "language": "fr"}
    assert "9 words" in asked.instruction
    assert "French" in asked.instruction
    assert asked.modalities == {Modality.IMAGE}


def test_a_caption_keeps_its_length_and_language():
    with pytest.raises(InvalidOutput, match="at most 2"):
        Caption(max_words=2).read(Completion("a black cat"))
    with pytest.raises(InvalidOutput, match="French"):
        Caption(language="fr").read(Completion(GERMAN))


@pytest.mark.parametrize(
    ("task", "value"),
    [(Caption(), WAV), (Caption(), PDF), (Transcribe(), PNG), (Answer(question="?"), WAV)],
)
def test_media_of_the_wrong_kind_is_refused(task, value):
    with pytest.raises(BadInput, match="needs an"):
        request(task, value)


@pytest.mark.parametrize("task", [Caption(), Transcribe(), Answer(question="?")])
def test_media_is_read_once(task, tmp_path):
    path = tmp_path / "media"
    path.write_bytes(WAV if isinstance(task, Transcribe) else PNG)
    prepared = task.prepare(path)
    path.unlink()
    assert task.prepare(prepared) is prepared
    assert task.request(prepared).media == (prepared,)
    assert task.extent(prepared) == 1


def test_an_answer_is_about_the_picture_that_a_str_names(tmp_path):
    path = tmp_path / "a photo.PNG"
    path.write_bytes(PNG)
    task = Answer(question="Who?")
    for source in (str(path), path, PNG):
        asked = request(task, source)
        assert asked.modalities == {Modality.IMAGE}
        assert asked.params == {"question": "Who?"}
        assert asked.instruction.endswith("Question: Who?")
    assert request(task, PDF).modalities == {Modality.DOCUMENT}


@pytest.mark.parametrize(
    "text", ["photo.jpg", "/no/such place/a.png", "my photo.webp", "C:\\a.gif"]
)
def test_a_picture_that_is_not_there_is_no_text(text):
    with pytest.raises(BadInput, match="no file"):
        request(Answer(question="?"), text)


@pytest.mark.parametrize(
    "text", ["See photo.jpg.", "One line\nphoto.jpg", "jpg", "x" * 5000 + ".png", "a.jpg is nice"]
)
def test_other_text_is_a_text(text):
    assert request(Answer(question="?"), text).text == text
    assert Answer(question="?").extent(text) == len(text)


SPEECH = Speech(
    (
        Segment(" Hello there. ", 0, 1.5, (Word("Hello", 0, 0.7), Word("there.", 0.7, 1.5))),
        Segment("A <b> & c", 3661.25, 3662, (Word("A", 3661.25, 3662),)),
    ),
    "en",
)


def test_a_transcript_is_asked_for_both_ways():
    task = Transcribe(timestamps="word", language="German", translate_to_english=True, prompt="Ada")
    asked = request(task, WAV)
    assert asked.params == {"timestamps": "word", "language": "de", "to": "en", "prompt": "Ada"}
    for word in ("German", "English", "Ada"):
        assert word in asked.instruction
    assert asked.modalities == {Modality.AUDIO}


def test_a_transcript_has_text_times_and_language():
    made = Transcribe(timestamps="word").read(Completion(SPEECH))
    assert str(made) == made.text == "Hello there. A <b> & c"
    assert made.segments == SPEECH.segments
    assert made.language == "en"
    assert made.to_srt() == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello there.\n\n"
        "2\n01:01:01,250 --> 01:01:02,000\nA <b> & c\n"
    )
    assert made.to_vtt().startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello there.\n\n")
    assert "A &lt;b> &amp; c" in made.to_vtt()
    assert '"start": 3661.25' in made.to_json()


def test_text_without_times_is_a_transcript_only_if_none_were_asked_for():
    made = Transcribe(language="de").read(Completion(" Guten Tag. "))
    assert (made.text, made.segments, made.language) == ("Guten Tag.", (), "de")
    with pytest.raises(UsageError):
        made.to_srt()
    for times in ("segment", "word"):
        with pytest.raises(InvalidOutput, match="no times"):
            Transcribe(timestamps=times).read(Completion("Guten Tag."))


def test_silence_has_the_empty_transcript():
    made = Transcribe(timestamps="segment").read(Completion(Speech(())))
    assert made.text == ""
    assert made.to_vtt() == "WEBVTT\n"


@pytest.mark.parametrize(
    "segments",
    [
        (Segment("a", -1, 2),),
        (Segment("a", 2, 1),),
        (Segment("a", 0, math.inf),),
        (Segment("a", math.nan, 1),),
        (Segment("a", 5, 6), Segment("b", 1, 2)),
        (Segment("a", 0, 2, (Word("a", 1, 2), Word("b", 0, 1))),),
        (Segment("thank you. " * 30, 0, 1),),
    ],
)
def test_impossible_times_and_loops_are_refused(segments):
    with pytest.raises(InvalidOutput):
        Transcribe().read(Completion(Speech(segments)))


def test_word_times_are_for_every_segment():
    with pytest.raises(InvalidOutput, match="no times of words"):
        Transcribe(timestamps="word").read(Completion(Speech((Segment("a", 0, 1),))))


def test_vectors_are_no_transcript():
    with pytest.raises(InvalidOutput):
        Transcribe().read(Completion(Vector((1.0,))))


# --- codegen ----------------------------------------------------------------------------------


def test_code_is_asked_for_both_ways():
    asked = Codegen(language="Rust", context="fn a() {}").request("call a")
    assert asked.params == {"language": "Rust", "context": "fn a() {}"}
    assert "Rust" in asked.instruction
    assert asked.parts == ("Existing code:\n\nfn a() {}", "call a")


CODE = "def f():\n    return 1"


@pytest.mark.parametrize(
    ("language", "answer", "code"),
    [
        ("python", CODE, CODE),
        ("python", f"```python\n{CODE}\n```", CODE),
        ("python", f"\n```\n\n{CODE}\n\n```\n", CODE),
        ("python", f"~~~~py\n{CODE}\n~~~~", CODE),
        ("python", f"```python\n{CODE}", CODE),
        ("python", '"""\n```\nx\n```\n"""\n' + CODE, '"""\n```\nx\n```\n"""\n' + CODE),
        ("json", '```json\n{"a": 1}\n```', '{"a": 1}'),
        ("rust", "fn a() {}", "fn a() {}"),
        ("markdown", "# A\n```\nx\n```", "# A\n```\nx\n```"),
    ],
)
def test_code_comes_without_its_fence(language, answer, code):
    assert Codegen(language=language).read(Completion(answer)) == code


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("python", f"Here it is:\n```python\n{CODE}\n```"),
        ("python", f"```python\n{CODE}\n```\nIt returns one."),
        ("python", "def f(:"),
        ("python", "x = '\x00'"),
        ("python", "(" * 100_000 + ")" * 100_000),
        ("python", "-" * 100_000 + "1"),
        ("python", "```\n```"),
        ("json", "{'a': 1}"),
        ("json", '{"a": 1, "a": 2}'),
        ("rust", "Here it is:\n```rust\nfn a() {}\n```"),
    ],
)
def test_what_is_not_code_only_is_refused(language, answer):
    with pytest.raises(InvalidOutput):
        Codegen(language=language).read(Completion(answer))


LINES = ["```", "```python", "~~~", "``", "x = 1", "    y", "", " ", "\t", "# `a`", "````"]
answers = st.lists(st.sampled_from(LINES), max_size=8).map("\n".join) | st.text(
    alphabet="`~a \n\r", max_size=24
)


@settings(deadline=None)
@given(answers)
def test_settled_code_begins_the_final_code(answer):
    task = Codegen(language="markdown")
    try:
        final = task.read(Completion(answer))
    except InvalidOutput:
        return
    shown = ""
    for end in range(len(answer) + 1):
        settled = task.settled(answer[:end])
        assert final.startswith(settled)
        assert settled.startswith(shown)
        shown = settled


# --- extract, classify, embed -----------------------------------------------------------------


@pytest.mark.parametrize("fence", ["{}", "```json\n{}\n```", "```\n{}\n```\n"])
def test_a_value_is_read_through_its_schema(fence):
    answer = fence.replace("{}", '{"number": "7", "total": 5}')
    assert Extract(schema=Invoice).read(Completion(answer)) == Invoice(number="7", total=5)
    raw = {"type": "object", "required": ["total"]}
    assert Extract(schema=raw).read(Completion(answer)) == {"number": "7", "total": 5}
    assert request(Extract(schema=Invoice), "x").schema.name == "Invoice"


@pytest.mark.parametrize("answer", ['{"number": "7"}', "none", '{"number": "7", "total": NaN}'])
def test_a_value_that_breaks_its_schema_is_refused(answer):
    with pytest.raises(InvalidOutput):
        Extract(schema=Invoice).read(Completion(answer))


def test_labels_are_asked_for_both_ways():
    asked = Classify(labels=["bug", "praise"]).request("It broke.")
    assert asked.labels == ("bug", "praise")
    assert "- bug\n- praise" in asked.instruction
    assert Classify(labels=["a", "b"], multiple=True).request("x").params == {"multiple": "true"}


@pytest.mark.parametrize(
    "answer", ["refund", "Refund", ' "refund" ', "refund.", "**Refund**", "'Refund.'"]
)
def test_a_label_is_known_through_quotes_and_case(answer):
    made = Classify(labels=["refund", "bug"]).read(Completion(answer))
    assert (made.label, made.labels, str(made)) == ("refund", ("refund",), "refund")


@pytest.mark.parametrize("answer", ["other", "refund or bug", "refund\nbug", "I think refund"])
def test_what_is_no_label_is_answered_with_the_list(answer):
    with pytest.raises(InvalidOutput, match="'refund', 'bug'"):
        Classify(labels=["refund", "bug"]).read(Completion(answer))


def test_labels_that_differ_in_case_only_must_be_exact():
    task = Classify(labels=["A", "a", "b"])
    assert task.read(Completion("a")).label == "a"
    with pytest.raises(InvalidOutput):
        task.read(Completion('"a"'))


def test_the_best_score_is_the_label():
    scores = {"bug": 0.2, "praise": 0.7, "refund": 0.1}
    made = Classify(labels=list(scores)).read(Completion(Scores(scores)))
    assert (made.label, made.labels, made.scores) == ("praise", ("praise",), scores)


def test_several_labels_may_apply_or_none():
    task = Classify(labels=["a", "b", "c"], multiple=True)
    assert task.read(Completion(Scores({"a": 0.6, "b": 0.9, "c": 0.1}))).labels == ("b", "a")
    assert task.read(Completion("- b\n- a\nb")).labels == ("b", "a")
    assert task.read(Completion("None.")).label == ""
    assert task.read(Completion(Scores({"a": 0.1, "b": 0.1, "c": 0.1}))).labels == ()


@pytest.mark.parametrize(
    "scores",
    [{"a": 1.0}, {"a": 0.5, "b": 0.5, "c": 0.0}, {"a": math.nan, "b": 1}, {"a": 2, "b": 0}],
)
def test_scores_are_probabilities_of_exactly_the_labels(scores):
    with pytest.raises(InvalidOutput):
        Classify(labels=["a", "b"]).read(Completion(Scores(scores)))


@pytest.mark.parametrize("values", [(), (0.0, 0.0), (math.nan, 1.0), (math.inf,)])
def test_a_vector_is_finite_and_has_a_direction(values):
    with pytest.raises(InvalidOutput):
        Embed().read(Completion(Vector(values)))


def test_text_is_no_vector():
    with pytest.raises(InvalidOutput):
        Embed().read(Completion("a text"))


@pytest.mark.parametrize("value", [[], b"abc", ["a", ""], ["a", 1], {"a"}, {}])
def test_embedding_takes_texts_only(value):
    with pytest.raises(BadInput):
        Embed().request(value)


def test_a_path_is_no_text():
    with pytest.raises(BadInput):
        Summarize().request(Path("a.txt"))


def test_the_schema_is_said_in_words_for_models_that_are_not_held_to_it():
    request = Extract(schema=Invoice).request("Invoice 7 over 12 euros.")
    assert "number" not in request.instruction
    assert request.words.startswith(request.instruction)
    assert json.loads(request.words.splitlines()[-1]) == dict(request.schema.json)
    plain = Summarize().request("A text.")
    assert plain.words == plain.instruction
