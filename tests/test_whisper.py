"""Whisper through CTranslate2 hears what transformers hears, and needs no torch to hear it."""

import json
import math
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hub import Hub, point_to
from noises import NOISES
from oracle_whisper import LIMIT, Listening
from s2s_whisper.opening import opened
from sounds import vowels
from tiny import make
from tiny_quiet import quiet
from tiny_whisper import tiny_whisper

from s2s_tasks import Beam, Greedy, NotConfigured, PromptLookup, Sample, Tasks, Unsupported
from s2s_tasks.checkpoint.conversion import ORIGINAL
from s2s_tasks.errors import BadSetting, Cancelled, MissingExtra
from s2s_tasks.exchange import Request, Signal
from s2s_tasks.media import Media
from s2s_tasks.speech.engine import Wish
from s2s_tasks.testing import BackendContract

torch.set_num_threads(1)

WINDOWS = 5


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Conversions of this file's tests."""
    before = os.environ.get("S2S_CACHE")
    os.environ["S2S_CACHE"] = str(tmp_path_factory.mktemp("converted"))
    yield Path(os.environ["S2S_CACHE"])
    if before is None:
        del os.environ["S2S_CACHE"]
    else:
        os.environ["S2S_CACHE"] = before


def open_(*, multilingual=True, compute="float32"):
    with quiet():
        return opened(str(tiny_whisper(multilingual=multilingual)), compute=compute)


@pytest.fixture(scope="module")
def listening(cache):
    found = {}

    def one(*, multilingual=True):
        if multilingual not in found:
            listener = open_(multilingual=multilingual).listener
            found[multilingual] = Listening(
                listener._ear, listener._known, multilingual=multilingual, windows=WINDOWS
            )
        return found[multilingual]

    return one


# --- the same as transformers -----------------------------------------------------------------

GREEDY = {
    "plain": (Greedy(), {}),
    "no repeats": (Greedy(no_repeat_ngram=2), {"no_repeat_ngram_size": 2}),
    "penalty": (Greedy(repetition_penalty=1.3), {"repetition_penalty": 1.3}),
}
timed = pytest.mark.parametrize("timestamps", [True, False], ids=["timed", "untimed"])


@pytest.mark.parametrize("multilingual", [True, False], ids=["many", "english"])
@pytest.mark.parametrize("name", GREEDY)
@timed
def test_the_tokens_are_those_of_generate(listening, name, timestamps, multilingual):
    one = listening(multilingual=multilingual)
    decoding, settings = GREEDY[name]
    expected = one.by_hand(timestamps=timestamps, **settings)
    found = one.heard(decoding, timestamps=timestamps)
    assert [heard.tokens for heard in found] == expected
    assert [heard.ended for heard in found] == [len(tokens) < LIMIT for tokens in expected]


BEAMS = [Beam(4), Beam(3, length_penalty=0.0)]


@pytest.mark.parametrize("decoding", [Greedy(), *BEAMS], ids=["greedy", "beam", "short"])
@timed
def test_likelihoods_are_those_of_the_model(listening, decoding, timestamps):
    one = listening()
    prompt = one.start(timestamps=timestamps)
    for window, heard in enumerate(one.heard(decoding, timestamps=timestamps)):
        scores = one.scores(window, prompt, heard, timestamps=timestamps)
        assert heard.logprob == pytest.approx(sum(scores) / len(scores), abs=1e-3)


@timed
def test_a_beam_finds_what_is_no_less_likely(listening, timestamps):
    one = listening()
    greedy = one.heard(Greedy(), timestamps=timestamps, limit=8)
    beams = one.heard(Beam(8), timestamps=timestamps, limit=8)
    scores = [[each.logprob for each in found] for found in (greedy, beams)]
    assert sum(scores[1]) > sum(scores[0])


@pytest.mark.parametrize("decoding", [Greedy(), *BEAMS], ids=["greedy", "beam", "short"])
@timed
def test_a_window_hears_the_same_alone(listening, decoding, timestamps):
    one = listening()
    prompt = one.start(timestamps=timestamps)
    together = one.heard(decoding, timestamps=timestamps)
    for encoded, beside in zip(one.encoded, together, strict=True):
        [alone] = one.ear.decode([encoded], [prompt], Wish(decoding, LIMIT, timestamps), [])
        assert alone.tokens == beside.tokens
        assert alone.logprob == pytest.approx(beside.logprob, abs=1e-4)


def test_prompts_of_different_lengths_share_a_call(listening):
    one = listening()
    start = one.start(timestamps=True)
    hints = [(), (one.words.previous, *range(30, 60)), (), (one.words.previous, 40), ()]
    prompts = [(*hint, *start) for hint in hints]
    together = one.heard(Greedy(), timestamps=True, prompts=prompts)
    for encoded, prompt, beside in zip(one.encoded, prompts, together, strict=True):
        [alone] = one.ear.decode([encoded], [prompt], Wish(Greedy(), LIMIT, timestamps=True), [])
        assert alone.tokens == beside.tokens


@pytest.mark.parametrize("limit", [1, 2, 5, 30])
def test_the_limit_is_kept_whatever_the_prompt(listening, limit):
    one = listening()
    start = one.start(timestamps=False)
    for prompt in (start, (one.words.previous, *range(30, 90), *start)):
        found = one.heard(Greedy(), prompts=[prompt] * WINDOWS, limit=limit)
        assert max(len(heard.tokens) for heard in found) == limit
        assert [heard.ended for heard in found] == [len(heard.tokens) < limit for heard in found]


def test_a_limit_beyond_the_places_of_the_decoder_ends_where_they_end(listening):
    one = listening()
    start = one.start(timestamps=True)
    prompt = (one.words.previous, *range(30, 250), *start)
    found = one.heard(Sample(temperature=2), timestamps=True, prompts=[prompt] * WINDOWS, limit=400)
    assert max(len(heard.tokens) for heard in found) <= 448 - len(prompt)


def test_silence_is_the_probability_of_its_token_at_the_start(listening):
    one = listening()
    with torch.inference_mode():
        ids = torch.tensor([[one.words.start]] * WINDOWS)
        logits = one.model(torch.from_numpy(one.features), decoder_input_ids=ids).logits[:, 0]
    expected = logits.softmax(-1)[:, one.words.no_speech].tolist()
    assert [heard.silence for heard in one.heard(Greedy())] == pytest.approx(expected, rel=1e-3)


def test_languages_are_told_as_transformers_tells_them(listening):
    one = listening()
    with quiet(), torch.inference_mode():
        expected = one.model.detect_language(torch.from_numpy(one.features)).tolist()
        ids = torch.tensor([[one.words.start]] * WINDOWS)
        logits = one.model(torch.from_numpy(one.features), decoder_input_ids=ids).logits[:, 0]
    shares = logits[:, [*one.words.languages.values()]].softmax(-1).tolist()
    found = one.ear.languages(one.encoded)
    for probabilities, best, own in zip(found, expected, shares, strict=True):
        assert one.words.languages[max(probabilities, key=probabilities.__getitem__)] == best
        told = [probabilities[code] for code in one.words.languages]
        assert told == pytest.approx(own, abs=1e-5)


def test_chance_goes_by_temperature(listening):
    one = listening()
    greedy = [heard.tokens for heard in one.heard(Greedy())]
    cold = [heard.logprob for heard in one.heard(Sample(temperature=0.01))]
    hot = [[heard.logprob for heard in one.heard(Sample(temperature=1))] for _ in range(3)]
    assert len({*map(tuple, hot)}) == 3
    assert min(cold) > max(map(max, hot))
    only = one.heard(Sample(temperature=1, top_k=1))
    assert [heard.tokens for heard in only] == greedy


def test_words_are_aligned_alike_alone_and_together(listening):
    one = listening()
    task = one.start(timestamps=True)
    texts = [tuple(range(30, 30 + size)) for size in (1, 4, 9, 20, 0)]
    frames = [3000, 2000, 500, 40, 3000]
    together = one.ear.align(one.encoded, [task] * WINDOWS, texts, frames)
    for encoded, text, frame, times in zip(one.encoded, texts, frames, together, strict=True):
        assert one.ear.align([encoded], [task], [text], [frame]) == [times]
        assert len(times) == len(text) + 1
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= frame / 100


def test_more_windows_than_a_batch_are_all_heard_in_order(listening):
    one = listening()
    many = [*one.encoded] * 9
    assert len(many) > one.ear.batch
    prompts = [one.start(timestamps=False)] * len(many)
    found = one.ear.decode(many, prompts, Wish(Greedy(), 8, timestamps=False), [])
    assert [heard.tokens for heard in found] == [h.tokens for h in found[:WINDOWS]] * 9


def test_sixteen_threads_hear_what_one_hears(listening):
    one = listening()
    expected = [heard.tokens for heard in one.heard(Greedy())]
    found = []
    threads = [
        threading.Thread(target=lambda: found.append([h.tokens for h in one.heard(Greedy())]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 16


# --- as a backend -----------------------------------------------------------------------------


def spoken(seconds, pitch=1.0):
    at = np.arange(0, seconds * 16_000 * pitch, pitch)
    voice = vowels(math.ceil(seconds * pitch) + 1)
    return np.interp(at, np.arange(len(voice)), voice).astype(np.float32)[: round(seconds * 16_000)]


def request(seconds, decoding=None, pitch=1.0, **params):
    params = {"language": "en", **params}
    media = Media.open(spoken(seconds, pitch))
    return Request("transcribe", (media,), params=params, decoding=decoding)


class TestWhisper(BackendContract):
    """A tiny Whisper with random weights; int8, as users have it."""

    plugin_module = "s2s_whisper"

    def make_backend(self):
        return open_(compute="int8")

    def make_spec(self):
        import s2s_whisper

        return s2s_whisper.s2s_backends()[0]

    def example_requests(self):
        pitches = ((5, 1.0), (4, 1.3), (6, 0.8))
        return [request(n, Greedy(), pitch, timestamps="segment") for n, pitch in pitches]


@pytest.mark.parametrize("kind", ["white", "hum", "music", "silence"])
def test_nobody_is_heard_where_nobody_speaks(kind):
    sound = NOISES[kind](np.random.default_rng(0), 5 * 16_000)
    transcript = Tasks(backend=open_()).transcribe(sound / 10).value
    assert transcript.text == ""
    assert not transcript.segments


@pytest.mark.parametrize(
    ("decoding", "why"),
    [
        (Sample(seed=1), "seed"),
        (Sample(top_p=0.9), "top_p"),
        (Sample(min_p=0.1), "min_p"),
        (Greedy(speculation=PromptLookup()), "speculate"),
        (Beam(early_stopping="never"), "enough results"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_engine_cannot_honour_is_refused_before_work(decoding, why):
    with pytest.raises(Unsupported, match=why):
        Tasks(backend=open_()).transcribe(spoken(3), language="en", decoding=decoding)


def test_a_beam_that_ends_early_unasked_says_so():
    for early, said in ((False, True), (True, False)):
        asked = request(3, Beam(2, early_stopping=early))
        [(_, answer)] = open_().complete([asked])
        assert any("fill it" in warning for warning in answer.warnings) is said


def test_another_kind_of_model_is_refused():
    with pytest.raises(Unsupported, match="only Whispers"):
        opened(str(make("t5")))


@pytest.mark.parametrize(
    "told", [{"device": "tpu"}, {"compute": "int3"}], ids=["device", "compute"]
)
def test_settings_that_are_unknown_are_refused(told):
    [value] = told.values()
    with pytest.raises(BadSetting, match=value):
        opened(str(tiny_whisper()), **told)


@pytest.mark.parametrize("when", ["encode", "decode"])
def test_work_that_is_stopped_ends_within_a_quarter_of_a_second(listening, when):
    one, signal = listening(), Signal()
    many = 40 * WINDOWS
    signals = [*[Signal()] * (many - 1), signal]
    prompts = [one.start(timestamps=False)] * many
    wish = Wish(Beam(8), 220, timestamps=False)
    work = {
        "encode": lambda: one.ear.encode([*one.features] * 40, signals),
        "decode": lambda: one.ear.decode([*one.encoded] * 40, prompts, wish, signals),
    }[when]
    stopped = []
    threading.Timer(0.1, lambda: (signal.abort(), stopped.append(time.monotonic()))).start()
    with pytest.raises(Cancelled):
        work()
    assert time.monotonic() - stopped[0] < 0.25


# --- conversion -------------------------------------------------------------------------------


def folders(cache):
    return {path for path in (cache / "whisper").iterdir() if (path / "model.bin").is_file()}


def test_a_checkpoint_is_converted_once(cache):
    open_(compute="int8")
    before = {path: path.stat().st_mtime_ns for path in folders(cache)}
    open_(compute="int8")
    assert {path: path.stat().st_mtime_ns for path in folders(cache)} == before


def test_a_damaged_conversion_is_made_anew(cache):
    first = open_(compute="int16")
    expected = [*first.complete([request(3, Greedy())])]
    folder = first.listener._ear._folder
    weights = bytearray((folder / "model.bin").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.bin").write_bytes(weights)
    again = open_(compute="int16")
    assert [*again.complete([request(3, Greedy())])] == expected


def test_a_converted_folder_of_ones_own_is_opened_and_checked(tmp_path):
    folder = shutil.copytree(open_().listener._ear._folder, tmp_path / "own")
    assert [*opened(str(folder)).complete([request(3, Greedy())])]
    (folder / ORIGINAL / "config.json").write_text("{}")
    with pytest.raises(NotConfigured, match="not as it was converted"):
        opened(str(folder))


RUN = """
import sys
for name in ("torch", "transformers"):
    sys.modules[name] = None  # as if they were not installed
sys.path[:0] = [sys.argv[2]]
from s2s_whisper.opening import opened
from s2s_tasks import Greedy
from s2s_tasks.exchange import Request
from s2s_tasks.media import Media
from sounds import vowels
asked = Request("transcribe", (Media.open(vowels(3)),), params={"language": "en"}, decoding=Greedy())
[(_, answer)] = opened(sys.argv[1], compute="float32").complete([asked])
print(ascii(answer.output))
"""


def test_a_converted_checkpoint_runs_without_torch_and_transformers():
    backend = open_()
    folder = backend.listener._ear._folder
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(folder), str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        check=True,
    )
    [(_, here)] = backend.complete([request(3, Greedy())])
    assert done.stdout.strip() == ascii(here.output)


def test_converting_without_torch_says_what_to_install(monkeypatch):
    for name in ("torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match="not converted yet") as caught:
        open_(compute="bfloat16")
    assert "local,whisper" in caught.value.hint


# --- converted elsewhere ----------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path):
    """A folder as ct2-transformers-converter writes it for faster-whisper."""
    from ctranslate2.converters import TransformersConverter

    with quiet():
        copied = ["tokenizer.json", "preprocessor_config.json"]
        model = str(tiny_whisper(multilingual=False))
        converter = TransformersConverter(model, copy_files=copied)
        converter.convert(str(tmp_path / "foreign"), quantization="float32")
    return tmp_path / "foreign"


def test_a_folder_of_faster_whisper_is_opened_as_it_is(foreign):
    own, other = open_(multilingual=False), opened(str(foreign), compute="float32")
    asked = request(8, Greedy(), timestamps="segment")
    [(_, expected)], [(_, found)] = own.complete([asked]), other.complete([asked])
    assert found.output == expected.output


def test_one_of_the_hub_is_opened_by_its_name(foreign, tmp_path, monkeypatch):
    """With the vocabulary as older converters wrote it."""
    vocabulary = json.loads((foreign / "vocabulary.json").read_text())
    (foreign / "vocabulary.json").unlink()
    (foreign / "vocabulary.txt").write_text("".join(f"{token}\n" for token in vocabulary))
    asked = request(8, Greedy(), timestamps="segment")
    with Hub() as hub:
        point_to(hub.url, tmp_path / "home", monkeypatch)
        hub.publish("org/faster", foreign)
        by_name = opened("org/faster", compute="float32")
        assert "model.bin" in hub.fetched()
    again = opened("org/faster", compute="float32")  # from the cache: the hub is down
    assert by_name.model == again.model == "org/faster"
    expected, *found = (
        outcome.output
        for backend in (open_(multilingual=False), by_name, again)
        for _, outcome in backend.complete([asked])
    )
    assert found == [expected, expected]


def test_weights_that_only_look_converted_are_not_loaded(foreign):
    (foreign / "model.bin").write_bytes(b"\x80\x04" + bytes(100))
    with pytest.raises(NotConfigured, match="no Whisper of CTranslate2"):
        opened(str(foreign))


def test_a_folder_with_code_is_refused(foreign):
    (foreign / "extra.py").write_text("print('surprise')")
    with pytest.raises(NotConfigured, match="code of its own"):
        opened(str(foreign))


@pytest.mark.parametrize("lost", ["tokenizer.json", "vocabulary.json"])
def test_a_folder_that_lacks_a_part_says_which(foreign, lost):
    (foreign / lost).unlink()
    with pytest.raises(NotConfigured, match=lost):
        opened(str(foreign))


def test_the_settings_of_the_checkpoint_travel_with_it():
    folder = open_().listener._ear._folder
    told = json.loads((folder / ORIGINAL / "generation_config.json").read_text())
    assert told["suppress_tokens"]
