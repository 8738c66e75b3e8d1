"""Local checkpoints through transformers say what `generate`, called by hand, says."""

import threading
from dataclasses import replace

import pytest
import torch
from oracle import expected, source_of
from s2s_transformers.opening import opened
from tiny import DECODERS, ENCODER_DECODERS, load, make

from s2s_tasks import Beam, Finish, Greedy, Sample
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
PLAIN = {
    "repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "min_length": 0,
    "forced_eos_token_id": None,
}


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


# -- alone, together, streamed, on threads


DECODINGS = {way: replace(decoding, max_tokens=LIMIT) for way, (decoding, _) in WAYS.items()}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_batch_says_what_its_requests_say_alone(backends, name, way):
    backend = backends(name)
    requests = [request(name, text, DECODINGS[way]) for text in TEXTS]
    alone = [complete(backend, [one])[0] for one in requests]
    together = complete(backend, requests)
    assert [ids(one) for one in together] == [ids(one) for one in alone]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_a_stream_says_what_the_whole_answer_says(backends, name, way):
    backend = backends(name)
    one = request(name, TEXTS[0], DECODINGS[way])
    [whole] = complete(backend, [one])
    *pieces, end = backend.stream(one)
    assert "".join(pieces) == whole.partial
    assert end.raw.ids == whole.raw.ids


@pytest.mark.parametrize("name", ["t5", "marian", "llama", "qwen2", "mamba"])
def test_sixteen_threads_get_what_one_gets(backends, name):
    backend = backends(name)
    decodings = [DECODINGS["greedy"], *(Sample(seed=n, max_tokens=LIMIT) for n in range(3))]
    requests = [request(name, text, how) for text in TEXTS for how in decodings]
    expected_ = [ids(complete(backend, [one])[0]) for one in requests]
    found = {}

    def ask(number):
        at = number % len(requests)
        found[number] = (at, ids(complete(backend, [requests[at]])[0]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert all(got == expected_[at] for at, got in found.values())


@pytest.mark.parametrize("name", ["t5", "llama"])
def test_each_request_of_a_batch_keeps_to_its_own_seed_limit_and_stop(backends, name):
    backend = backends(name)
    requests = [
        request(name, TEXTS[0], Sample(seed=seed, max_tokens=limit))
        for seed, limit in ((1, 5), (2, 9), (1, 12))
    ]
    one, other, longer = (ids(answer) for answer in complete(backend, requests))
    assert one == longer[: len(one)]
    assert one != other[: len(one)]
    assert [len(found) <= limit for found, limit in ((one, 5), (other, 9), (longer, 12))]


@pytest.mark.parametrize("name", ["t5", "bart", "llama"])
def test_several_results_are_the_answer_and_its_alternatives(backends, name):
    backend = backends(name)
    beam = Beam(4, results=3, max_tokens=LIMIT)
    [answer] = complete(backend, [request(name, TEXTS[0], beam)])
    inputs, told = asked(name, TEXTS[0])
    settings = {"do_sample": False, "num_beams": 4, "num_return_sequences": 3, **PLAIN}
    extra = 1 if model_forces_a_beginning(name, told) else 0
    rows = expected(name, inputs, told, **settings, max_new_tokens=LIMIT + extra)
    assert [answer.raw.ids, *(others for others, _ in answer.raw.others)] == rows


@pytest.mark.parametrize("name", ["t5", "llama"])
def test_an_output_ends_at_a_stop_string_and_says_it_is_whole(backends, name):
    backend = backends(name)
    [whole] = complete(backend, [request(name, TEXTS[0], Greedy(max_tokens=40))])
    stop = whole.partial[5:8]
    [stopped] = complete(backend, [request(name, TEXTS[0], Greedy(max_tokens=40, stop=(stop,)))])
    assert stopped.text == whole.partial[: whole.partial.index(stop)]
    assert len(stopped.raw.ids) < len(whole.raw.ids)


@pytest.mark.parametrize("name", ["t5", "llama"])
def test_a_cut_output_says_so(backends, name):
    [answer] = complete(backends(name), [request(name, TEXTS[0], Greedy(max_tokens=1))])
    assert answer.finish is Finish.LENGTH
