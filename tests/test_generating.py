"""Local checkpoints through transformers say what `generate`, called by hand, says."""

from dataclasses import replace

import pytest
import torch
from oracle import expected, source_of
from s2s_transformers.opening import opened
from tiny import DECODERS, ENCODER_DECODERS, load, make

from s2s_tasks import Beam, Greedy, Sample
from s2s_tasks.exchange import Completion, Request

torch.set_num_threads(1)

TEXTS = [
    "The river rose all night and the old bridge was closed.",
    "Two red cats sleep.",
    "Nobody had asked the miller, who kept silent about the mark on his door in the morning.",
    "Where is the station?",
]
NAMES = [*ENCODER_DECODERS, *DECODERS]
TRANSLATORS = {"marian", "m2m100", "nllb", "mbart", "mbart50"}
LIMIT = 12

# How it is asked of us, and how of `generate`.
WAYS = {
    "greedy": (Greedy(), {"do_sample": False, "num_beams": 1}),
    "greedy with penalties": (
        Greedy(no_repeat_ngram=2, repetition_penalty=1.3),
        {"do_sample": False, "num_beams": 1, "no_repeat_ngram_size": 2, "repetition_penalty": 1.3},
    ),
    "beam": (
        Beam(3, length_penalty=0.8, early_stopping=True, no_repeat_ngram=3),
        {
            "do_sample": False,
            "num_beams": 3,
            "length_penalty": 0.8,
            "early_stopping": True,
            "no_repeat_ngram_size": 3,
        },
    ),
    "sample": (
        Sample(temperature=0.8, top_k=40, top_p=0.95, min_p=0.01, seed=11),
        {
            "do_sample": True,
            "num_beams": 1,
            "temperature": 0.8,
            "top_k": 40,
            "top_p": 0.95,
            "min_p": 0.01,
            "seed": 11,
        },
    ),
}
PLAIN = {"repetition_penalty": 1.0, "no_repeat_ngram_size": 0, "min_length": 0}


@pytest.fixture(scope="module")
def backends():
    """Each checkpoint opened once."""
    found = {}

    def of(name):
        if name not in found:
            found[name] = opened("local", str(make(name)), device="cpu", dtype="float32")
        return found[name]

    yield of
    for backend in found.values():
        backend.close()


def request(name, text, decoding=None):
    if name in TRANSLATORS:
        params = {"to": "de", "source": "en"}
        return Request("translate", (text,), instruction="-", params=params, decoding=decoding)
    return Request("summarize", (text,), instruction="Say less.", decoding=decoding)


def asked(name, text):
    """The oracle's inputs for the same."""
    task = "translate" if name in TRANSLATORS else "summarize"
    return source_of(name, text, task=task, prompt=f"Say less.\n\n{text}")


def complete(backend, requests):
    found = dict(backend.complete(requests))
    return [found[n] for n in range(len(requests))]


def ids(completion):
    assert isinstance(completion, Completion), completion
    return completion.raw.ids


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_tokens_are_those_of_generate(backends, name, way):
    decoding, settings = WAYS[way]
    for text in TEXTS[:2]:
        [answer] = complete(
            backends(name), [request(name, text, replace(decoding, max_tokens=LIMIT))]
        )
        inputs, told = asked(name, text)
        extra = 1 if model_forces_a_beginning(name, told) else 0
        settings_ = {**PLAIN, **settings, "max_new_tokens": LIMIT + extra}
        assert ids(answer) == expected(name, inputs, told, **settings_)[0]


def model_forces_a_beginning(name, told):
    model, _ = load(name)
    return "forced_bos_token_id" in told or model.generation_config.forced_bos_token_id is not None
