"""Encoders say what transformers, called by hand, says: labels of a text, and its vector."""

import json
import os
import random
import threading
import time
from dataclasses import replace

import pytest
import tiny
import torch
from s2s_transformers.device import choose
from s2s_transformers.encoder import EncoderOnly
from s2s_transformers.pooling import MODES, pooling_of
from tiny_quiet import quiet

from s2s_tasks import (
    BackendError,
    BadInput,
    BadSetting,
    Cancelled,
    NotConfigured,
    OutOfTime,
    Tasks,
    TooLong,
    Unsupported,
)
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.errors import ForkedAfterLoad
from s2s_tasks.exchange import Completion, Request, Signal
from s2s_tasks.testing import BackendContract

torch.set_num_threads(1)

TEXTS = [
    "The river rose all night and the old bridge was closed.",
    "Two red cats sleep.",
    "Nobody had asked the miller, who kept silent about it.",
    "Where?",
]
LABELS = ("refund", "bug", "praise")
CLASSIFIERS = ("bert-classify", "roberta-classify", "modernbert-classify")
EMBEDDERS = ("bert-embed", "modernbert-embed")
HYPOTHESIS = "This text is about {}."


def opened(folder, **options):
    return EncoderOnly.open(Checkpoint(folder, name=folder.name), **{"device": "cpu", **options})


@pytest.fixture(scope="module")
def backends():
    """Each checkpoint opened once."""
    found = {}
    return lambda name: (
        found.setdefault(name, None) or found.update({name: opened(tiny.make(name))}) or found[name]
    )


def classify(text, labels=LABELS, *, multiple=False):
    params = {"multiple": "true"} if multiple else {}
    return Request("classify", (text,), labels=tuple(labels), params=params)


def embed(text):
    return Request("embed", (text,))


def answered(backend, *requests):
    found = dict(backend.complete(requests))
    return [found[at] for at in range(len(requests))]


def scores(backend, request):
    [completion] = answered(backend, request)
    return completion.output.by_label


def vector(backend, text):
    [completion] = answered(backend, embed(text))
    return torch.tensor(completion.output.values)


def by_hand(name, *texts):
    """The output of the model and the mask of its input."""
    model, tokenizer = tiny.load(name)
    inputs = tokenizer(*texts, return_tensors="pt")
    with torch.inference_mode():
        return model(**inputs), inputs["attention_mask"]


def changed(name, to, file="config.json", **settings):
    """A copy of a checkpoint with other settings in one of its files."""
    folder = tiny.copied(name, to)
    told = json.loads((folder / file).read_text("utf-8")) if (folder / file).is_file() else {}
    (folder / file).write_text(json.dumps({**told, **settings}), "utf-8")
    return folder


# --- labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSIFIERS)
@pytest.mark.parametrize("labels", [LABELS, ("praise", "refund")])
def test_a_classifier_shares_out_among_the_labels_asked_for(backends, name, labels):
    for text in TEXTS:
        logits = by_hand(name, text)[0].logits[0]
        share = logits[[LABELS.index(label) for label in labels]].softmax(0)
        expected = dict(zip(labels, share.tolist(), strict=True))
        assert scores(backends(name), classify(text, labels)) == pytest.approx(expected, abs=1e-5)


def test_several_labels_get_the_classifiers_own_probabilities(backends):
    own = by_hand("bert-classify", TEXTS[0])[0].logits[0].softmax(0).tolist()
    [answer] = answered(backends("bert-classify"), classify(TEXTS[0], LABELS[:2], multiple=True))
    assert list(answer.output.by_label.values()) == pytest.approx(own[:2], abs=1e-5)
    assert "trained to choose one label" in answer.warnings[0]


def test_a_model_of_several_labels_scores_each_for_itself(tmp_path):
    folder = changed("bert-classify", tmp_path, problem_type="multi_label_classification")
    expected = by_hand("bert-classify", TEXTS[0])[0].logits[0].sigmoid().tolist()
    [answer] = answered(opened(folder), classify(TEXTS[0], multiple=True))
    assert list(answer.output.by_label.values()) == pytest.approx(expected, abs=1e-5)
    assert not answer.warnings


def test_a_choice_that_was_not_asked_for_is_told(backends):
    best = LABELS[int(by_hand("bert-classify", TEXTS[0])[0].logits.argmax())]
    others = [label for label in LABELS if label != best]
    without, whole = answered(
        backends("bert-classify"), classify(TEXTS[0], others), classify(TEXTS[0])
    )
    assert repr(best) in without.warnings[0]
    assert not whole.warnings


def test_labels_are_matched_in_any_case_and_named_as_asked(backends):
    found = scores(backends("bert-classify"), classify(TEXTS[0], ("BUG", "Refund")))
    plain = scores(backends("bert-classify"), classify(TEXTS[0], ("bug", "refund")))
    assert found == {"BUG": plain["bug"], "Refund": plain["refund"]}


@pytest.mark.parametrize("labels", [("refund", "joy"), ("bug", "BUG")])
def test_labels_that_it_was_not_trained_on_are_refused(backends, labels):
    client = Tasks(backend=backends("bert-classify"))
    with pytest.raises(Unsupported, match=r"'joy'.*'refund', 'bug', 'praise'|one label for two"):
        client.classify(TEXTS[1], labels=labels)


@pytest.mark.parametrize("multiple", [False, True])
def test_zero_shot_is_that_of_transformers(backends, multiple):
    from transformers import pipeline

    labels = ["rain", "the old mill", "cats"]
    model, tokenizer = tiny.load("bert-nli")
    model.config.label2id = {label: at for at, label in model.config.id2label.items()}
    with quiet():
        asked = pipeline("zero-shot-classification", model=model, tokenizer=tokenizer)
        found = asked(TEXTS[:2], labels, hypothesis_template=HYPOTHESIS, multi_label=multiple)
    for text, one in zip(TEXTS, found, strict=False):
        expected = dict(zip(one["labels"], one["scores"], strict=True))
        ours = scores(backends("bert-nli"), classify(text, labels, multiple=multiple))
        assert ours == pytest.approx(expected, abs=1e-5)


def test_an_entailment_model_of_two_classes_is_asked_against_all_else(tmp_path):
    names = {"0": "Entailment", "1": "not_entailment", "2": "not_entailment_either"}
    folder = changed("bert-nli", tmp_path, id2label=names)
    logits = by_hand("bert-nli", TEXTS[0], HYPOTHESIS.format("rain"))[0].logits[0]
    found = scores(opened(folder), classify(TEXTS[0], ("rain", "cats"), multiple=True))
    assert found["rain"] == pytest.approx(logits.softmax(0)[0].item(), abs=1e-5)


def test_an_embedder_names_the_nearest_label_and_says_how(backends):
    text, *labels = (vector(backends("bert-embed"), one) for one in (TEXTS[1], *LABELS))
    cosines = torch.stack([torch.dot(text, label) for label in labels])
    [answer] = answered(backends("bert-embed"), classify(TEXTS[1]))
    expected = (cosines / 0.05).softmax(0).tolist()
    assert list(answer.output.by_label.values()) == pytest.approx(expected, abs=1e-4)
    assert "not calibrated" in answer.warnings[-1]


def test_an_embedder_does_not_say_whether_several_labels_apply(backends):
    with pytest.raises(Unsupported, match="multiple"):
        Tasks(backend=backends("bert-embed")).classify(TEXTS[1], labels=LABELS, multiple=True)


# --- a classifier that has learned something ------------------------------------------------

SAYINGS = {
    "refund": ("send my money back", "i want my payment returned", "please pay me back"),
    "bug": ("it crashed again", "the screen stays black", "it fails with an error"),
    "praise": ("thank you for this", "what a lovely thing", "i like it very much"),
}
OPENINGS = ("hello", "dear team", "hi there", "good morning", "well", "to whom it concerns")


def letters(*, new):
    """Texts and their labels: those for training, or those where an opening meets a new saying."""
    said = [
        (f"{opening}, {saying}", label)
        for at, opening in enumerate(OPENINGS)
        for row, (label, sayings) in enumerate(SAYINGS.items())
        for column, saying in enumerate(sayings)
        if new == ((at + row + column) % 4 == 0)
    ]
    random.Random(1).shuffle(said)
    return tuple(zip(*said, strict=True))


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    folder = tiny.copied("bert-classify", tmp_path_factory.mktemp("learned"))
    calm = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    with quiet():
        model = BertForSequenceClassification(BertConfig.from_pretrained(folder, **calm))
        tokenizer = tiny.load("bert-classify")[1]
    texts, wanted = letters(new=False)
    inputs = tokenizer(texts, padding=True, return_tensors="pt")
    wanted = torch.tensor([LABELS.index(label) for label in wanted])
    steps = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(80):
        model(**inputs, labels=wanted).loss.backward()
        steps.step()
        steps.zero_grad()
    model.save_pretrained(folder)
    return opened(folder)


def test_a_learned_classifier_is_right_about_new_texts(learned):
    texts, labels = letters(new=True)
    results = Tasks(backend=learned).classify.map(texts, labels=LABELS)
    assert [result.value.label for result in results] == [*labels]


def test_one_call_gives_label_scores_and_what_it_cost(learned):
    result = Tasks(backend=learned).classify("well, the screen stays black", labels=LABELS)
    assert (result.value.label, result.backend) == ("bug", "encoder-only")
    assert sum(result.value.scores.values()) == pytest.approx(1)
    assert result.value.scores["bug"] > 0.9
    assert result.cost == 0
    assert result.usage.input_tokens > 5


# --- embeddings -----------------------------------------------------------------------------


def test_a_mean_is_that_of_all_tokens_at_unit_length(backends):
    for text in TEXTS:
        output, mask = by_hand("bert-embed", text)
        tokens, weights = output.last_hidden_state[0], mask[0, :, None]
        mean = (tokens * weights).sum(0) / weights.sum()
        torch.testing.assert_close(
            vector(backends("bert-embed"), text), mean / mean.norm(), atol=1e-5, rtol=0
        )


def test_a_checkpoint_that_pools_by_its_first_token_is_kept_to(backends):
    for text in TEXTS:
        first = by_hand("modernbert-embed", text)[0].last_hidden_state[0, 0]
        torch.testing.assert_close(
            vector(backends("modernbert-embed"), text), first / first.norm(), atol=1e-5, rtol=0
        )


def test_a_plain_encoder_embeds_and_says_that_nobody_taught_it_to(backends, tmp_path):
    folder = tiny.copied("bert-embed", tmp_path)
    (folder / "modules.json").unlink()
    (folder / "sentence_bert_config.json").unlink()
    [answer] = answered(opened(folder), embed(TEXTS[0]))
    [listed] = answered(backends("bert-embed"), embed(TEXTS[0]))
    assert answer.output.values == pytest.approx(listed.output.values, abs=1e-5)
    assert "does not say that it was trained to embed" in answer.warnings[0]
    assert not listed.warnings


TOKENS = torch.tensor([[[1.0, 4.0], [3.0, 2.0], [9.0, 9.0]], [[1.0, 1.0], [2.0, 2.0], [6.0, 0.0]]])
MASK = torch.tensor([[1, 1, 0], [1, 1, 1]])


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("cls", [[1, 4], [1, 1]]),
        ("max", [[3, 4], [6, 2]]),
        ("mean", [[2, 3], [3, 1]]),
        ("mean_sqrt_len_tokens", [[4 / 2**0.5, 6 / 2**0.5], [9 / 3**0.5, 3 / 3**0.5]]),
        ("weightedmean", [[7 / 3, 8 / 3], [23 / 6, 5 / 6]]),
        ("lasttoken", [[3, 2], [6, 0]]),
    ],
)
def test_tokens_are_pooled_without_padding(mode, expected):
    torch.testing.assert_close(MODES[mode](TOKENS, MASK), torch.tensor(expected).float())


def listed(folder, *kinds, **pooling):
    """The folder with a list of modules: Transformer, Pooling and those of the given kinds."""
    paths = {
        "Transformer": "",
        **{kind: f"{at}_{kind}" for at, kind in enumerate(("Pooling", *kinds), 1)},
    }
    told = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (kind, path) in enumerate(paths.items())
    ]
    (folder / "modules.json").write_text(json.dumps(told), "utf-8")
    (folder / "1_Pooling").mkdir(exist_ok=True)
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("pooling", "modes"),
    [
        ({"pooling_mode": "lasttoken"}, ("lasttoken",)),
        ({"pooling_mode": ["cls", "mean"]}, ("cls", "mean")),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, ("cls", "mean")),
        ({"pooling_mode_lasttoken": True}, ("lasttoken",)),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, ("mean_sqrt_len_tokens",)),
        ({"pooling_mode_weightedmean_tokens": True}, ("weightedmean",)),
        ({}, ("mean",)),
    ],
)
def test_both_ways_to_write_a_pooling_are_read(tmp_path, pooling, modes):
    assert pooling_of(Checkpoint(listed(tmp_path, **pooling))).modes == modes


def test_what_comes_after_the_pooling_is_done_in_its_order(tmp_path, backends):
    from safetensors.torch import save_file

    folder = listed(tiny.copied("bert-embed", tmp_path), "Dense", "Normalize", pooling_mode="mean")
    torch.manual_seed(3)
    weight, bias = torch.randn(8, 64), torch.randn(8)
    (folder / "2_Dense").mkdir()
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense/model.safetensors")
    told = {
        "in_features": 64,
        "out_features": 8,
        "activation_function": "torch.nn.modules.activation.Tanh",
    }
    (folder / "2_Dense/config.json").write_text(json.dumps(told), "utf-8")
    mean = by_hand("bert-embed", TEXTS[0])[0].last_hidden_state[0].mean(0)
    expected = torch.tanh(weight @ mean + bias)
    torch.testing.assert_close(
        vector(opened(folder), TEXTS[0]), expected / expected.norm(), atol=1e-5, rtol=0
    )


def test_vectors_keep_the_length_that_the_checkpoint_gives_them(tmp_path):
    folder = listed(tiny.copied("bert-embed", tmp_path), pooling_mode="mean")
    mean = by_hand("bert-embed", TEXTS[0])[0].last_hidden_state[0].mean(0)
    torch.testing.assert_close(vector(opened(folder), TEXTS[0]), mean, atol=1e-5, rtol=0)


@pytest.mark.parametrize("include", [True, False])
def test_a_default_prompt_stands_before_the_text(tmp_path, include):
    folder = listed(
        tiny.copied("bert-embed", tmp_path), pooling_mode="mean", include_prompt=include
    )
    told = {"prompts": {"query": "search: ", "document": ""}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(told), "utf-8")
    tokens = by_hand("bert-embed", "search: " + TEXTS[1])[0].last_hidden_state[0]
    prompt = len(tiny.load("bert-embed")[1]("search: ")["input_ids"]) - 1
    expected = tokens[0 if include else prompt :].mean(0)
    torch.testing.assert_close(vector(opened(folder), TEXTS[1]), expected, atol=1e-5, rtol=0)


def test_prompts_of_which_none_is_the_default_are_told(tmp_path):
    folder = changed(
        "bert-embed", tmp_path, "config_sentence_transformers.json", prompts={"query": "query: "}
    )
    [answer] = answered(opened(folder), embed(TEXTS[0]))
    assert "query" in answer.warnings[0]


def test_letters_are_lowered_where_the_embedder_was_trained_so(tmp_path):
    folder = changed("modernbert-embed", tmp_path, "sentence_bert_config.json", do_lower_case=True)
    backend = opened(folder)
    torch.testing.assert_close(vector(backend, "TWO Red Cats"), vector(backend, "two red cats"))


@pytest.mark.parametrize("kinds", [("LSTM",), ("../Dense",)])
def test_a_module_that_is_not_known_is_refused(tmp_path, kinds):
    folder = listed(tiny.copied("bert-embed", tmp_path), *kinds, pooling_mode="mean")
    with pytest.raises(NotConfigured, match=r"modules\.json"):
        opened(folder)


# --- together as alone ----------------------------------------------------------------------


def requests_for(backend, texts=TEXTS):
    if "embed" in backend.capabilities.tasks:
        return [*map(embed, texts), *map(classify, texts)]
    return [*map(classify, texts)]


def flat(answer):
    assert isinstance(answer, Completion), answer
    output = answer.output
    return (
        [*getattr(output, "values", ())]
        if hasattr(output, "values")
        else [*output.by_label.values()]
    )


@pytest.mark.parametrize("name", [*tiny.ENCODERS])
def test_a_batch_gives_what_its_requests_give_alone(backends, name):
    backend = backends(name)
    requests = requests_for(backend, [*TEXTS, "So " * 9, *TEXTS])
    random.Random(7).shuffle(requests)
    for request, together in zip(requests, answered(backend, *requests), strict=True):
        [alone] = answered(backend, request)
        assert flat(together) == pytest.approx(flat(alone), abs=1e-5)


_NLI = {"id2label": {0: "entailment", 1: "neutral", 2: "contradiction"}, "pad_token_id": 0}
_PLAIN = {"vocab_size": 400, "max_position_embeddings": 130, **_NLI}
_DEEP = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    **_PLAIN,
}
_RELATIVE = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0}
_SIDES = {
    f"{side}_{what}": size
    for side in ("encoder", "decoder")
    for what, size in {"layers": 2, "attention_heads": 2, "ffn_dim": 64}.items()
}
FAMILIES = {
    "Albert": {**_DEEP, "embedding_size": 16},
    "Bart": {**_PLAIN, **_SIDES, "d_model": 32, "eos_token_id": 3},
    "ConvBert": _DEEP,  # convolutions see the padding
    "DebertaV2": {**_DEEP, **_RELATIVE, "position_buckets": 16},
    "DistilBert": {**_PLAIN, "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "FNet": _DEEP,  # Fourier transforms, too, and there is no mask
    "MPNet": _DEEP,
    "Qwen2": {**_DEEP, "num_key_value_heads": 2},  # looks back only, and asks its last token
    "XLMRoberta": {**_DEEP, "type_vocab_size": 1},
}


@pytest.mark.parametrize("family", FAMILIES)
def test_families_that_pad_differently_give_what_they_give_by_hand(tmp_path, family):
    import transformers

    folder, (_, tokenizer) = tiny.copied("bert-nli", tmp_path), tiny.load("bert-nli")
    torch.manual_seed(1)
    with quiet():
        config = getattr(transformers, f"{family}Config")(**FAMILIES[family])
        model = getattr(transformers, f"{family}ForSequenceClassification")(config).eval()
        for weight in model.parameters():
            if weight.dim() > 1:
                torch.nn.init.normal_(weight, std=0.3)  # else all answers are much alike
        model.save_pretrained(folder)
        found = answered(opened(folder), *[classify(text) for text in TEXTS])
    typed = getattr(config, "type_vocab_size", 0) > 1
    for text, answer in zip(TEXTS, found, strict=True):
        inputs = [
            tokenizer(text, HYPOTHESIS.format(label), return_tensors="pt") for label in LABELS
        ]
        kept = [{k: v for k, v in one.items() if typed or k != "token_type_ids"} for one in inputs]
        with torch.inference_mode():
            logits = torch.stack([model(**one).logits[0, 0] for one in kept])
        assert flat(answer) == pytest.approx(logits.softmax(0).tolist(), abs=1e-5)


@pytest.mark.parametrize("name", ["bert-nli", "bert-embed"])
def test_sixteen_threads_at_once_get_the_answers_of_one(backends, name):
    backend = backends(name)
    requests = requests_for(backend)
    expected = [flat(answer) for answer in answered(backend, *requests)]
    found, start = {}, threading.Barrier(16)

    def ask(number):
        start.wait(10)
        mine = requests[number % 4 :] + requests[: number % 4]
        answers = [flat(answer) for answer in answered(backend, *mine)]
        back = len(mine) - number % 4
        found[number] = answers[back:] + answers[:back]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 16
    for answers in found.values():
        for one, other in zip(answers, expected, strict=True):
            assert one == pytest.approx(other, abs=1e-5)


def test_what_several_requests_wait_for_is_read_once(backends, monkeypatch):
    backend, read = backends("bert-embed"), []
    vectors = backend._network.vectors

    def spy(rows, watch):
        read.extend(rows)
        return vectors(rows, watch)

    monkeypatch.setattr(backend._network, "vectors", spy)
    answered(backend, *[classify(text) for text in (*TEXTS, *TEXTS)])
    assert len(read) == len(TEXTS) + len(LABELS)


@pytest.mark.parametrize("name", [*tiny.ENCODERS])
def test_a_model_that_padding_does_not_touch_reads_all_lengths_in_one_pass(
    backends, name, monkeypatch
):
    backend, passes = backends(name), []
    backend.warm()
    run = backend._network._run
    spy = lambda model, rows: passes.append(len(rows)) or run(model, rows)  # noqa: E731
    monkeypatch.setattr(backend._network, "_run", spy)
    answered(backend, *map(classify, TEXTS[:2]))
    assert len(passes) == 1


def test_a_bad_request_fails_alone(backends):
    backend = backends("bert-classify")
    bad = [classify("x \ud800"), classify("so it goes " * 500), classify("x", ("joy", "bug"))]
    good, *failed, last = answered(backend, classify(TEXTS[0]), *bad, classify(TEXTS[0]))
    assert [type(error) for error in failed] == [BadInput, TooLong, BackendError]
    assert good == last
    assert isinstance(good, Completion)


# --- what a text may hold -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bert-classify", "a [SEP] b [CLS][PAD] [MASK]"),
        ("bert-nli", "a [SEP] b [CLS][PAD]"),
        ("roberta-classify", "a </s></s> b <pad> <mask>"),
        ("modernbert-embed", "a [SEP] b[CLS][PAD]"),
    ],
)
def test_a_control_token_in_the_text_stays_text(backends, name, text):
    backend = backends(name)
    control = backend._skill.codec.control
    for request in requests_for(backend, [text]):
        reading = backend._skill.readings[request.task]
        plain = reading.rows(replace(request, parts=("a b",)))
        for row, other in zip(reading.rows(request), plain, strict=True):
            assert [one for one in row if one in control] == [
                one for one in other if one in control
            ]
    assert all(
        isinstance(answer, Completion)
        for answer in answered(backend, *requests_for(backend, [text]))
    )


@pytest.mark.parametrize("name", ["bert-classify", "bert-embed"])
def test_what_does_not_fit_is_an_error_and_never_cut(backends, name):
    client, text = Tasks(backend=backends(name)), "so it goes " * 200
    with pytest.raises(TooLong):
        client.embed([TEXTS[0], text]) if name == "bert-embed" else client.classify(
            text, labels=LABELS
        )


def test_a_long_label_that_leaves_no_room_is_an_error(backends):
    [error, fine] = answered(
        backends("bert-nli"), classify(TEXTS[2], ("cats", "so it goes " * 30)), classify(TEXTS[2])
    )
    assert isinstance(error, TooLong)
    assert isinstance(fine, Completion)


def test_every_position_is_used_and_none_beyond(tmp_path):
    """RoBERTa has two positions that no token gets."""
    folder = changed("roberta-classify", tmp_path, "tokenizer_config.json", model_max_length=10**30)
    backend = opened(folder)
    assert backend.capabilities.context == 130 - 2 - 2
    fits = " ".join("a" for _ in range(200))
    while backend.count_tokens(fits) > backend.capabilities.context:
        fits = fits.removesuffix(" a")
    assert backend.count_tokens(fits) == backend.capabilities.context
    whole, beyond = answered(backend, classify(fits), classify(f"{fits} a"))
    assert isinstance(whole, Completion)
    assert isinstance(beyond, TooLong)


def test_the_least_of_all_limits_holds(backends):
    limits = {name: backends(name).capabilities.context for name in tiny.ENCODERS}
    assert limits["bert-embed"] == 64 - 2  # sentence_bert_config.json
    assert limits["bert-classify"] == 128 - 2  # tokenizer_config.json


# --- being stopped --------------------------------------------------------------------------


class Patience(Signal):
    """A signal that runs out of patience at its n-th check."""

    def __init__(self, checks, error):
        super().__init__()
        self.left, self.error = checks, error

    def check(self):
        self.left -= 1
        if self.left < 0:
            raise self.error


def test_a_pass_is_stopped_between_its_layers(backends):
    backend = backends("bert-classify")
    backend.warm()
    patience = Patience(3, Cancelled("enough"))  # before it, in the network, at the first layer
    [error] = answered(backend, replace(classify(TEXTS[0]), signal=patience))
    assert isinstance(error, Cancelled)
    assert patience.left == -1


@pytest.mark.parametrize("checks", [0, 1, 2, 3])
def test_who_is_out_of_time_stops_nobody_else(backends, checks):
    backend = backends("bert-nli")
    late = Patience(checks, OutOfTime("late", limit="total"))
    first, error, last = answered(
        backend, classify(TEXTS[0]), replace(classify(TEXTS[1]), signal=late), classify(TEXTS[2])
    )
    assert isinstance(error, OutOfTime)
    assert flat(first) == pytest.approx(flat(*answered(backend, classify(TEXTS[0]))), abs=1e-5)
    assert isinstance(last, Completion)


def test_a_fork_is_told_at_once(backends, monkeypatch):
    backend = backends("bert-classify")
    monkeypatch.setattr(os, "getpid", lambda: -1)
    began = time.monotonic()
    with pytest.raises(ForkedAfterLoad):
        answered(backend, classify(TEXTS[0]))
    assert time.monotonic() - began < 0.1


# --- opening --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"architectures": ["BertForTokenClassification"]}, "BertForTokenClassification"),
        ({"id2label": {"0": "LABEL_0"}}, "one output"),
    ],
)
def test_a_model_for_something_else_is_refused(tmp_path, settings, match):
    with pytest.raises(Unsupported, match=match):
        opened(changed("bert-classify", tmp_path, **settings))


def test_a_model_that_transformers_does_not_have_is_told(tmp_path):
    with pytest.raises(NotConfigured, match=r"config\.json"):
        opened(changed("bert-classify", tmp_path, model_type="no-such-model"))


def test_weights_that_are_missing_are_named(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny.copied("bert-classify", tmp_path)
    held = load_file(folder / "model.safetensors")
    del held["classifier.weight"]
    save_file(held, folder / "model.safetensors", metadata={"format": "pt"})
    with quiet(), pytest.raises(NotConfigured, match=r"classifier\.weight"):
        answered(opened(folder), classify(TEXTS[0]))


def test_weights_of_another_shape_are_refused(tmp_path):
    folder = changed("bert-classify", tmp_path, hidden_size=32)
    with quiet(), pytest.raises(NotConfigured):
        opened(folder).warm()


def test_a_model_saved_with_its_mask_head_embeds(tmp_path, backends):
    from transformers import BertConfig, BertForMaskedLM

    folder = tiny.copied("bert-embed", tmp_path)
    with quiet():
        model = BertForMaskedLM(BertConfig.from_pretrained(folder))
        model.bert.load_state_dict(tiny.load("bert-embed")[0].state_dict(), strict=False)
        model.save_pretrained(folder)
    assert json.loads((folder / "config.json").read_text("utf-8"))["architectures"] == [
        "BertForMaskedLM"
    ]
    with quiet():
        found = vector(opened(folder), TEXTS[0])
    torch.testing.assert_close(found, vector(backends("bert-embed"), TEXTS[0]), atol=1e-5, rtol=0)


# --- where and with which numbers -----------------------------------------------------------


def stored(tmp_path, **config):
    (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    return Checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"device": "tpu"}, "unknown"),
        ({"device": "cuda:x"}, "unknown"),
        ({"device": "cuda:99"}, "not on this machine"),
        ({"dtype": "int3"}, "unknown"),
    ],
)
def test_a_place_that_is_not_there_is_refused(tmp_path, settings, match):
    with pytest.raises(BadSetting, match=match):
        choose(stored(tmp_path), **settings)


def test_the_call_wins_over_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("S2S_DEVICE", "cpu")
    monkeypatch.setenv("S2S_DTYPE", "bfloat16")
    assert choose(stored(tmp_path)).dtype == torch.bfloat16
    found = choose(stored(tmp_path), device="CPU", dtype="float32")
    assert (found.device.type, found.dtype) == ("cpu", torch.float32)


@pytest.mark.parametrize(
    ("dtype", "fast", "expected"),
    [
        ("float32", True, torch.float32),
        ("bfloat16", True, torch.bfloat16),
        ("float16", True, torch.bfloat16),
        ("bfloat16", False, torch.float32),
    ],
)
def test_a_cpu_takes_half_precision_only_where_it_is_stored_and_fast(
    tmp_path, monkeypatch, dtype, fast, expected
):
    for name in ("S2S_DEVICE", "S2S_DTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": fast})
    for key in ("dtype", "torch_dtype"):
        writer = stored(tmp_path, architectures=["LlamaForCausalLM"], **{key: dtype})
        assert choose(writer, device="cpu").dtype == expected
        encoder = stored(tmp_path, architectures=["BertModel"], **{key: dtype})
        assert choose(encoder, device="cpu").dtype == torch.float32


def test_a_model_runs_in_bfloat16_when_told(backends):
    exact = scores(backends("bert-classify"), classify(TEXTS[0]))
    rough = scores(opened(tiny.make("bert-classify"), dtype="bfloat16"), classify(TEXTS[0]))
    assert rough == pytest.approx(exact, abs=0.05)
    assert rough != exact


# --- the contract of every backend ----------------------------------------------------------


class Contract(BackendContract):
    name = ""

    def make_backend(self):
        return opened(tiny.make(self.name))

    def example_requests(self):
        return [classify(text) for text in TEXTS[:3]]


class TestClassifier(Contract):
    name = "bert-classify"


class TestZeroShot(Contract):
    name = "bert-nli"


class TestEmbedder(Contract):
    name = "bert-embed"

    def example_requests(self):
        return [embed(text) for text in TEXTS[:3]]
