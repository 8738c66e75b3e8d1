"""
Long recordings are written down whole: no word is lost, doubled or misplaced between windows.

The Whisper of `learned/digits` hears windows of ten seconds, so that a minute has many borders.
What it makes of each stretch alone is the oracle for what is made of the whole.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jiwer
import numpy as np
import pytest
import torch
from noises import NOISES, coloured
from spoken import DIGITS, RATE, Recording, Said, Voice, joined, needs_espeak, spoken
from tiny_quiet import quiet

from s2s_tasks import Greedy, Media, Tasks
from s2s_tasks.exchange import Signal
from s2s_tasks.speech.reel import Reel
from s2s_tasks.speech.windows import windows

torch.set_num_threads(1)

MODEL = Path(__file__).parent / "learned/digits"
WINDOW = 10.0
BACKENDS = ("local", "whisper")
ENGLISH, GERMAN = Voice("en-us", 150), Voice("de", 140)
MISHEARD = 0.02
"""Share of the words: what the model itself gets wrong of a stretch that it hears alone."""

CLOSE = 0.1
"""Seconds that a time may be off."""


@pytest.fixture(scope="module", autouse=True)
def _exactly(tmp_path_factory):
    """In the numbers of the oracle, and with conversions of this file's own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("S2S_CACHE", str(tmp_path_factory.mktemp("converted")))
        environment.setenv("S2S_DTYPE", "float32")
        environment.setenv("S2S_COMPUTE", "float32")
        yield


@pytest.fixture(scope="module", params=BACKENDS)
def transcribe(request):
    return Tasks(backend=request.param, model=str(MODEL)).transcribe


@pytest.fixture(scope="module")
def alone():
    """What the model writes for one window, by transformers and nothing of ours."""
    from transformers import AutoFeatureExtractor, AutoTokenizer, WhisperForConditionalGeneration

    with quiet():
        model = WhisperForConditionalGeneration.from_pretrained(MODEL, dtype=torch.float32).eval()
        tokenizer = AutoTokenizer.from_pretrained(MODEL)
        extractor = AutoFeatureExtractor.from_pretrained(MODEL)

    def heard(samples, language="en"):
        features = extractor(samples, sampling_rate=RATE, return_tensors="pt").input_features
        with quiet(), torch.inference_mode():
            said = model.generate(
                features, language=language, task="transcribe", return_timestamps=True
            )
        return tokenizer.decode(said[0], skip_special_tokens=True).strip()

    return heard


def cutter(blocks, most):
    return windows(blocks, most=most, dense=True)


# -- recordings


def said(rng, much, pauses, language="en", voice=ENGLISH):
    """
    So many digits by chance, with pauses of these lengths by chance.

    None is said twice in a row: how often a word was said is what this small model misses, and
    what is tried here is what stands around it.
    """
    steps = rng.integers(1, 10, much).cumsum() % 10
    words = [DIGITS[language][step] for step in steps]
    clips = [spoken(word, voice) for word in words]
    return joined(words, clips, rng.choice(pauses, much + 1))


def nobody(samples):
    return Recording(np.asarray(samples, np.float32), ())


def after(*parts):
    """The recordings one after the other."""
    words, at = [], 0.0
    for part in parts:
        words += [Said(one.word, one.start + at, one.end + at) for one in part.words]
        at += part.seconds
    return Recording(np.concatenate([part.samples for part in parts]), tuple(words))


def conversation(seed):
    """A minute or more of all that happens: pauses, haste, a long silence, noise between."""
    rng = np.random.default_rng(seed)
    noise = coloured(rng, 4 * RATE, 0.5) * 0.02
    return after(
        nobody(np.zeros(round(rng.uniform(0, 5) * RATE))),
        said(rng, 14, [0.1, 0.2, 0.4, 0.8, 1.5, 3.0]),
        said(rng, 34, [0.0]),  # longer than a window, without a pause
        nobody(np.zeros(20 * RATE)),
        said(rng, 10, [0.1, 0.3, 0.6, 1.0]),
        nobody(noise),
        said(rng, 8, [0.15, 0.5, 2.0]),
    )


SEEDS = range(6)


def shifted(lead):
    """Words at even distances, after `lead` seconds of other speech: borders move with it."""
    rng = np.random.default_rng(11)
    before = said(rng, 1 + round(lead / 0.6), [0.2])
    return after(before, said(np.random.default_rng(12), 30, [0.12, 0.3, 0.5]))


# -- words


@needs_espeak
@pytest.mark.parametrize("seed", SEEDS)
def test_every_word_of_a_long_recording_is_written_once(transcribe, seed):
    recording = conversation(seed)
    out = jiwer.process_words(recording.text, transcribe(recording.samples).value.text)
    assert out.wer <= MISHEARD, jiwer.visualize_alignment(out)


@needs_espeak
@pytest.mark.parametrize("lead", np.arange(0, 10, 0.6), ids="{:.1f}s".format)
def test_no_border_between_windows_loses_or_doubles_a_word(transcribe, lead):
    recording = shifted(lead)
    out = jiwer.process_words(recording.text, transcribe(recording.samples).value.text)
    assert out.insertions + out.deletions <= 1, jiwer.visualize_alignment(out)


@needs_espeak
@pytest.mark.parametrize("pause", [0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 6.0])
def test_the_length_of_pauses_does_not_matter(transcribe, pause):
    recording = said(np.random.default_rng(21), 40, [pause])
    assert jiwer.wer(recording.text, transcribe(recording.samples).value.text) <= 0.03


@needs_espeak
@pytest.mark.parametrize("seed", SEEDS)
def test_a_stretch_without_pauses_is_cut_between_words(transcribe, seed):
    recording = said(np.random.default_rng(30 + seed), 60, [0.0])
    assert recording.seconds > 2 * WINDOW
    assert jiwer.wer(recording.text, transcribe(recording.samples).value.text) <= 0.05


@needs_espeak
def test_a_language_is_heard_for_each_recording(transcribe):
    german = said(np.random.default_rng(41), 30, [0.2, 0.6], "de", GERMAN)
    heard = transcribe(german.samples).value
    assert heard.language == "de"
    assert jiwer.wer(german.text, heard.text) <= 0.05


# -- the same as alone


@needs_espeak
@pytest.mark.parametrize("pauses", [[0.1, 0.3, 0.8, 1.5], [0.1, 0.2, 4.0, 9.0]])
@pytest.mark.parametrize("seed", SEEDS)
def test_windows_are_heard_as_the_model_hears_them_by_hand(transcribe, alone, seed, pauses):
    recording = said(np.random.default_rng(60 + seed), 50, pauses)
    with ThreadPoolExecutor(1) as pool:
        media = Media.open(recording.samples)
        reel = Reel(media, Signal(), WINDOW, cutter, executor=pool, depth=1)
        cut = [*iter(reel.next, None)]
    assert len(cut) > 3
    assert not any(window.forced for window in cut)
    wanted = " ".join(alone(window.samples) for window in cut)
    options = {"language": "en", "timestamps": "segment", "decoding": Greedy()}
    assert transcribe(recording.samples, **options).value.text == wanted


# -- times, decoded greedily: what CTranslate2 draws where it doubts, it draws without a seed


@needs_espeak
@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_where_they_were_said(transcribe, seed):
    recording = conversation(seed)
    made = transcribe(recording.samples, timestamps="word", decoding=Greedy()).value
    words = [word for segment in made.segments for word in segment.words]
    heard = agreeing(recording.words, words)
    assert len(heard) >= 0.93 * len(recording.words)
    nearest = [nearest_to(word, recording.words) for word in heard]
    starts, ends = (
        np.array(
            [abs(getattr(a, edge) - getattr(b, edge)) for a, b in zip(heard, nearest, strict=True)]
        )
        for edge in ("start", "end")
    )
    assert np.mean(starts <= CLOSE) >= 0.95
    assert np.mean(ends <= CLOSE) >= 0.9
    assert max(np.median(starts), np.median(ends)) <= CLOSE / 3


@needs_espeak
@pytest.mark.parametrize("seed", SEEDS)
def test_segments_are_where_somebody_speaks(transcribe, seed):
    recording = conversation(seed)
    heard = transcribe(recording.samples, timestamps="segment", decoding=Greedy()).value
    starts = np.array([word.start for word in recording.words])
    ends = np.array([word.end for word in recording.words])
    off = [
        np.abs(borders - time).min()
        for segment in heard.segments
        for borders, time in ((starts, segment.start), (ends, segment.end))
    ]
    assert np.mean(np.array(off) <= CLOSE) >= 0.93
    assert np.median(off) <= 0.6 * CLOSE


def agreeing(words, heard):
    """Those that were heard as said."""
    out = jiwer.process_words(
        " ".join(one.word for one in words), " ".join(one.text.strip() for one in heard)
    )
    return [
        heard[place]
        for chunk in out.alignments[0]
        if chunk.type == "equal"
        for place in range(chunk.hyp_start_idx, chunk.hyp_end_idx)
    ]


def nearest_to(heard, words):
    """Which of the words that sound so it must be: where one is lost, an alignment may err."""
    alike = (one for one in words if one.word == heard.text.strip())
    return min(alike, key=lambda one: abs(one.start - heard.start))


# -- silence


@pytest.mark.parametrize("decibels", [-60, -30, -6])
@pytest.mark.parametrize("name", NOISES)
def test_what_nobody_says_is_no_word(transcribe, name, decibels):
    noise = NOISES[name](np.random.default_rng(7), 25 * RATE) * 10 ** (decibels / 20)
    heard = transcribe(noise.astype(np.float32)).value
    assert heard.text == ""
    assert heard.silent


@needs_espeak
@pytest.mark.parametrize("name", NOISES)
def test_noise_between_words_adds_none(transcribe, name):
    rng = np.random.default_rng(8)
    noise = NOISES[name](rng, 6 * RATE) * np.float32(0.1)
    before, behind = said(rng, 6, [0.2, 0.5]), said(rng, 6, [0.2, 0.5])
    quietly, noisily = (
        transcribe(after(before, nobody(between), behind).samples).value.text
        for between in (np.zeros_like(noise), noise)
    )
    assert noisily == quietly
    assert len(quietly.split()) >= 12


# -- speech is found


@needs_espeak
@pytest.mark.parametrize("voice", ["en-us", "en-us+f3", "en-gb+m3", "de", "de+f2", "de+m7"])
def test_no_word_is_taken_for_silence(voice):
    language = voice[:2]
    rng = np.random.default_rng(9)
    recording = said(rng, 40, [0.1, 0.5, 1.0, 4.0], language, Voice(voice))
    cut = [*windows(iter([recording.samples]), most=WINDOW)]
    for word in recording.words:
        held = sum(max(0, min(word.end, w.end) - max(word.start, w.start)) for w in cut)
        assert held == pytest.approx(word.end - word.start, abs=0.02), word
