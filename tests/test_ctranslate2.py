"""CTranslate2 says what transformers says, together and alone, and needs no torch to say it."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
import torch
from s2s_ctranslate2.opening import opened as fast
from s2s_transformers.opening import opened as slow
from tiny import make
from tiny_quiet import quiet

from s2s_tasks import (
    BadSetting,
    Beam,
    Greedy,
    NotConfigured,
    PromptLookup,
    Sample,
    Tasks,
    Unsupported,
)
from s2s_tasks.checkpoint.conversion import ORIGINAL
from s2s_tasks.exchange import Completion, Finish, Request, Signal
from s2s_tasks.testing import BackendContract

torch.set_num_threads(1)

ENCODERS = ("t5", "mt5", "bart", "mbart", "mbart50", "pegasus", "marian", "m2m100", "nllb")
DECODERS = ("gpt2", "llama", "llama2", "qwen2", "gemma", "bloom")
NAMES = (*ENCODERS, *DECODERS)
REFUSED = ("t5gemma", "longt5", "led", "mpt", "mamba", "falcon_h1")
TRANSLATORS = {"marian", "m2m100", "nllb", "mbart", "mbart50"}
TEXTS = [
    "The river rose all night and the old bridge was closed.",
    "Two red cats sleep.",
    "Nobody had asked the miller, who kept silent about the mark on his door in the morning.",
    "Where is the station?",
]


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """Conversions of this file's tests."""
    before = os.environ.get("S2S_CACHE")
    os.environ["S2S_CACHE"] = str(tmp_path_factory.mktemp("converted"))
    yield os.environ["S2S_CACHE"]
    if before is None:
        del os.environ["S2S_CACHE"]
    else:
        os.environ["S2S_CACHE"] = before


def open_(name, compute="float32"):
    with quiet():
        return fast(str(make(name)), compute=compute)


def request(name, text, decoding=None):
    if name in TRANSLATORS:
        params = {"to": "de", "source": "en"}
        return Request("translate", (text,), params=params, decoding=decoding)
    return Request("summarize", (text,), instruction="Say less.", decoding=decoding)


def complete(backend, requests):
    found = dict(backend.complete(requests))
    return [found[n] for n in range(len(requests))]


def ids(answer):
    assert isinstance(answer, Completion), answer
    return answer.raw.ids


# -- the same as transformers


@pytest.mark.parametrize("decoding", [Greedy(max_tokens=12), Greedy(max_tokens=3)], ids=["12", "3"])
@pytest.mark.parametrize("name", NAMES)
def test_greedy_tokens_are_those_of_transformers(name, decoding):
    requests = [request(name, text, decoding) for text in TEXTS]
    own, other = open_(name), slow("local", str(make(name)), device="cpu", dtype="float32")
    found, expected = complete(own, requests), complete(other, requests)
    assert [ids(one) for one in found] == [ids(one) for one in expected]
    assert [one.finish for one in found] == [one.finish for one in expected]


@pytest.mark.parametrize("name", ["t5", "bart", "mbart50", "pegasus", "marian", "m2m100", "nllb"])
def test_beams_are_those_of_transformers(name):
    beam = Beam(3, early_stopping=True, max_tokens=12)
    requests = [request(name, text, beam) for text in TEXTS]
    own, other = open_(name), slow("local", str(make(name)), device="cpu", dtype="float32")
    assert [ids(one) for one in complete(own, requests)] == [
        ids(one) for one in complete(other, requests)
    ]


@pytest.mark.parametrize(
    "decoding", [Greedy(max_tokens=12), Beam(3, max_tokens=12)], ids=["greedy", "beam"]
)
@pytest.mark.parametrize("name", NAMES)
def test_alone_together_and_streamed_are_the_same(name, decoding):
    backend = open_(name)
    requests = [request(name, text, decoding) for text in TEXTS]
    alone = [complete(backend, [one])[0] for one in requests]
    assert [ids(one) for one in complete(backend, requests)] == [ids(one) for one in alone]
    *pieces, end = backend.stream(requests[0])
    assert "".join(pieces) == alone[0].partial
    assert ids(end) == ids(alone[0])


@pytest.mark.parametrize("name", ["t5", "llama"])
def test_each_request_of_a_batch_keeps_to_its_own_limit_and_stop(name):
    backend = open_(name)
    whole = ids(complete(backend, [request(name, TEXTS[0], Greedy(max_tokens=12))])[0])
    decodings = [Greedy(max_tokens=n) for n in (2, 12, 5)]
    found = complete(backend, [request(name, TEXTS[0], one) for one in decodings])
    assert [ids(one) for one in found] == [whole[:2], whole, whole[:5]]
    assert found[0].finish is Finish.LENGTH


def test_sixteen_threads_get_what_one_gets():
    backend = open_("marian")
    requests = [request("marian", text, Greedy(max_tokens=12)) for text in TEXTS]
    expected = [ids(one) for one in complete(backend, requests)]
    found = []
    threads = [
        threading.Thread(target=lambda: found.append([ids(a) for a in complete(backend, requests)]))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 16


class TestTranslator(BackendContract):
    """A tiny Marian with random weights; int8, as users have it."""

    plugin_module = "s2s_ctranslate2"
    limits_output = True

    def make_backend(self):
        return open_("marian", "int8")

    def make_spec(self):
        import s2s_ctranslate2

        return s2s_ctranslate2.s2s_backends()[0]

    def example_requests(self):
        return [request("marian", text, Greedy(max_tokens=20)) for text in TEXTS[:3]]


# -- what it cannot do


@pytest.mark.parametrize(
    ("name", "decoding", "why"),
    [
        ("t5", Sample(seed=1), "seed"),
        ("t5", Sample(min_p=0.1), "min_p"),
        ("t5", Greedy(speculation=PromptLookup()), "speculate"),
        ("t5", Beam(early_stopping="never"), "enough results"),
        ("llama", Greedy(no_repeat_ngram=2), "not of the prompt"),
    ],
)
def test_what_the_engine_cannot_honour_is_refused_before_work(name, decoding, why):
    with pytest.raises(Unsupported, match=why):
        Tasks(backend=open_(name)).summarize(TEXTS[0], decoding=decoding)


def test_a_beam_that_ends_early_unasked_says_so():
    backend = open_("marian")
    for early, said in ((False, True), (True, False)):
        asked = request("marian", "Two red cats sleep.", Beam(3, early_stopping=early))
        [(_, answer)] = backend.complete([asked])
        assert any("fill it" in warning for warning in answer.warnings) is said


@pytest.mark.parametrize("name", REFUSED)
def test_a_kind_that_it_cannot_run_is_named_with_the_way_out(name):
    with pytest.raises(NotConfigured, match="cannot run") as caught:
        open_(name)
    assert "local" in caught.value.hint


def test_an_encoder_is_refused():
    with pytest.raises(Unsupported, match="encoder-only"):
        open_("bert-embed")


def test_an_unknown_device_is_refused():
    with pytest.raises(BadSetting, match="tpu"):
        fast(str(make("t5")), device="tpu")


def test_an_unknown_compute_type_is_refused():
    with pytest.raises(BadSetting, match="int3"):
        open_("t5", "int3")


# -- stopping


@pytest.mark.parametrize(
    "decoding", [Greedy(max_tokens=20_000), Beam(5, max_tokens=2_000)], ids=["greedy", "beam"]
)
def test_work_that_is_stopped_ends_within_a_quarter_of_a_second(decoding):
    backend, signal = open_("gpt2"), Signal()
    one = replace(request("gpt2", TEXTS[0], decoding), signal=signal)
    threading.Timer(0.05, signal.abort).start()
    began = time.monotonic()
    outcomes = dict(backend.complete([one]))
    assert time.monotonic() - began < 0.3
    assert not outcomes or "stopped" in str(outcomes[0]) or outcomes[0].whole


# -- conversion


def test_a_checkpoint_is_converted_once(cache):
    open_("t5", "int8")
    folders = {path: path.stat().st_mtime_ns for path in _folders(cache)}
    open_("t5", "int8")
    assert {path: path.stat().st_mtime_ns for path in _folders(cache)} == folders


def test_a_damaged_conversion_is_made_anew(cache):
    before = _folders(cache)
    first = open_("pegasus", "int8")
    [folder] = _folders(cache) - before or {first.engine._folder}
    weights = bytearray((folder / "model.bin").read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / "model.bin").write_bytes(weights)
    again = open_("pegasus", "int8")
    found, expected = (
        ids(complete(one, [request("pegasus", TEXTS[0], Greedy(max_tokens=9))])[0])
        for one in (again, first)
    )
    assert found == expected


def test_a_converted_folder_of_ones_own_is_opened_and_checked(tmp_path):
    folder = shutil.copytree(open_("t5").engine._folder, tmp_path / "own")
    found = ids(complete(fast(str(folder)), [request("t5", TEXTS[0], Greedy(max_tokens=9))])[0])
    assert found
    (folder / ORIGINAL / "config.json").write_text("{}")
    with pytest.raises(NotConfigured, match="not as it was converted"):
        fast(str(folder))


def test_a_converted_checkpoint_runs_without_torch_and_transformers():
    code = """
import sys
for name in ("torch", "transformers"):
    sys.modules[name] = None  # as if they were not installed
from s2s_ctranslate2.opening import opened
from s2s_tasks.exchange import Request
from s2s_tasks import Greedy
request = Request("translate", ("Two red cats.",), params={"to": "de"}, decoding=Greedy(max_tokens=9))
[(_, answer)] = opened(sys.argv[1], compute="float32").complete([request])
print(*answer.raw.ids)
"""
    folder = open_("marian").engine._folder
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    here = complete(open_("marian"), [request("marian", "Two red cats.", Greedy(max_tokens=9))])
    assert tuple(map(int, done.stdout.split())) == ids(here[0])


def test_converting_without_torch_says_what_to_install():
    code = """
import sys
sys.modules["torch"] = sys.modules["transformers"] = None
from s2s_ctranslate2.opening import opened
try:
    opened(sys.argv[1], compute="int16")
except Exception as error:
    print(type(error).__name__, error, error.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(make("t5"))], capture_output=True, text=True, check=True
    )
    assert "MissingExtra" in done.stdout
    assert "local,fast" in done.stdout


def _folders(cache):
    from pathlib import Path

    return set((Path(cache) / "ctranslate2").iterdir())


def test_the_settings_of_the_checkpoint_travel_with_it():
    folder = open_("t5").engine._folder
    assert "task_specific_params" in json.loads((folder / ORIGINAL / "config.json").read_text())
