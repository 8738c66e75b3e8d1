"""Text from ids as they come: what was shown stands, and nothing is left out."""

import time

import pytest
from families import FAMILIES, opened
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s_tasks.checkpoint.settling import Settling

WORDS = (
    "Hello", "station", "Äpfel", "don't", "1,234.5", "مرحبا", "日本語", "👩‍👩‍👧", "😀😀", "e\u0301",
    " ", "  ", "\n", "\n\n", "\t", " .", " !", " ' ", " 's", " n't", "'", "\ufffd", "it",
    " " * 9, "\n" * 20, "\ufffd" * 12, "你好" * 6,
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS), max_size=60).map("".join)


@pytest.fixture(scope="module", params=FAMILIES)
def codec(request, tmp_path_factory):
    return opened(request.param, tmp_path_factory.mktemp("family")).codec


def shown(codec, ids, steps):
    """What is shown of the ids, pushed in steps of these lengths, and what is left."""
    settling, pieces, at = Settling(codec), [], 0
    while at < len(ids):
        step = steps[len(pieces) % len(steps)]
        pieces.append(settling.push(ids[at : at + step]))
        at += step
        text = "".join(pieces)
        assert codec.decode(ids).startswith(text)
        assert text == text.rstrip().rstrip("\ufffd")
    return "".join(pieces), settling.rest()


STEPS = st.lists(st.integers(1, 3) | st.just(50), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(data=st.data(), steps=STEPS)
def test_any_ids_are_shown_as_they_are_decoded(codec, data, steps):
    ids = data.draw(st.lists(st.integers(0, codec.size - 1), max_size=120))
    text, rest = shown(codec, ids, steps)
    assert text + rest == codec.decode(ids)


@settings(max_examples=40, deadline=None)
@given(text=TEXTS, steps=STEPS)
def test_texts_are_shown_as_they_are_decoded(codec, text, steps):
    ids = codec.wrapped(text)
    text, rest = shown(codec, ids, steps)
    assert text + rest == codec.decode(ids)


def test_text_is_shown_soon(codec):
    ids = codec.encode("The station is near the old bridge, and the train leaves at noon. " * 3)
    settling, text = Settling(codec), ""
    for at, number in enumerate(ids):
        text += settling.push([number])
        late = len(codec.decode(ids[: at + 1])) - len(text)
        assert late < 12
    assert text + settling.rest() == codec.decode(ids)


def test_no_half_of_a_character_is_shown(codec):
    ids = codec.encode("so 😀 and 日本 too")
    settling = Settling(codec)
    pieces = [settling.push([number]) for number in ids]
    text = "".join(pieces) + settling.rest()
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


@pytest.mark.parametrize("name", ["llama2", "gpt2", "bert-tidied", "marian"])
@pytest.mark.parametrize("text", ["The old bridge. ", "😀", "\n", " .", "\ufffd"])
def test_time_grows_with_the_length_not_with_its_square(tmp_path, name, text):
    codec = opened(name, tmp_path).codec
    ids = (codec.encode(text) or codec.encode("a")) * 6_400

    def seconds(ids):
        settling, begin = Settling(codec), time.thread_time()
        for number in ids:
            settling.push([number])
        return time.thread_time() - begin

    assert seconds(ids[:6_400]) < 24 * seconds(ids[:800]) + 0.05
