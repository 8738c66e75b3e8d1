"""Local models under a mask: valid whatever the weights, the same alone, in a batch, streamed, on threads."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import jsonschema
import pytest
import torch
from s2s_transformers.engine import TorchEngine
from s2s_transformers.opening import opened
from tiny import copied

from s2s_tasks import Beam, Greedy, InvalidOutput, PromptLookup, Sample, Tasks
from s2s_tasks.exchange import Completion, Enforces, Finish, Request
from s2s_tasks.form import Choice, Grammar, Regex
from s2s_tasks.schema import Schema

torch.set_num_threads(1)

NAMES = ["llama", "mamba", "bamba", "gemma", "bart", "t5", "marian"]
WAYS = {
    "greedy": Greedy(max_tokens=160),
    "beam": Beam(3, max_tokens=160),
    "sample": Sample(seed=5, top_p=0.95, max_tokens=160),
}
PET = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "kind": {"enum": ["cat", "dog"]},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 3},
    },
    "required": ["name", "kind", "age", "tags"],
    "additionalProperties": False,
}
TEXTS = ["Tom is a cat.", "Rex, the dog, is nine years old and likes to swim.", "Mia sleeps."]


@pytest.fixture(scope="module")
def backends(tmp_path_factory):
    """Each checkpoint opened once, with room for a schema in its prompt."""
    found = {}

    def of(name):
        if name not in found:
            found[name] = open_(name, tmp_path_factory.mktemp(name))
        return found[name]

    yield of
    for backend in found.values():
        backend.close()


def open_(name, folder):
    place = copied(name, folder)
    config = json.loads((place / "config.json").read_text())
    if name in {"llama", "gemma", "bamba"}:  # whose positions have no weights
        config["max_position_embeddings"] = 2_048
    config.pop("task_specific_params", None)  # it does anything
    (place / "config.json").write_text(json.dumps(config))
    return opened("local", str(place), device="cpu", dtype="float32")


def request(name, text=TEXTS[0], decoding=WAYS["greedy"], schema=PET):
    del name
    shape = Schema.of(schema)
    return Request("extract", (text,), instruction="Extract.", schema=shape, decoding=decoding)


def answer(backend, asked):
    [(_, found)] = backend.complete([asked])
    assert isinstance(found, Completion), found
    return found


def valid(completion, schema=PET):
    Schema.of(schema).read(completion.text)
    jsonschema.Draft202012Validator(schema).validate(json.loads(completion.text))
    return True


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", NAMES)
def test_it_is_valid_and_the_same_alone_in_a_batch_and_streamed(backends, name, way):
    backend = backends(name)
    asked = [request(name, text, WAYS[way]) for text in TEXTS]
    alone = [answer(backend, one) for one in asked]
    assert all(map(valid, alone))
    assert {one.enforced for one in alone} == {Enforces.BY_MASK}
    together = dict(backend.complete(asked))
    assert [together[n].output for n in range(len(TEXTS))] == [one.output for one in alone]
    *pieces, last = backend.stream(asked[1])
    assert "".join(pieces) == last.output == alone[1].output


def by_hand(backend, asked, pick):
    """One pass through the model for each token, and the engine itself for the mask."""
    source = backend._asked(asked).source
    walk, ids = source.mask.walk(), []
    with backend.engine._model() as model, torch.inference_mode():
        while len(ids) < source.search.limit and not walk.over:
            row = torch.tensor([[*source.ids, *ids]])
            logits = model(input_ids=row).logits[0, -1]
            bits = walk.allowed()
            banned = [n for n in range(len(logits)) if not bits[n // 8] >> n % 8 & 1]
            logits[banned] = -torch.inf
            token = walk.forced[0] if walk.forced else pick(logits)
            walk.step(token)
            ids.append(token)
    return source.mask.text(ids)


def test_greedy_takes_the_likeliest_of_what_is_allowed(backends):
    for name in ("llama", "mamba"):
        backend, asked = backends(name), request(name)
        expected = by_hand(backend, asked, lambda logits: int(logits.argmax()))
        assert answer(backend, asked).output == expected


def test_a_draw_is_among_what_is_allowed_by_its_own_seed(backends):
    chance = torch.Generator().manual_seed(7)

    def pick(logits):
        shares = torch.softmax(logits, -1)
        if int((shares > 0).sum()) == 1:
            return int(shares.argmax())
        return int(torch.multinomial(shares, 1, generator=chance))

    backend, asked = backends("llama"), request("llama", decoding=Sample(seed=7, max_tokens=160))
    assert answer(backend, asked).output == by_hand(backend, asked, pick)


@pytest.mark.parametrize("way", ["greedy", "sample"])
def test_skipping_forced_runs_changes_nothing_and_saves_passes(backends, monkeypatch, way):
    backend, asked = backends("llama"), request("llama", decoding=WAYS[way])
    passes = []
    with backend.engine._model() as model:
        hook = model.register_forward_hook(lambda *_: passes.append(1))
        skipped, few = answer(backend, asked), len(passes)
        monkeypatch.setattr(TorchEngine, "_skips", lambda *_: False)
        backend.engine.close()  # no prompt is remembered
        plain, all_ = answer(backend, asked), len(passes) - few
        hook.remove()
    assert skipped.raw.ids == plain.raw.ids
    assert few < all_ - 20


def test_prompt_lookup_under_a_mask_changes_nothing(backends):
    backend = backends("llama")
    plain = answer(backend, request("llama"))
    ahead = Greedy(max_tokens=160, speculation=PromptLookup(4))
    assert answer(backend, request("llama", decoding=ahead)).output == plain.output


def test_every_result_of_several_is_valid(backends):
    backend = backends("llama")
    for decoding in (
        Sample(seed=2, results=3, max_tokens=160),
        Beam(4, results=3, max_tokens=160),
    ):
        found = answer(backend, request("llama", decoding=decoding))
        assert valid(found)
        assert found.alternatives
        for text in found.alternatives:
            valid(replace(found, output=text))


def test_an_output_that_is_cut_is_no_data(backends):
    for way in (Greedy(max_tokens=12), Beam(2, max_tokens=12), Sample(seed=1, max_tokens=12)):
        found = answer(backends("llama"), request("llama", decoding=way))
        assert found.finish is Finish.LENGTH
        assert len(found.raw.ids) == 12


def test_masked_and_free_requests_may_share_a_batch(backends):
    backend = backends("llama")
    free = Request("summarize", (TEXTS[1],), decoding=WAYS["greedy"])
    asked = [request("llama"), free, request("llama", schema={"type": "boolean"})]
    found = dict(backend.complete(asked))
    assert [found[n].output for n in range(3)] == [answer(backend, one).output for one in asked]
    assert [found[n].enforced for n in range(3)] == [
        Enforces.BY_MASK,
        Enforces.NOT,
        Enforces.BY_MASK,
    ]


def test_threads_share_a_mask(backends):
    backend = backends("llama")
    asked = [request("llama", text, WAYS["sample"]) for text in TEXTS]
    alone = [answer(backend, one).output for one in asked]
    gate = threading.Barrier(8)

    def work(number):
        gate.wait()
        return answer(backend, asked[number % 3]).output

    with ThreadPoolExecutor(8) as pool:
        assert [*pool.map(work, range(8))] == [alone[n % 3] for n in range(8)]


@pytest.mark.parametrize(
    ("form", "check"),
    [
        (Choice(("refund", "bug", "praise")), {"refund", "bug", "praise"}.__contains__),
        (Regex("[a-c]{3}-[0-9]"), lambda text: text[3] == "-"),
        (Grammar('start: "x=" ("1" | "2")'), {"x=1", "x=2"}.__contains__),
    ],
    ids=["choice", "regex", "grammar"],
)
def test_a_form_holds_every_kind_of_model(backends, form, check):
    for name in NAMES:
        asked = Request("summarize", (TEXTS[0],), form=form, decoding=WAYS["greedy"])
        found = answer(backends(name), asked)
        assert found.finish is Finish.STOP
        assert check(found.output)


def test_a_schema_that_no_mask_can_hold_is_told_in_words_and_said_so(backends):
    found = answer(
        backends("llama"), request("llama", schema={"type": "array", "uniqueItems": True})
    )
    assert found.enforced is Enforces.NOT
    assert any("uniqueItems" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("name", "asked", "option"),
    [
        ("bart", {"schema": {"type": "array", "uniqueItems": True}}, "schema"),
        ("llama", {"form": Regex("(?=a)")}, "regex"),
        ("llama", {"form": Grammar("start: nothing")}, "grammar"),
        ("llama", {"schema": PET, "decoding": Greedy(no_repeat_ngram=2)}, "decoding"),
    ],
    ids=["reads no words", "look-around", "no such rule", "no repeats"],
)
def test_what_cannot_be_held_is_refused_before_work(backends, name, asked, option):
    asked = {**asked, "schema": Schema.of(asked["schema"])} if "schema" in asked else asked
    [misfit] = backends(name).misfits(Request("extract", ("Hello",), **asked))
    assert misfit.option == option


def test_labels_of_a_classification_come_out_of_any_model(backends):
    result = Tasks(backend=backends("llama")).classify(TEXTS[0], labels=["refund", "bug", "praise"])
    assert result.value.label in {"refund", "bug", "praise"}
    assert result.enforced is Enforces.BY_MASK


def test_extract_is_typed_and_says_how_it_was_enforced(backends):
    client = Tasks(backend=backends("llama"))
    result = client.extract(TEXTS[0], schema=PET, decoding=Greedy(max_tokens=160))
    assert result.value["kind"] in {"cat", "dog"}
    assert result.enforced is Enforces.BY_MASK


def test_without_a_mask_an_answer_that_is_no_json_is_an_error(backends):
    client = Tasks(backend=backends("llama"))
    unheld = {"type": "array", "uniqueItems": True}
    result = next(
        iter(client.extract.map([TEXTS[0]], schema=unheld, decoding=Greedy(max_tokens=9)))
    )
    assert not result.ok
    assert result.raw is not None
    assert isinstance(result.error, InvalidOutput) or result.finish is Finish.LENGTH


def test_codegen_keeps_to_a_grammar(backends):
    client = Tasks(backend=backends("llama"))
    result = client.codegen("a sum", language="calc", grammar=Grammar('start: "1" ("+" "1")*'))
    assert set(result.value) <= set("1+")
    assert result.enforced is Enforces.BY_MASK


def test_a_backend_named_by_its_name_masks_too(backends):
    folder = backends("llama").model
    client = Tasks(backend="local", model=folder)
    result = client.codegen("a sum", language="calc", grammar=Grammar('start: "1" ("+" "1")*'))
    assert result.enforced is Enforces.BY_MASK


def test_a_prompt_is_remembered_under_a_mask(backends):
    backend = backends("llama")
    answer(backend, request("llama"))
    assert answer(backend, request("llama", TEXTS[0] + " Yes.")).usage.cache_read_tokens > 100
