"""Whisper through transformers hears what transformers, called by hand, hears."""

import math

import numpy as np
import pytest
import torch
from oracle_whisper import LIMIT, Listening
from s2s_transformers.device import choose
from s2s_transformers.hearing.ear import TorchEar
from s2s_transformers.hearing.warping import beginnings
from tiny_quiet import quiet
from tiny_whisper import tiny_whisper
from transformers.models.whisper.generation_whisper import _dynamic_time_warping

from s2s_tasks import Beam, Cancelled, Greedy, Sample
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.exchange import Signal
from s2s_tasks.speech.engine import Wish
from s2s_tasks.speech.vocabulary import WhisperVocabulary

torch.set_num_threads(1)

WINDOWS = 3
CALM = [Signal()] * WINDOWS
DECODINGS = {"greedy": Greedy(), "beam": Beam(4), "hasty": Beam(3, length_penalty=0.0)}
BY_HAND = {"greedy": {}, "beam": {"num_beams": 4}, "hasty": {"num_beams": 3, "length_penalty": 0.0}}


def opened(*, multilingual):
    folder = tiny_whisper(multilingual=multilingual)
    checkpoint = Checkpoint(folder, name=folder.name)
    words = WhisperVocabulary.of(checkpoint)
    ear = TorchEar(checkpoint, words, choose(checkpoint, "cpu"))
    return Listening(ear, words, multilingual=multilingual, windows=WINDOWS)


@pytest.fixture(scope="module")
def listening():
    found = {}

    def one(*, multilingual=True):
        if multilingual not in found:
            found[multilingual] = opened(multilingual=multilingual)
        return found[multilingual]

    return one


# --- tokens -----------------------------------------------------------------------------------


@pytest.mark.parametrize("multilingual", [True, False], ids=["many", "english"])
@pytest.mark.parametrize("timestamps", [True, False], ids=["timed", "plain"])
@pytest.mark.parametrize("name", DECODINGS)
def test_the_tokens_are_those_of_generate(listening, name, timestamps, multilingual):
    one = listening(multilingual=multilingual)
    expected = one.by_hand(timestamps=timestamps, **BY_HAND[name])
    found = one.heard(DECODINGS[name], timestamps=timestamps)
    assert [heard.tokens for heard in found] == expected
    assert [heard.ended for heard in found] == [len(tokens) < LIMIT for tokens in expected]


@pytest.mark.parametrize("name", DECODINGS)
def test_a_window_hears_the_same_beside_others_with_longer_prompts(listening, name):
    one = listening()
    start = one.start(timestamps=True)
    prompts = [
        start,
        (one.words.previous, *range(30, 60), *start),
        (one.words.previous, 40, *start),
    ]
    together = one.heard(DECODINGS[name], timestamps=True, prompts=prompts)
    wish = Wish(DECODINGS[name], LIMIT, timestamps=True)
    for encoded, prompt, beside in zip(one.encoded, prompts, together, strict=True):
        [alone] = one.ear.decode([encoded], [prompt], wish, [Signal()])
        assert alone.tokens == beside.tokens
        assert alone.logprob == pytest.approx(beside.logprob, abs=1e-4)
        assert alone.silence == pytest.approx(beside.silence, rel=1e-3)


def test_more_windows_than_a_batch_are_all_heard_in_order(listening):
    one = listening()
    many = [*one.encoded] * 4
    assert len(many) > one.ear.batch
    prompts = [one.start(timestamps=False)] * len(many)
    found = one.ear.decode(many, prompts, Wish(Greedy(), 8, False), [Signal()] * len(many))
    assert [heard.tokens for heard in found] == [one.tokens for one in found[:WINDOWS]] * 4


def test_a_limit_beyond_the_places_of_the_decoder_ends_where_they_end(listening):
    one = listening()
    found = one.heard(Greedy(), limit=1000)
    places = one.model.config.max_target_positions - len(one.start(timestamps=False))
    assert max(len(heard.tokens) for heard in found) <= places


# --- chance -----------------------------------------------------------------------------------


def test_a_seed_decides_alone_and_in_a_batch(listening):
    one = listening()
    drawn = Sample(temperature=0.8, seed=3)
    together = one.heard(drawn, timestamps=True)
    start, wish = one.start(timestamps=True), Wish(drawn, LIMIT, timestamps=True)
    alone = [one.ear.decode([sound], [start], wish, [Signal()])[0] for sound in one.encoded]
    assert [heard.tokens for heard in alone] == [heard.tokens for heard in together]
    other = one.heard(Sample(temperature=0.8, seed=4), timestamps=True)
    assert [heard.tokens for heard in other] != [heard.tokens for heard in together]


def test_next_to_no_temperature_is_greedy(listening):
    one = listening()
    cold = one.heard(Sample(temperature=0.01, seed=1))
    assert [heard.tokens for heard in cold] == [heard.tokens for heard in one.heard(Greedy())]


# --- how sure it is ---------------------------------------------------------------------------


@pytest.mark.parametrize("timestamps", [True, False], ids=["timed", "plain"])
@pytest.mark.parametrize(
    "decoding",
    [Greedy(), Beam(4), Sample(temperature=0.7, seed=1)],
    ids=["greedy", "beam", "drawn"],
)
def test_the_logprob_is_the_mean_over_the_tokens_and_the_end(listening, decoding, timestamps):
    one = listening()
    prompt = one.start(timestamps=timestamps)
    for window, heard in enumerate(one.heard(decoding, timestamps=timestamps)):
        each = one.scores(window, prompt, heard, timestamps=timestamps)
        assert len(each) == len(heard.tokens) + heard.ended
        assert heard.logprob == pytest.approx(sum(each) / len(each), abs=2e-4)


def test_silence_is_told_where_the_answer_begins(listening):
    one = listening()
    prompt = (one.words.previous, 40, 50, *one.start(timestamps=False))
    found = one.heard(Greedy(), prompts=[prompt] * WINDOWS)
    with torch.inference_mode():
        ids = torch.tensor([prompt[:4]] * WINDOWS)
        logits = one.model(torch.from_numpy(one.features), decoder_input_ids=ids).logits[:, 3]
    expected = logits.softmax(-1)[:, one.words.no_speech].tolist()
    assert [heard.silence for heard in found] == pytest.approx(expected, rel=1e-3)


def test_the_language_is_that_of_detect_language(listening):
    one = listening()
    shares = one.ear.languages(one.encoded)
    with quiet():
        expected = one.model.detect_language(torch.from_numpy(one.features)).tolist()
    likeliest = [max(each, key=each.get) for each in shares]
    assert [one.words.languages[code] for code in likeliest] == expected
    assert all(math.isclose(sum(each.values()), 1, rel_tol=1e-5) for each in shares)


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 3), (12, 60)], ids=str)
@pytest.mark.parametrize("levels", [2, 4, 1000])
def test_the_walk_is_that_of_the_textbook_loop(shape, levels):
    chance = np.random.default_rng(levels)
    for _ in range(20):
        costs = np.round(chance.normal(size=shape) * levels) / levels  # with ties, if few levels
        tokens, frames = _dynamic_time_warping(costs)
        first = np.pad(np.diff(tokens), (1, 0), constant_values=1).astype(bool)
        assert beginnings(costs) == frames[first].tolist()


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """The same checkpoint in CTranslate2, an engine that aligns by itself."""
    ctranslate2 = pytest.importorskip("ctranslate2")
    out = tmp_path_factory.mktemp("converted") / "whisper"
    with quiet():
        ctranslate2.converters.TransformersConverter(str(tiny_whisper())).convert(str(out))
    return ctranslate2.models.Whisper(str(out), device="cpu", compute_type="float32")


def test_words_begin_where_another_engine_finds_them(listening, converted):
    import ctranslate2

    one = listening()
    chance = np.random.default_rng(1)
    texts = [tuple(chance.integers(30, 400, size).tolist()) for size in (3, 12, 30)]
    frames, start = [3000, 333, 1500], one.start(timestamps=True)
    found = one.ear.align(one.encoded, [start] * WINDOWS, texts, frames)
    sound = ctranslate2.StorageView.from_array(one.features)
    aligned = converted.align(sound, [*start], [[*text] for text in texts], frames)
    for times, text, other in zip(found, texts, aligned, strict=True):
        first = dict(reversed(other.alignments))
        assert times == [pytest.approx(first[at] * 0.02) for at in range(len(text) + 1)]


def test_an_empty_text_has_a_beginning_only(listening):
    one = listening()
    start = one.start(timestamps=False)
    assert one.ear.align(one.encoded[:1], [start], [()], [3000]) == [[0.0]]


# --- leaving ----------------------------------------------------------------------------------


class Impatient(Signal):
    """Is aborted after it was asked so often."""

    def __init__(self, patience):
        super().__init__()
        self.patience = patience

    def check(self):
        self.patience -= 1
        if not self.patience:
            self.abort()
        super().check()


@pytest.mark.parametrize("patience", [1, 3, 30])
def test_who_goes_away_is_heeded_at_once_and_in_the_midst(listening, patience):
    one = listening()
    with pytest.raises(Cancelled):
        one.heard(Greedy(), signals=[Signal(), Impatient(patience), Signal()])


def test_encoding_stops_between_layers(listening):
    one = listening()
    with pytest.raises(Cancelled):
        one.ear.encode([*one.features], [Impatient(2)])
