"""Speech models other than Whisper say what transformers, called by hand, says."""

import json
from dataclasses import replace

import pytest
import torch
import transformers
from s2s_transformers.device import choose
from s2s_transformers.hearing.opening import opened
from tiny_quiet import quiet
from tiny_speech import CTC, RECIPES, TRANSDUCERS, WRITERS, drone, tiny_speech

from s2s_tasks import Beam, Cancelled, Greedy, Media, Sample, Tasks, Unsupported
from s2s_tasks.catalog import Transcribe
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.exchange import Request
from s2s_tasks.speech.listener import Recording
from s2s_tasks.speech.transcribing import Transcribing
from s2s_tasks.speech.window import RATE, Window
from s2s_tasks.speech.windows import windows
from s2s_tasks.testing import BackendContract

torch.set_num_threads(1)

SOUNDS = [drone(1.0), drone(0.7, 1), drone(1.0, 2), drone(0.6, 3)]
LONG = drone(6.0, 5)


def listener(name):
    checkpoint = Checkpoint(tiny_speech(name), name=name)
    return opened("local", checkpoint, choose(checkpoint, "cpu")).listener


@pytest.fixture(scope="module")
def listeners():
    """Each checkpoint opened once."""
    found = {}
    return lambda name: found.get(name) or found.setdefault(name, listener(name))


@pytest.fixture(scope="module")
def by_hand():
    """What transformers loads of a checkpoint: model, feature extractor, tokenizer."""
    found = {}

    def load(name):
        folder = tiny_speech(name)
        with quiet():
            return (
                getattr(transformers, RECIPES[name].model).from_pretrained(folder).eval(),
                transformers.AutoFeatureExtractor.from_pretrained(folder),
                transformers.AutoTokenizer.from_pretrained(folder),
            )

    return lambda name: found.get(name) or found.setdefault(name, load(name))


def said(listener, sounds=SOUNDS, **options):
    """What is said in windows that begin at second 10 of recordings of their own."""
    windows = [Window(10.0, sound) for sound in sounds]
    return listener.hear(windows, [recording(**options) for _ in sounds])


def recording(*, decoding=None, **params):
    return Recording(Request("transcribe", (), params=params, decoding=decoding))


def text(answer):
    return " ".join(segment.text for segment in answer.segments)


# --- a letter to each frame ---------------------------------------------------------------------


def frames(by_hand, name, sound):
    """The likeliest token of each, and the tokenizer."""
    model, extractor, tokenizer = by_hand(name)
    inputs = extractor(sound, sampling_rate=RATE, return_tensors="pt")
    with torch.inference_mode():
        if name == "parakeet":  # whose last frame may be of nothing but padding
            return model.generate(**inputs)[0].tolist(), tokenizer
        return model(**inputs).logits.argmax(-1)[0].tolist(), tokenizer


@pytest.mark.parametrize("name", CTC)
def test_the_text_is_what_the_tokenizer_makes_of_the_likeliest_tokens(listeners, by_hand, name):
    found = said(listeners(name))
    for sound, answer in zip(SOUNDS, found, strict=True):
        ids, tokenizer = frames(by_hand, name, sound)
        expected = tokenizer.decode(ids, skip_special_tokens=True)
        assert text(answer).split() == expected.split()
        assert answer.tokens > 0
    assert len({text(answer) for answer in found}) > 1


@pytest.mark.parametrize("name", [name for name in CTC if name != "parakeet"])
def test_words_have_the_times_of_their_frames(listeners, by_hand, name):
    step = by_hand(name)[0].config.inputs_to_logits_ratio / RATE
    for sound, answer in zip(SOUNDS, said(listeners(name), timestamps="word"), strict=True):
        ids, tokenizer = frames(by_hand, name, sound)
        told = tokenizer.decode(ids, skip_special_tokens=True, output_word_offsets=True)
        words = [word for segment in answer.segments for word in segment.words]
        assert [word.text for word in words] == [one["word"] for one in told.word_offsets]
        for word, one in zip(words, told.word_offsets, strict=True):
            assert word.start == pytest.approx(10 + one["start_offset"] * step, abs=1e-3)
            assert word.end == pytest.approx(10 + one["end_offset"] * step, abs=1e-3)


def test_pieces_have_the_times_of_their_frames(listeners, by_hand):
    """Parakeet's tokenizer tells no times: words begin where the first of their pieces stands."""
    model, extractor, _ = by_hand("parakeet")
    step = model.config.encoder_config.subsampling_factor * extractor.hop_length / RATE
    for sound, answer in zip(SOUNDS, said(listeners("parakeet"), timestamps="word"), strict=True):
        ids, tokenizer = frames(by_hand, "parakeet", sound)
        kept = [(at, one) for at, one in enumerate(ids) if one != tokenizer.pad_token_id]
        [first, *_], [last, *_] = kept[0], kept[-1]
        words = [word for segment in answer.segments for word in segment.words]
        assert words[0].start == pytest.approx(10 + first * step, abs=1e-3)
        assert words[-1].end <= 10 + (last + 1) * step + 1e-3
        assert [*words] == sorted(words, key=lambda word: word.start)


@pytest.mark.parametrize("name", TRANSDUCERS)
def test_a_transducer_writes_what_its_processor_reads(listeners, by_hand, name):
    model, extractor, tokenizer = by_hand(name)
    kind = "tdt" if name.endswith("tdt") else "rnnt"
    processor = transformers.ParakeetProcessor(extractor, tokenizer, decoder_type=kind)
    for sound, answer in zip(SOUNDS, said(listeners(name), timestamps="word"), strict=True):
        inputs = extractor(sound, sampling_rate=RATE, return_tensors="pt")
        with quiet(), torch.inference_mode():
            most = 10 * len(inputs["input_features"][0])
            output = model.generate(**inputs, return_dict_in_generate=True, max_new_tokens=most)
        decoded = processor.decode(
            output.sequences, durations=output.durations, skip_special_tokens=True
        )
        [line], [times] = decoded
        words = [word for segment in answer.segments for word in segment.words]
        assert text(answer).split() == line.split()
        assert words[0].start == pytest.approx(10 + times[0]["start"], abs=1e-3)
        assert max(word.end for word in words) <= 10 + len(sound) / RATE


def test_no_words_are_shown_unless_they_are_asked_for(listeners):
    assert not any(segment.words for one in said(listeners("hubert")) for segment in one.segments)


def test_each_stretch_of_speech_is_a_segment(listeners):
    window = Window(10.0, drone(2.0, 2), ((10.0, 10.3), (10.4, 10.8), (10.9, 12.0)))
    [answer] = listeners("wav2vec2").hear([window], [recording(timestamps="word")])
    assert len(answer.segments) == len(window.stretches)
    for segment, (start, _), (_, end) in zip(
        answer.segments, window.stretches, [(0, 10.4), (0, 10.9), (0, 12.0)], strict=True
    ):
        for word in segment.words:
            assert start <= (word.start + word.end) / 2 < end


def test_what_a_forced_end_may_cut_is_left_to_the_next_window(listeners):
    whole = Window(10.0, LONG)
    [all_of_it] = listeners("wav2vec2").hear([whole], [recording(timestamps="word")])
    forced = Window(10.0, LONG, forced=True)
    [answer] = listeners("wav2vec2").hear([forced], [recording(timestamps="word")])
    words = [word for segment in all_of_it.segments for word in segment.words]
    kept = [word for segment in answer.segments for word in segment.words]
    assert kept == words[: len(kept)]
    assert kept[-1].end <= whole.end - 1 < words[len(kept)].end
    assert answer.until == words[len(kept)].start


# --- texts that are written ---------------------------------------------------------------------


def written(by_hand, name, sound, **settings):
    """The text, and whether it ended."""
    model, extractor, tokenizer = by_hand(name)
    told = {"padding": True, "pad_to_multiple_of": 80} if name == "moonshine_streaming" else {}
    inputs = extractor(sound, sampling_rate=RATE, return_tensors="pt", **told)
    limit = int(16 + 30 * len(sound) / RATE)
    with quiet(), torch.inference_mode():
        model.generation_config.forced_eos_token_id = None  # BART's, which has cut texts end
        [row] = model.generate(**inputs, max_new_tokens=limit, **settings).tolist()
    ended = model.generation_config.eos_token_id in row[1:]
    return tokenizer.decode(row, skip_special_tokens=True).strip(), ended


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    ("decoding", "settings"),
    [(Greedy(), {}), (Beam(3), {"num_beams": 3})],
    ids=["greedy", "beam"],
)
def test_the_text_is_what_generate_writes_or_is_told_as_lost(
    listeners, by_hand, name, decoding, settings
):
    found = said(listeners(name), decoding=decoding)
    expected = [written(by_hand, name, sound, **settings) for sound in SOUNDS]
    assert any(ended for _, ended in expected) or decoding != Greedy()
    for answer, sound, (line, ended) in zip(found, SOUNDS, expected, strict=True):
        assert text(answer) == (line if ended else "")
        assert answer.lost == (() if ended else ((10.0, 10.0 + len(sound) / RATE),))


def test_a_text_without_an_end_is_tried_again_by_chance(listeners):
    once = said(listeners("speecht5"), decoding=Greedy())
    again = said(listeners("speecht5"))
    lost = [at for at, answer in enumerate(once) if answer.lost]
    assert lost
    assert all(again[at].tokens > once[at].tokens for at in lost)
    assert all(again[at] == answer for at, answer in enumerate(once) if at not in lost)
    assert again == said(listeners("speecht5"))


def test_a_seed_decides(listeners):
    drawn = [said(listeners("moonshine"), decoding=Sample(seed=seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_text_has_the_times_of_the_speech(listeners):
    window = Window(10.0, SOUNDS[0], ((10.1, 10.3), (10.5, 10.8)))
    [answer] = listeners("moonshine").hear([window], [recording()])
    assert [(one.start, one.end) for one in answer.segments] == [(10.1, 10.8)]


@pytest.mark.parametrize("name", WRITERS)
def test_times_of_words_are_refused_by_who_does_not_tell(listeners, name):
    [misfit] = listeners(name).misfits(Request("transcribe", (), params={"timestamps": "word"}))
    assert (misfit.option, misfit.reason) == ("timestamps", "does not tell when words are said")


# --- all of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RECIPES)
def test_a_window_is_heard_the_same_whoever_is_beside_it(listeners, name):
    together = said(listeners(name))
    alone = [said(listeners(name), [sound])[0] for sound in SOUNDS]
    assert alone == together


@pytest.mark.parametrize("name", RECIPES)
def test_who_goes_away_is_heeded(listeners, name):
    one = recording()
    one.request.signal.abort()
    with pytest.raises(Cancelled):
        listeners(name).hear([Window(0.0, SOUNDS[0])], [one])


@pytest.mark.parametrize("name", RECIPES)
def test_a_moment_of_sound_is_heard(listeners, name):
    [answer] = said(listeners(name), [SOUNDS[0][:200]])
    assert all(10.0 <= one.start <= one.end <= 10.6 for one in answer.segments)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("dia:DiaForConditionalGeneration", "it speaks"),
        ("voxtral:VoxtralForConditionalGeneration", "language model with an ear"),
        ("nemotron_asr_streaming:NemotronAsrStreamingForRNNT", "as it comes"),
    ],
)
def test_what_is_not_run_here_is_refused_with_the_reason(tmp_path, kind, reason):
    model_type, name = kind.split(":")
    settings = {"model_type": model_type, "architectures": [name]}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    checkpoint = Checkpoint(tmp_path, name="org/model")
    assert checkpoint.architecture == "speech-encoder-decoder"
    with pytest.raises(Unsupported, match=reason):
        opened("local", checkpoint, choose(checkpoint, "cpu"))


# --- as backends --------------------------------------------------------------------------------


class Contract(BackendContract):
    name = ""
    windows = 2.0
    decoding = None

    def make_backend(self):
        """With windows of all sound: a drone is no speech."""
        checkpoint = Checkpoint(tiny_speech(self.name), name=self.name)
        return Transcribing("local", checkpoint, listener(self.name), cutter=self.everything)

    def everything(self, sound, most):
        return windows(sound, most=min(most, self.windows), activity=False)

    def example_requests(self):
        asked = (Transcribe().request(Media.open(drone(3.0, seed))) for seed in range(3))
        return [replace(request, decoding=self.decoding) for request in asked]


class TestFrames(Contract):
    name = "wav2vec2"


class TestTransducer(Contract):
    name = "parakeet-tdt"


class TestWriting(Contract):
    name = "moonshine"
    windows = 0.8
    decoding = Greedy()


def test_a_folder_that_hears_is_run_by_who_hears():
    folder = str(tiny_speech("hubert"))
    decision = Tasks(model=folder).transcribe.explain(SOUNDS[0])
    assert (decision.backend, decision.model) == ("speech-encoder-decoder", folder)


def test_a_drone_is_no_speech():
    heard = Tasks(model=str(tiny_speech("hubert"))).transcribe(drone(3.0), timestamps="word")
    assert (heard.value.text, heard.value.segments) == ("", ())
