"""Recordings in a language of tones: nothing lost or doubled, whatever the length, shape and trouble."""

import random
import threading
import time
import tracemalloc
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tone_ear import WORDS, ToneEar, apart, by_loudness, checkpoint, sound, transcribing, wav

from s2s_tasks import Beam, Greedy, InvalidOutput, Sample, Spoken, Tasks, Unsupported
from s2s_tasks.catalog import Transcribe
from s2s_tasks.errors import BackendError, BadInput, Cancelled, OutOfTime
from s2s_tasks.exchange import Completion, Media, Modality, Signal
from s2s_tasks.speech.engine import Heard
from s2s_tasks.speech.fallback import LADDER
from s2s_tasks.speech.listener import Listener, Said
from s2s_tasks.speech.transcribing import Transcribing
from s2s_tasks.speech.vocabulary import TICK, WhisperVocabulary
from s2s_tasks.speech.whisper import Whisper
from s2s_tasks.speech.window import RATE, Window
from s2s_tasks.testing import BackendContract

TIMES = ("none", "segment", "word")
ENDLESS = Heard((5,) * 220, ended=False, logprob=-0.2)


def sentences(count, seed=0, shortest=3, longest=9):
    rng = random.Random(seed)
    return [
        " ".join(rng.choice(WORDS) for _ in range(rng.randint(shortest, longest)))
        for _ in range(count)
    ]


def asked(recording, **settings):
    return Transcribe(**settings).request(recording)


def answer(backend, recording, **settings):
    [(_, completion)] = backend.complete([asked(recording, **settings)])
    return completion


def transcript(backend, recording, **settings):
    return Transcribe(**settings).read(answer(backend, recording, **settings))


def blind(seconds):
    """Windows of a length, wherever that cuts."""

    def cutter(blocks, most):
        whole, size = np.concatenate([*blocks]), round(seconds * RATE)
        for at in range(0, len(whole), size):
            piece = whole[at : at + size]
            start, end = at / RATE, (at + len(piece)) / RATE
            yield Window(start, piece, ((start, end),), forced=at + size < len(whole))

    return cutter


# --- everything that is said, once ---------------------------------------------------------


@pytest.mark.parametrize("times", TIMES)
def test_a_long_recording_is_written_whole_and_in_order(times):
    said = sentences(25)
    made = transcript(transcribing(ToneEar()), wav(sound(*said)), timestamps=times)
    assert made.text == " ".join(said)
    assert made.language == "en"
    assert not made.lost
    assert not made.silent


@pytest.mark.parametrize("pause", [0.6, 1.1, 2.0, 9.0])
def test_segments_and_words_have_their_times(pause):
    said = sentences(12)
    recording = wav(sound(*said, pause=pause))
    made = transcript(transcribing(ToneEar()), recording, timestamps="word")
    assert [segment.text for segment in made.segments] == said
    at = 0.3
    for segment in made.segments:
        assert segment.start == pytest.approx(at, abs=0.08)
        assert [word.text for word in segment.words] == segment.text.split()
        for number, word in enumerate(segment.words):
            assert at - 0.05 <= word.start <= word.end <= at + 0.5, (number, word)
            at += 0.46
        at += pause - 0.06
    assert made.duration == pytest.approx(at, abs=0.01)


@pytest.mark.parametrize("times", ["segment", "word"])
def test_no_segment_reaches_over_a_long_silence(times):
    said = ["ant bee cat", "dog eel", "fox gnu hen"]
    ear = ToneEar(breathless=True)
    made = transcript(transcribing(ear), wav(sound(*said, pause=20)), timestamps=times)
    assert [segment.text for segment in made.segments] == said
    assert [segment.start for segment in made.segments] == pytest.approx(
        [0.3, 21.62, 42.48], abs=0.08
    )
    assert all(segment.end - segment.start < 1.5 for segment in made.segments)
    assert ear.calls == [1]


def test_silence_is_not_heard():
    said = sentences(20)
    calls = []
    for pause in (1.0, 30.0):
        ear = ToneEar()
        assert transcript(transcribing(ear), wav(sound(*said, pause=pause))).text == " ".join(said)
        calls.append(sum(ear.calls))
    assert calls[1] <= calls[0] + 1


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("step", range(12))
def test_no_word_is_lost_or_doubled_wherever_a_window_is_cut(times, step):
    [said] = sentences(1, seed=step, shortest=60, longest=60)
    backend = transcribing(ToneEar(), cutter=blind(6 + 0.041 * step))
    assert transcript(backend, wav(sound(said)), timestamps=times).text == said


@pytest.mark.parametrize("times", TIMES)
def test_speech_without_a_pause_is_written_whole(times):
    [said] = sentences(1, shortest=200, longest=200)
    ear = ToneEar()
    assert transcript(transcribing(ear), wav(sound(said)), timestamps=times).text == said
    assert len(ear.calls) >= 4


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), min_size=1, max_size=8),
    st.floats(0.2, 6),
    st.sampled_from(TIMES),
)
def test_any_speech_is_written_whole_with_times_in_order(said, pause, times):
    recording = wav(sound(*map(" ".join, said), pause=pause))
    made = transcript(transcribing(ToneEar()), recording, timestamps=times)
    assert made.text == " ".join(word for sentence in said for word in sentence)
    marks = [mark for segment in made.segments for mark in (segment.start, segment.end)]
    assert marks == sorted(marks)
    assert 0 <= marks[0] <= marks[-1] <= made.duration
    for segment in made.segments if times == "word" else ():
        inner = [mark for word in segment.words for mark in (word.start, word.end)]
        assert [segment.start, *inner, segment.end] == sorted([segment.start, *inner, segment.end])


def test_what_was_spent_is_counted():
    completion = answer(transcribing(ToneEar()), wav(sound("ant bee")))
    assert completion.usage.audio_seconds == pytest.approx(1.76, abs=0.01)
    assert completion.usage.output_tokens > 0
    assert completion.cost == 0
    assert completion.model == "tones/tiny"


class TestContract(BackendContract):
    """What every backend promises, kept by any ear."""

    def make_backend(self):
        return transcribing(ToneEar())

    def example_requests(self):
        return [asked(wav(sound(*sentences(6, seed))), timestamps="segment") for seed in range(3)]

    def long_request(self):
        return asked(wav(sound(*sentences(200))))

    @contextmanager
    def opened(self):
        yield transcribing(ToneEar(delay=0.02))


@pytest.mark.parametrize("times", TIMES)
def test_a_batch_and_a_stream_say_what_one_alone_says(times):
    def tongue(words):
        return {"de": 0.45, "en": 0.3, "fr": 0.25} if "ant" in words else {"en": 1.0}

    requests = [
        asked(wav(sound(*sentences(9, seed, longest=14))), timestamps=times) for seed in range(3)
    ]
    found = dict(transcribing(ToneEar(batch=4, tongue=tongue)).complete(requests))
    for number, request in enumerate(requests):
        [(_, alone)] = transcribing(ToneEar(batch=1, tongue=tongue)).complete([request])
        *_, streamed = transcribing(ToneEar(batch=4, tongue=tongue)).stream(request)
        assert found[number] == alone == streamed


# --- many at once --------------------------------------------------------------------------


def test_windows_of_many_recordings_share_a_batch():
    ear = ToneEar(batch=4)
    said = sentences(8)
    backend = transcribing(ear)
    found = dict(backend.complete([asked(wav(sound(one))) for one in said]))
    assert [found[number].partial for number in range(8)] == said
    assert ear.calls == [4, 4]


def test_a_short_recording_does_not_wait_for_a_long_one():
    long, short = wav(sound(*sentences(40))), wav(sound("ant bee"))
    backend = transcribing(ToneEar(batch=4))
    assert next(iter(backend.complete([asked(long), asked(short)])))[0] == 1


def test_one_bad_recording_does_not_end_the_others():
    good = wav(sound("ant bee"))
    bad = Media(Modality.AUDIO, "audio/wav", good.data[:30])
    found = dict(transcribing(ToneEar()).complete([asked(one) for one in (good, bad, good)]))
    assert isinstance(found[1], BadInput)
    assert [found[0].partial, found[2].partial] == ["ant bee"] * 2


def test_one_that_is_stopped_does_not_end_the_others():
    good = asked(wav(sound("ant bee")))
    stopped = replace(asked(wav(sound("cat"))), signal=Signal())
    ear = ToneEar(mood=lambda words, _: stopped.signal.abort() if "cat" in words else None)
    found = dict(transcribing(ear).complete([good, stopped]))
    assert isinstance(found[1], Cancelled)
    assert found[0].partial == "ant bee"


def test_one_that_the_model_chokes_on_does_not_end_the_others():
    def choke(words, _):
        if "cat" in words:
            raise BackendError("too much")

    backend = transcribing(ToneEar(mood=choke))
    found = dict(backend.complete([asked(wav(sound(one))) for one in ("ant", "cat", "bee")]))
    assert str(found[1]) == "too much"
    assert [found[0].partial, found[2].partial] == ["ant", "bee"]


def test_a_map_over_files_goes_on_after_a_broken_one(tmp_path):
    for name, said in {"a": "ant bee", "c": "cat"}.items():
        (tmp_path / f"{name}.wav").write_bytes(wav(sound(said)).data)
    (tmp_path / "b.wav").write_bytes(b"RIFF....WAVE")
    client = Tasks(backend=transcribing(ToneEar()))
    results = [*client.transcribe.map([tmp_path / f"{name}.wav" for name in "abc"])]
    assert [one.ok for one in results] == [True, False, True]
    assert [results[0].value.text, results[2].value.text] == ["ant bee", "cat"]


def test_memory_does_not_grow_with_the_recording():
    """The windows of half an hour are 115 MB."""

    class Deaf(Listener):
        batch = 2
        held = 0

        def hear(self, windows, recordings):
            self.held = max(self.held, sum(len(window.samples) for window in windows))
            return [Said() for _ in windows]

    def hours(blocks, most):
        for _ in blocks:
            pass
        for number in range(60):
            yield Window(
                30.0 * number, np.zeros(30 * RATE, "f4"), ((30.0 * number, 30.0 * number + 30),)
            )

    listener = Deaf()
    heard = Transcribing("deaf", checkpoint(), listener, cutter=hours)
    recording = wav(sound("ant"))
    tracemalloc.start()
    completion = answer(heard, recording)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert listener.held == 2 * 30 * RATE
    assert peak < 10 * 4 * 30 * RATE
    assert completion.warnings == (
        "1800.0 s sound like speech, and the model heard no words in them",
    )


# --- silence -------------------------------------------------------------------------------


def test_a_recording_in_which_nobody_speaks_is_not_even_shown_to_the_model():
    ear = ToneEar(mood=lambda *_: Heard((70, 71), ended=True, logprob=-0.1))  # "Thank you."
    made = transcript(transcribing(ear), wav(np.zeros(60 * RATE, "f4")))
    assert made.silent
    assert made.segments == ()
    assert made.duration == 60
    assert ear.work == 0


def test_what_the_model_takes_for_silence_is_no_speech():
    told = Heard((70, 71), ended=True, logprob=-1.2, silence=0.7)
    ear = ToneEar(mood=lambda words, _: told if "cat" in words else None)
    made = transcript(transcribing(ear, cutter=apart), wav(sound("ant", "cat", "bee", pause=4)))
    assert made.text == "ant bee"
    assert len(ear.asked) == 3, "silence needs no second try"


@pytest.mark.parametrize(("logprob", "silence"), [(-0.9, 0.9), (-1.2, 0.5)])
def test_speech_is_silence_only_if_it_is_doubtful_as_well(logprob, silence):
    ear = ToneEar()
    backend = transcribing(ear)
    words = Heard(tuple(ear.spelled("dog")), ended=True, logprob=logprob, silence=silence)
    ear.mood = lambda words_, _: words
    assert transcript(backend, wav(sound("ant"))).text == "dog"


def test_marks_alone_are_no_speech():
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda *_: Heard(tuple(ear.vocabulary.encode(" ...")), ended=True, logprob=-0.1)
    completion = answer(backend, wav(sound("ant")))
    assert completion.partial == ""
    assert "heard no words" in completion.warnings[0]


# --- tries ---------------------------------------------------------------------------------


def loop(ear, word="dog", times=40):
    return Heard(tuple(ear.spelled(word) * times), ended=True, logprob=-0.1)


@pytest.mark.parametrize("bad", ["loop", "endless", "doubtful"])
def test_what_is_no_good_is_tried_again_hotter_and_hotter(bad):
    ear = ToneEar()
    backend = transcribing(ear)
    doubtful = Heard(tuple(ear.spelled("gnu")), ended=True, logprob=-1.5)
    made = {"loop": loop(ear), "endless": ENDLESS, "doubtful": doubtful}[bad]
    ear.mood = lambda _, decoding: None if decoding == LADDER[3] else made
    assert transcript(backend, wav(sound("ant bee"))).text == "ant bee"
    assert [wish.decoding for wish, _ in ear.asked] == list(LADDER[:4])


def test_only_the_windows_that_need_it_are_tried_again():
    ear = ToneEar(batch=3)
    backend = transcribing(ear, cutter=apart)
    ear.mood = lambda words, decoding: (
        loop(ear) if "cat" in words and decoding == Greedy() else None
    )
    assert transcript(backend, wav(sound("ant", "cat", "bee", pause=4))).text == "ant cat bee"
    assert ear.calls == [3, 1]


def test_of_doubtful_texts_the_likeliest_is_taken():
    ear = ToneEar()
    backend = transcribing(ear)

    def mood(_, decoding):
        heat = getattr(decoding, "temperature", 0.0)
        word = "fox" if heat == 0.6 else "gnu"
        return Heard(tuple(ear.spelled(word)), True, -1.1 if heat == 0.6 else -2 - heat)

    ear.mood = mood
    assert transcript(backend, wav(sound("ant"))).text == "fox"


@pytest.mark.parametrize("decoding", [Greedy(), Beam(5), Sample(0.4, seed=3)])
def test_a_decoding_that_is_asked_for_is_the_only_one(decoding):
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda *_: Heard(tuple(ear.spelled("gnu")), ended=True, logprob=-3)
    client = Tasks(backend=backend)
    assert client.transcribe(wav(sound("ant")), decoding=decoding).value.text == "gnu"
    assert [wish.decoding for wish, _ in ear.asked] == [decoding]


@pytest.mark.parametrize(
    ("decoding", "reason"),
    [
        (Greedy(max_tokens=20), "all that is said"),
        (Greedy(stop=("x",)), "all that is said"),
        (Beam(5, results=2), "one transcript"),
        (Sample(results=2), "one transcript"),
    ],
)
def test_a_decoding_that_cannot_be_honoured_is_refused(decoding, reason):
    ear = ToneEar()
    with pytest.raises(Unsupported, match=reason):
        Tasks(backend=transcribing(ear)).transcribe(wav(sound("ant")), decoding=decoding)
    assert ear.work == 0


# --- loops ---------------------------------------------------------------------------------


def test_a_window_that_never_ends_is_heard_again_in_parts():
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda words, _: ENDLESS if len(words) > 12 else None
    said = sentences(4, longest=5)
    made = transcript(backend, wav(sound(*said, pause=0.4)), timestamps="segment")
    assert made.text == " ".join(said)
    assert not made.lost


@pytest.mark.parametrize("times", TIMES)
def test_parts_that_cut_speech_lose_no_word(times):
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda words, _: ENDLESS if len(words) > 20 else None
    [said] = sentences(1, shortest=36, longest=36)
    assert transcript(backend, wav(sound(said)), timestamps=times).text == said


@pytest.mark.parametrize("astray", ["", "gnu gnu"])
@pytest.mark.parametrize("times", ["segment", "word"])
def test_a_line_that_is_begun_and_not_ended_is_heard_again(times, astray):
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda words, _: begun(ear, astray) if len(words) > 3 else None
    made = transcript(backend, wav(sound("ant bee cat", "dog eel")), timestamps=times)
    assert made.text == "ant bee cat dog eel"
    assert [segment.start for segment in made.segments] == pytest.approx([0.3, 2.22], abs=0.08)
    assert ear.calls == [1, 1]


def test_a_line_that_is_begun_for_ever_is_heard_no_more_than_three_times():
    ear = ToneEar()
    backend = transcribing(ear)
    ear.mood = lambda *_: begun(ear)
    transcript(backend, wav(sound(*["ant bee cat"] * 8)), timestamps="segment")
    assert ear.calls == [1, 1, 1]


def begun(ear, astray=""):
    """A line from 0.2 to 1.5 seconds of the window, and the beginning of another."""
    start, end, again = (
        ear.vocabulary.first_time + round(second / TICK) for second in (0.2, 1.5, 2.1)
    )
    words, more = (
        [token for word in text.split() for token in ear.spelled(word)]
        for text in ("ant bee cat", astray)
    )
    return Heard((start, *words, end, again, *more), ended=True, logprob=-0.1)


@pytest.mark.parametrize("trouble", ["loop", "endless"])
def test_what_only_repeats_itself_is_left_out_and_named(trouble):
    ear = ToneEar()
    backend = transcribing(ear, cutter=apart)
    bad = loop(ear) if trouble == "loop" else ENDLESS
    ear.mood = lambda words, _: bad if "cat" in words else None
    recording = wav(sound("ant", "cat", "bee", pause=4))
    completion = answer(backend, recording)
    assert completion.partial == "ant bee"
    [(start, end)] = completion.output.lost
    assert 4 < start < end < 6
    assert completion.warnings == (
        f"nothing could be written of {start:.1f} to {end:.1f} s, where somebody speaks",
    )
    result = Tasks(backend=backend).transcribe(recording)
    assert result.value.lost == ((start, end),)
    assert result.warnings == completion.warnings


def test_a_recording_of_which_nothing_can_be_written_is_no_silence():
    ear = ToneEar(mood=lambda *_: ENDLESS)
    client = Tasks(backend=transcribing(ear))
    with pytest.raises(InvalidOutput, match=r"from 0\.\d to 0\.\d s") as caught:
        client.transcribe(wav(sound("ant")))
    assert "language" in caught.value.hint
    assert caught.value.result.usage.output_tokens == 6 * 220


def test_the_same_words_in_window_after_window_are_a_loop_too():
    ear = ToneEar()
    backend = transcribing(ear, cutter=apart)
    ear.mood = lambda *_: Heard(tuple(ear.spelled("dog") * 2), ended=True, logprob=-0.1)
    made = transcript(backend, wav(sound(*["ant"] * 40, pause=4)))
    assert 0 < len(made.text.split()) < 24
    assert len(made.lost) >= 28


# --- languages and prompts -----------------------------------------------------------------


def steered(ear):
    """What stands in the prompts, as text."""
    known = ear.vocabulary._tokenizer
    return ["".join(map(known.id_to_token, prompt)) for _, prompt in ear.asked]


def test_the_language_is_guessed_once():
    ear = ToneEar(batch=1, tongue=lambda _: {"de": 0.8, "en": 0.2})
    made = transcript(transcribing(ear), wav(sound("ant", "bee", "cat", pause=4)))
    assert made.language == "de"
    assert ear.guessed == 1
    assert set(steered(ear)) == {"<|startoftranscript|><|de|><|transcribe|><|notimestamps|>"}


def test_a_language_that_is_told_is_not_guessed():
    ear = ToneEar()
    made = transcript(transcribing(ear), wav(sound("ant")), language="German")
    assert made.language == "de"
    assert ear.guessed == 0


def test_a_guess_in_doubt_is_made_again_with_more_to_hear():
    ear = ToneEar(
        batch=1,
        tongue=lambda words: (
            {"en": 0.4, "de": 0.35, "fr": 0.25} if words == ["ant"] else {"de": 0.9, "en": 0.1}
        ),
    )
    completion = answer(transcribing(ear, cutter=apart), wav(sound("ant", "bee", "cat", pause=4)))
    assert completion.output.language == "de"
    assert completion.warnings == ()
    assert ear.guessed == 2


def test_a_guess_that_stays_in_doubt_is_told():
    ear = ToneEar(tongue=lambda _: {"de": 0.4, "en": 0.3, "fr": 0.3})
    completion = answer(transcribing(ear), wav(sound("ant")))
    assert completion.output.language == "de"
    assert "German, with a probability of 0.40" in completion.warnings[0]


def test_translation_is_told_to_the_model_and_makes_english():
    ear = ToneEar(tongue=lambda _: {"de": 0.9, "en": 0.1})
    made = transcript(transcribing(ear), wav(sound("ant")), translate_to_english=True)
    assert made.language == "en"
    assert steered(ear) == ["<|startoftranscript|><|de|><|translate|><|notimestamps|>"]


def test_a_model_for_english_needs_no_guess_and_no_language():
    ear = ToneEar()
    backend = transcribing(ear, multilingual=False)
    assert transcript(backend, wav(sound("ant"))).language == "en"
    assert ear.guessed == 0
    assert steered(ear) == ["<|startoftranscript|><|notimestamps|>"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"language": "German"}, "does not know the language 'de'"),
        ({"translate_to_english": True}, "knows English only"),
    ],
)
def test_what_a_model_for_english_cannot_do_is_refused(settings, reason):
    client = Tasks(backend=transcribing(ToneEar(), multilingual=False))
    with pytest.raises(Unsupported, match=reason):
        client.transcribe(wav(sound("ant")), **settings)


def test_a_model_that_was_made_short_is_not_asked_to_translate():
    """As whisper-large-v3-turbo: it has the token, and was not trained for it."""
    kept = checkpoint()
    short = replace(kept)
    short._read["config.json"] = {**kept.config, "encoder_layers": 32, "decoder_layers": 4}
    ear = ToneEar()
    ear.knows(WhisperVocabulary.of(kept))
    client = Tasks(backend=Transcribing("tones", short, Whisper(short, ear), cutter=by_loudness))
    assert client.transcribe(wav(sound("ant"))).value.text == "ant"
    with pytest.raises(Unsupported, match="4 layers of 32"):
        client.transcribe(wav(sound("ant")), translate_to_english=True)


def test_a_language_that_the_model_has_no_token_for_is_refused():
    client = Tasks(backend=transcribing(ToneEar()))
    with pytest.raises(Unsupported, match="does not know the language 'sv'"):
        client.transcribe(wav(sound("ant")), language="sv")


def test_a_hint_stands_before_every_window():
    ear = ToneEar()
    recording = wav(sound("ant", "bee", pause=4))
    assert (
        transcript(transcribing(ear, cutter=apart), recording, prompt="gnu <|de|>").text
        == "ant bee"
    )
    assert len(ear.asked) == 2
    for told, (_, prompt) in zip(steered(ear), ear.asked, strict=True):
        assert told.startswith("<|startofprev|>")
        assert ear.vocabulary.decode(prompt) == " gnu <|de|>", "what a user writes steers nothing"
        assert ear.vocabulary.languages["de"] not in prompt


def test_a_hint_that_is_too_long_is_cut_at_its_beginning_and_told():
    ear = ToneEar()
    completion = answer(transcribing(ear), wav(sound("ant")), prompt="first " * 300 + "last")
    [(wish, prompt)] = ear.asked
    assert len(prompt) + wish.limit <= 448
    assert ear.vocabulary.decode(prompt).endswith("first last")
    assert "prompt is too long" in completion.warnings[0]


# --- streams -------------------------------------------------------------------------------


def test_a_stream_shows_its_first_segment_before_half_of_the_work_is_done():
    said = sentences(18)
    recording = wav(sound(*said)[: 60 * RATE])
    whole = ToneEar()
    list(transcribing(whole).stream(asked(recording, timestamps="segment")))
    ear = ToneEar()
    first = next(iter(transcribing(ear).stream(asked(recording, timestamps="segment"))))
    assert isinstance(first, Spoken)
    assert first.segments[0].text == said[0]
    assert ear.work < whole.work / 2


@pytest.mark.parametrize("times", TIMES)
def test_the_pieces_of_a_stream_make_up_the_transcript(times):
    said = sentences(25)
    *pieces, end = transcribing(ToneEar()).stream(asked(wav(sound(*said)), timestamps=times))
    assert isinstance(end, Completion)
    assert "".join(pieces) == end.partial == " ".join(said)
    assert tuple(one for piece in pieces for one in piece.segments) == end.output.segments
    heard = [piece.heard for piece in pieces]
    assert heard == sorted(heard)
    assert all(piece.duration == pytest.approx(end.output.duration, abs=0.1) for piece in pieces)


def test_a_stream_of_the_client_tells_segments_and_how_far_it_is():
    said = sentences(25)
    stream = Tasks(backend=transcribing(ToneEar())).transcribe.stream(
        wav(sound(*said)), timestamps="segment"
    )
    values = [piece.value for piece in stream]
    assert len(values) > 2
    counts = [len(value["segments"]) for value in values]
    assert counts == sorted(counts)
    assert values[0]["segments"][0]["text"] == said[0]
    assert 0 < values[0]["heard"] < values[-1]["heard"] <= values[-1]["duration"]
    assert [one["text"] for one in values[-1]["segments"]] == said
    assert stream.result.value.text == " ".join(said)


def test_a_stream_grows_its_batches():
    ear = ToneEar(batch=4)
    list(transcribing(ear, cutter=apart).stream(asked(wav(sound(*sentences(12), pause=4)))))
    assert ear.calls[:3] == [1, 2, 4]


def test_dropping_a_stream_lets_go_of_the_recording(tmp_path):
    path = tmp_path / "long.wav"
    path.write_bytes(wav(sound(*sentences(30))).data)
    pieces = transcribing(ToneEar()).stream(asked(Media.open(path)))
    next(pieces)
    pieces.close()
    path.rename(tmp_path / "elsewhere.wav")


# --- stopping ------------------------------------------------------------------------------


@pytest.mark.parametrize("streamed", [False, True], ids=["complete", "stream"])
def test_a_cancelled_recording_stops_within_a_quarter_of_a_second(streamed):
    signal = Signal()
    request = replace(asked(wav(sound(*sentences(200)))), signal=signal)
    backend = transcribing(ToneEar(delay=0.05))
    stopped = []

    def stop():
        signal.abort()
        stopped.append(time.monotonic())

    threading.Timer(0.4, stop).start()
    if streamed:
        with pytest.raises(Cancelled):
            list(backend.stream(request))
    else:
        [(_, error)] = backend.complete([request])
        assert isinstance(error, Cancelled)
    assert time.monotonic() - stopped[0] < 0.25


def test_a_deadline_is_kept():
    request = replace(asked(wav(sound(*sentences(200)))), signal=Signal(time.monotonic() + 0.3))
    began = time.monotonic()
    [(_, error)] = transcribing(ToneEar(delay=0.05)).complete([request])
    assert isinstance(error, OutOfTime)
    assert time.monotonic() - began < 0.3 + 0.25
