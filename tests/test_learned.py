"""
Models that can do something, through the client: what they say is right, by every way of asking.

Random weights show that two engines agree; these show that what is asked reaches the model as it
was taught, and that what it says comes back whole. All texts here are unseen by the models.
"""

import asyncio
from functools import cache

import pytest
import torch
from s2s_ctranslate2.opening import opened as fast
from s2s_transformers.opening import opened as slow
from tiny import loaded
from tiny_facts import HELD_OUT as ASKED
from tiny_facts import QUESTIONS
from tiny_facts import TAUGHT as ANSWERED
from tiny_learned import learned_llama, learned_marian, learned_t5
from tiny_phrases import HELD_OUT, TAUGHT
from tiny_quiet import quiet

from s2s_tasks import Finish, Greedy, Tasks, Unsupported

torch.set_num_threads(1)

MODELS = {"t5": learned_t5, "marian": learned_marian, "llama": learned_llama}
ENGINES = ("local", "fast-float32", "fast-int8")
ENGLISH, GERMAN = zip(*HELD_OUT, strict=True)

with_each_engine = pytest.mark.parametrize("engine", ENGINES)
by_each_translator = pytest.mark.parametrize("model", ["t5", "marian"])

LAYOUT = """\
  {0} {1}


1. {2}
2) {3}

\t- {4}
\t  * {5}\r

> {6}   {7}
# {8}
\u00a0
"""


@pytest.fixture(scope="module", autouse=True)
def _conversions(tmp_path_factory):
    """Conversions of this file's tests; the clients end with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("S2S_CACHE", str(tmp_path_factory.mktemp("converted")))
        yield
    tasks.cache_clear()


@cache
def tasks(model, engine):
    """A client over a learned model."""
    folder = str(MODELS[model]())
    name, _, compute = engine.partition("-")
    with quiet():
        if name == "fast":
            return Tasks(backend=fast(folder, compute=compute))
        return Tasks(backend=slow(name, folder, device="cpu", dtype="float32"))


@cache
def translated(model, engine):
    """All held-out sentences, by one map."""
    return [*tasks(model, engine).translate.map(ENGLISH, to="German")]


def known(model, engine):
    """Held-out sentences that it translates rightly, with their translations."""
    results = zip(ENGLISH, GERMAN, translated(model, engine), strict=True)
    return [(english, german) for english, german, result in results if result.output == german]


# -- translations


@with_each_engine
@by_each_translator
def test_nearly_all_that_was_never_seen_is_translated_exactly(model, engine):
    assert all(result.ok for result in translated(model, engine))
    assert len(known(model, engine)) >= 0.95 * len(HELD_OUT)


@by_each_translator
def test_both_engines_translate_alike(model):
    local, converted = (
        [
            result.value
            for result in tasks(model, engine).translate.map(ENGLISH, to="de", decoding=Greedy())
        ]
        for engine in ENGINES[:2]
    )
    assert local == converted


@with_each_engine
@by_each_translator
def test_one_alone_is_what_it_is_among_many(model, engine):
    for english, german in known(model, engine)[:12]:
        result = tasks(model, engine).translate(english, to="de", source="English")
        assert result.value == german
        assert result.finish is Finish.STOP
        assert not result.warnings


@with_each_engine
@by_each_translator
def test_the_pieces_of_a_stream_are_the_translation(model, engine):
    for english, german in known(model, engine)[:6]:
        stream = tasks(model, engine).translate.stream(english, to="de", decoding=Greedy())
        pieces = [*stream]
        assert len(pieces) > 1
        assert "".join(pieces) == stream.result.value == german


@with_each_engine
@by_each_translator
def test_calls_of_one_event_loop_get_each_their_own(model, engine):
    told = known(model, engine)[:8]

    async def all_of_them():
        translate = tasks(model, engine).translate
        return await asyncio.gather(*(translate.aio(english, to="de") for english, _ in told))

    assert [result.value for result in asyncio.run(all_of_them())] == [german for _, german in told]


@with_each_engine
@by_each_translator
def test_an_asynchronous_stream_and_map_say_the_same(model, engine):
    told = known(model, engine)[:6]
    translate = tasks(model, engine).translate

    async def both():
        pieces = [piece async for piece in translate.stream(told[0][0], to="de")]
        mapped = [one.value async for one in translate.map([one for one, _ in told], to="de")]
        return "".join(pieces), mapped

    assert asyncio.run(both()) == (told[0][1], [german for _, german in told])


@with_each_engine
@by_each_translator
def test_layout_stands_where_it_stood(model, engine):
    whole = [pair for pair in known(model, engine) if pair[0].endswith(".")][:9]
    english, german = (LAYOUT.format(*side) for side in zip(*whole, strict=True))
    translate = tasks(model, engine).translate
    assert translate(english, to="German").value == german
    stream = translate.stream(english, to="German")
    assert "".join(stream) == german


@with_each_engine
@pytest.mark.parametrize(("model", "own"), [("t5", "en to de"), ("marian", r"German \(de\)")])
def test_another_language_than_its_own_is_refused_before_work(model, own, engine):
    with pytest.raises(Unsupported, match=rf"\bfr\b.*{own}"):
        tasks(model, engine).translate(ENGLISH[0], to="French")


def test_it_is_the_prefix_that_the_checkpoint_names_that_makes_t5_translate():
    model, tokenizer = loaded(learned_t5())
    for english, german in HELD_OUT[:12]:
        ids = tokenizer([english], return_tensors="pt")
        said = model.generate(**ids, max_new_tokens=20, num_beams=1)
        assert tokenizer.decode(said[0], skip_special_tokens=True) != german


# -- answers


def right(model, engine, told):
    """How many of these texts, questions and answers it gets exactly."""
    client = tasks(model, engine)
    return sum(client.answer(text, question=asked).value == answer for text, asked, answer in told)


@with_each_engine
def test_nearly_all_questions_are_answered_from_the_text(engine):
    assert right("llama", engine, ASKED) >= 0.9 * len(ASKED)


@with_each_engine
@pytest.mark.parametrize("question", QUESTIONS.values())
def test_a_map_answers_one_question_about_many_texts(engine, question):
    told = [(text, answer) for text, asked, answer in ASKED if asked == question]
    results = tasks("llama", engine).answer.map([text for text, _ in told], question=question)
    found = [result.value == answer for result, (_, answer) in zip(results, told, strict=True)]
    assert sum(found) >= 0.8 * len(told)


@with_each_engine
def test_a_stream_and_an_asynchronous_call_answer_the_same(engine):
    answer = tasks("llama", engine).answer
    for text, question, _ in ASKED[:6]:
        value = answer(text, question=question).value
        stream = answer.stream(text, question=question)
        assert "".join(stream) == stream.result.value == value
        assert asyncio.run(answer.aio(text, question=question)).value == value


def test_both_engines_answer_alike():
    local, converted = (
        [tasks("llama", engine).answer(text, question=asked).value for text, asked, _ in ASKED]
        for engine in ENGINES[:2]
    )
    assert local == converted


# -- honesty


def test_what_is_held_out_was_not_taught():
    assert not {*HELD_OUT} & {*TAUGHT}
    assert not {text for text, _, _ in ASKED} & {text for text, _, _ in ANSWERED}
