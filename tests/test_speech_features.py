"""Log-mel features against those of transformers."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_quiet import quiet
from tiny_whisper import tiny_whisper

from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.errors import BadInput, NotConfigured
from s2s_tasks.speech.features import LogMel
from s2s_tasks.speech.window import RATE

WINDOW = 30 * RATE
LENGTHS = (
    1,
    10,
    159,
    160,
    199,
    200,
    201,
    400,
    12_345,
    WINDOW - 300,
    WINDOW - 41,
    WINDOW - 1,
    WINDOW,
)


def reference(samples, bins, seconds=30):
    from transformers import WhisperFeatureExtractor

    extractor = WhisperFeatureExtractor(bins, chunk_length=seconds)
    return extractor(samples, sampling_rate=RATE, return_tensors="np").input_features[0]


def noise(size, level=0.1, seed=0):
    return (np.random.default_rng(seed).standard_normal(size) * level).astype(np.float32)


def tones(size):
    at = np.arange(size) / RATE
    return (0.3 * np.sin(880 * np.pi * at) + 0.1 * np.sin(6_000 * np.pi * at)).astype(np.float32)


@pytest.mark.parametrize("bins", [80, 128])
@pytest.mark.parametrize("size", LENGTHS)
@pytest.mark.parametrize("level", [1e-5, 0.1, 1.0])
def test_features_are_those_of_transformers(bins, size, level):
    samples = noise(size, level)
    found = LogMel(bins, 30).of(samples)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, reference(samples, bins), rtol=0, atol=1e-4)


@pytest.mark.parametrize("bins", [80, 128])
def test_tones_have_the_features_of_transformers(bins):
    # Its float32 transform is less exact than ours where it is 80 dB below the tone.
    samples = tones(5 * RATE)
    np.testing.assert_allclose(LogMel(bins, 30).of(samples), reference(samples, bins), atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 10 * RATE), st.integers(0, 2**32 - 1), st.floats(1e-4, 1))
def test_any_sound_has_the_features_of_transformers(size, seed, level):
    samples = noise(size, level, seed)
    np.testing.assert_allclose(LogMel(80, 10).of(samples), reference(samples, 80, 10), atol=1e-4)


def test_silence_and_no_sound_are_the_same():
    features = LogMel(80, 30)
    silence = features.of(np.zeros(WINDOW, np.float32))
    np.testing.assert_allclose(features.of(noise(0)), silence, atol=1e-6)


def test_more_sound_than_a_window_is_refused_rather_than_cut():
    with pytest.raises(BadInput, match=r"30\.00 s of sound are more than a window of 10 s"):
        LogMel(80, 10).of(noise(WINDOW))


def test_a_checkpoint_says_its_window():
    features = LogMel.from_checkpoint(Checkpoint(tiny_whisper()))
    assert (features.bins, features.seconds, features.frames) == (80, 30, 3000)


def checkpoint(folder, config=None, **files):
    told = {"config": config or {"model_type": "whisper"}, **files}
    for name, content in told.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return Checkpoint(folder, "mine")


SAID = {"feature_size": 128, "chunk_length": 10, "n_fft": 400, "hop_length": 160}
OLD = {"preprocessor_config": SAID}
NEW = {"processor_config": {"feature_extractor": SAID}}


@pytest.mark.parametrize("files", [OLD, NEW, {**OLD, **NEW}], ids=["old", "new", "both"])
def test_settings_are_read_under_either_name(tmp_path, files):
    features = LogMel.from_checkpoint(checkpoint(tmp_path, **files))
    assert (features.bins, features.seconds) == (128, 10)


def test_a_window_counts_in_samples_where_they_are_told(tmp_path):
    files = {"preprocessor_config": {"n_samples": 8 * RATE, "chunk_length": 30}}
    assert LogMel.from_checkpoint(checkpoint(tmp_path, **files)).seconds == 8


def test_without_settings_the_config_tells_the_bins(tmp_path):
    found = checkpoint(tmp_path, {"model_type": "whisper", "num_mel_bins": 128})
    assert LogMel.from_checkpoint(found).bins == 128


def test_features_of_another_kind_are_refused(tmp_path):
    files = {"preprocessor_config": {**SAID, "hop_length": 320}}
    with pytest.raises(NotConfigured, match="mine hears with hop_length=320"):
        LogMel.from_checkpoint(checkpoint(tmp_path, **files))


def test_what_transformers_saves_is_read(tmp_path):
    from transformers import WhisperFeatureExtractor

    with quiet():
        WhisperFeatureExtractor(128, chunk_length=20).save_pretrained(tmp_path)
    features = LogMel.from_checkpoint(checkpoint(tmp_path))
    assert (features.bins, features.seconds) == (128, 20)
