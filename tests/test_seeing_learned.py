"""
Models that see: what they say of a drawn scene is right, by every way of asking.

Random weights show that two programs agree; these show that the picture and the words reach the
model as it was taught, and that what it says comes back whole. All scenes here have a group, as
"three yellow stars", that stood in no scene that the models have learned from.
"""

import asyncio
import json
import random
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Literal

import pytest
import torch
from learned.scenes import HELD_OUT, TAUGHT, Objects, Tally, asked, drawn, scenes
from PIL import Image
from s2s_transformers.opening import opened
from safetensors import safe_open
from tiny_quiet import quiet

from s2s_tasks import Finish, Tasks, Unsupported
from s2s_tasks.media import Media

torch.set_num_threads(1)

LEARNED = Path(__file__).parent / "learned"
MODELS = ("captioner", "looker")
MOST = 4_000_000
"""Bytes of a checkpoint."""

with_each_model = pytest.mark.parametrize("model", MODELS)


@cache
def tasks(model):
    """A client over a learned model."""
    with quiet():
        return Tasks(backend=opened("local", str(LEARNED / model), device="cpu", dtype="float32"))


@cache
def unseen():
    """Held-out scenes, their pictures, and a question about each with its answer."""
    rng = random.Random(7)
    return [(one, drawn(one, rng), *asked(one, rng)) for one in islice(_unseen(), 48)]


def _unseen():
    return scenes(hidden=True, seed=7)


def pictures(most=48):
    return [Media.open(image) for _, image, *_ in unseen()[:most]]


@cache
def captions(model):
    """Of all unseen scenes, by one map."""
    return [*tasks(model).caption.map(pictures())]


@cache
def answers():
    looker = tasks("looker")
    return [looker.answer(Media.open(image), question=one) for _, image, one, _ in unseen()]


@cache
def found(schema):
    return [*tasks("looker").extract.map(pictures(), schema=schema)]


def share(hits):
    hits = [*hits]
    return sum(hits) / len(hits)


# -- captions


@with_each_model
def test_nearly_all_unseen_scenes_are_captioned_exactly(model):
    said = zip(unseen(), captions(model), strict=True)
    assert share(result.value == scene.caption for (scene, *_), result in said) >= 0.95
    assert all(result.finish is Finish.STOP for result in captions(model))


@with_each_model
def test_one_alone_is_captioned_as_among_many(model):
    for image, result in zip(pictures(8), captions(model), strict=False):
        assert tasks(model).caption(image).value == result.value


@with_each_model
def test_the_pieces_of_a_stream_are_the_caption(model):
    for image, result in zip(pictures(4), captions(model), strict=False):
        stream = tasks(model).caption.stream(image)
        pieces = [*stream]
        assert len(pieces) > 1
        assert "".join(pieces) == stream.result.value == result.value


@with_each_model
def test_calls_of_one_event_loop_get_each_their_own(model):
    async def all_of_them():
        return await asyncio.gather(*map(tasks(model).caption.aio, pictures(6)))

    told = [result.value for result in captions(model)[:6]]
    assert [result.value for result in asyncio.run(all_of_them())] == told


@with_each_model
def test_a_scene_is_the_same_in_every_format_and_size(model, tmp_path):
    for number, result in enumerate(captions(model)[:6]):
        image = unseen()[number][1]
        large = image.resize((384, 384), Image.Resampling.BICUBIC)
        paths = [tmp_path / f"{number}.{ending}" for ending in ("png", "webp", "gif")]
        for path in paths:
            large.save(path, quality=95)
        assert {tasks(model).caption(path).value for path in paths} == {result.value}


# -- answers


def test_nearly_all_questions_about_unseen_scenes_are_answered_exactly():
    told = zip(unseen(), answers(), strict=True)
    assert share(result.value == answer for (*_, answer), result in told) >= 0.95


def test_it_is_the_picture_that_is_answered_from():
    question = "How many objects are there?"
    results = tasks("looker").answer.map(pictures(), question=question)
    told = zip(unseen(), results, strict=True)
    counts = {str(scene.count()) for scene, *_ in unseen()}
    assert len(counts) > 2
    assert share(result.value == str(scene.count()) for (scene, *_), result in told) >= 0.95


def test_it_is_the_question_that_is_answered():
    looker, right = tasks("looker"), []
    rng = random.Random(8)
    for scene, image, *_ in unseen()[:6]:
        for question, answer in {asked(scene, rng) for _ in range(6)}:
            right.append(looker.answer(Media.open(image), question=question).value == answer)
    assert share(right) >= 0.9


def test_what_is_not_to_be_seen_is_said_to_be_not_stated():
    scene, image, *_ = next(one for one in unseen() if not one[0].of(shape="star"))
    assert not scene.of(shape="star")
    answer = tasks("looker").answer(Media.open(image), question="What colour is the star?")
    assert answer.value == "not stated"


# -- data


@pytest.mark.parametrize("schema", [Objects, Tally])
def test_what_is_extracted_is_valid_always_and_nearly_always_right(schema):
    wanted = [{Objects: Objects(one.things), Tally: one.tally}[schema] for one, *_ in unseen()]
    results = found(schema)
    assert all(result.ok and isinstance(result.value, schema) for result in results)
    told = zip(results, wanted, strict=True)
    assert share(_bag(result.value) == _bag(value) for result, value in told) >= 0.9


def _bag(value):
    """Without the order of what is in it."""
    return Counter(map(repr, value.objects)) if isinstance(value, Objects) else asdict(value)


@pytest.mark.parametrize("schema", [Objects, Tally])
def test_one_alone_is_extracted_as_among_many(schema):
    for image, result in zip(pictures(6), found(schema), strict=False):
        assert tasks("looker").extract(image, schema=schema).value == result.value


def test_a_stream_of_data_ends_as_the_data():
    for image, result in zip(pictures(3), found(Objects), strict=False):
        stream = tasks("looker").extract.stream(image, schema=Objects)
        assert json.loads("".join(stream)) == asdict(result.value)
        assert stream.result.value == result.value


@dataclass(frozen=True)
class Strange:
    """What the model was never asked for."""

    mood: Literal["gloomy", "festive"]
    rating: Literal[10, 20, 30]
    framed: bool


def test_the_mask_holds_it_to_a_schema_that_it_does_not_know():
    results = [*tasks("looker").extract.map(pictures(8), schema=Strange)]
    assert all(isinstance(result.value, Strange) for result in results)
    assert all(len(result.attempts) == 1 for result in results)


# -- honesty


@pytest.mark.parametrize(
    "ask",
    [
        lambda captioner, image: captioner.answer(image, question="How many stars are there?"),
        lambda captioner, image: captioner.extract(image, schema=Objects),
    ],
    ids=["answer", "extract"],
)
def test_a_captioner_refuses_what_it_has_not_learned(ask):
    with pytest.raises(Unsupported):
        ask(tasks("captioner"), pictures(1)[0])


def test_a_text_is_refused_by_what_only_sees():
    with pytest.raises(Unsupported):
        tasks("captioner").summarize("A text of some words about nothing in particular.")


def test_what_is_held_out_was_not_taught():
    assert not {*HELD_OUT} & {*TAUGHT}
    assert all({*scene.groups} & {*HELD_OUT} for scene, *_ in unseen())
    taught = islice(scenes(hidden=False, seed=0), 2_000)
    assert not any({*scene.groups} & {*HELD_OUT} for scene in taught)


def test_each_word_of_what_is_held_out_was_taught():
    parts = [{part for group in groups for part in asdict(group).values()}
             for groups in (HELD_OUT, TAUGHT)]  # fmt: skip
    assert parts[0] <= parts[1]


@with_each_model
def test_the_weights_are_small_and_say_where_they_come_from(model):
    folder = LEARNED / model
    assert sum(path.stat().st_size for path in folder.iterdir()) < MOST
    assert "train_scenes" in (folder / "NOTICE").read_text("utf-8")
    with safe_open(folder / "model.safetensors", "pt") as weights:
        assert {weights.get_slice(name).get_dtype() for name in weights.keys()} == {"F16"}  # noqa: SIM118
