"""Text to ids and back: as transformers has it, but safe from threads and from what users write."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from families import FAMILIES, PLAIN, opened
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tiny import copied
from tiny_quiet import quiet

from s2s_tasks import BadInput, NotConfigured
from s2s_tasks.checkpoint import codec as codec_module
from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.folder import Checkpoint

WORDS = (
    "Hello", "world", "Äpfel", "station", "don't", "1,234.5", "مرحبا", "日本語", "한국어", "👩‍👩‍👧", "é",
    "e\u0301", "ﬁ", "　", " ", "  ", "\n", "\n\n", "\t", "\0", "▁", ".", " .", "'", "<", ">", "/", "|",
    "_", "#", "[", "]", "\u200b", "\ufeff", "\ufffd", "2en", "think", "Ġ",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=20).map("".join)


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    return opened(request.param, tmp_path_factory.mktemp("family"))


def plain(family, text):
    with quiet():
        return family.tokenizer(text, add_special_tokens=False).input_ids


@settings(max_examples=40, deadline=None)
@given(text=TEXTS)
def test_ids_are_those_of_transformers(family, text):
    ids = plain(family, text)
    assume(family.codec.control.isdisjoint(ids))
    assert family.codec.encode(text) == ids
    assert family.codec.marked(text) == ids
    with quiet():
        assert family.codec.wrapped(text) == family.tokenizer(text).input_ids
    assert family.codec.count(text) == len(family.codec.wrapped(text))


def test_pairs_are_joined_as_transformers_joins_them(family):
    if family.name == "bart-cut":
        pytest.skip("transformers cuts them")
    with quiet():
        both = family.tokenizer("Where is it?", "There.", return_token_type_ids=True)
    ids, types = family.codec.typed_pair("Where is it?", "There.")
    assert ids == family.codec.wrapped_pair("Where is it?", "There.") == both.input_ids
    if "token_type_ids" in family.tokenizer.model_input_names:
        assert types == both.token_type_ids


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_outputs_are_decoded_as_transformers_decodes_them(family, data):
    ids = data.draw(st.lists(st.integers(0, len(family.tokenizer) - 1), max_size=40))
    with quiet():
        expected = family.tokenizer.decode(ids, skip_special_tokens=True)
    assert family.codec.decode(ids) == expected


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_nothing_a_user_writes_becomes_a_control_token(family, data):
    controls = family.codec.controls[:12] + family.codec.controls[-12:]
    assert controls
    halves = {half for one in controls for half in (one[: len(one) // 2], one[len(one) // 2 :])}
    parts = st.sampled_from([*controls, *sorted(halves), " ", "\n", "word"])
    text = "".join(data.draw(st.lists(parts, max_size=10)))
    assert family.codec.control.isdisjoint(family.codec.encode(text))
    around = len(family.codec.wrapped("word")) - len(family.codec.encode("word"))
    found = [one for one in family.codec.wrapped(text) if one in family.codec.control]
    assert len(found) == around


def test_what_a_user_writes_is_kept_though_it_looks_like_a_control_token(family):
    if family.name == "marian-apart":
        pytest.skip("its outputs have another vocabulary")
    for one in family.codec.controls[:20]:
        said = family.codec.decode(family.codec.encode(f"a {one} b"))
        assert "".join(said.split()).lower() == f"a{one}b".lower()


def test_trusted_parts_alone_hold_control_tokens(family):
    control = family.codec.controls[-1]
    forged = family.codec.mixed([(f"a {control} b", False)])
    mixed = family.codec.mixed([("a ", False), (control, True), (" b", False)])
    assert forged == family.codec.encode(f"a {control} b")
    if not family.name.startswith(("marian", "m2m")):  # whose tokenizers know no templates
        assert mixed == family.codec.marked(f"a {control} b") == plain(family, f"a {control} b")
        assert family.codec.id_of(control) in mixed


def test_control_tokens_are_those_that_transformers_calls_special(family):
    special = set(family.tokenizer.all_special_ids) - {family.tokenizer.unk_token_id}
    assert special <= family.codec.control
    for token in family.codec.controls:
        assert family.codec.id_of(token) in family.codec.control
    assert family.codec.size == len(family.tokenizer)


def test_tokens_and_ids_stand_for_each_other(family):
    tokens = [family.codec.token_of(number) for number in range(family.codec.size)]
    assert tokens == family.tokenizer.convert_ids_to_tokens([*range(family.codec.size)])
    if family.name != "marian-apart":
        assert [family.codec.id_of(token) for token in tokens] == [*range(family.codec.size)]
    assert family.codec.id_of("no such token") is None


@pytest.mark.parametrize("text", ["a\ud800b", "\udfff", "😀"[:1] + "\udc00"])
def test_a_lone_surrogate_is_named(family, text):
    for take in (
        family.codec.encode,
        family.codec.wrapped,
        family.codec.marked,
        family.codec.count,
    ):
        with pytest.raises(BadInput, match=r"lone surrogate '\\ud"):
            take(text)


@pytest.mark.parametrize(("name", "token", "benign"), [
    ("qwen2-thinking", "<think>", "\n\n"),
    ("qwen2-late", "<|late|>", "late"),
    ("gpt2", "<|endoftext|>", "endoftext"),
    ("t5", "</s>", "/s"),
    ("t5", "<extra_id_3>", "extra"),
    ("t5-madlad", "<2zh_Latn>", "2zh"),
    ("marian-many", ">>deu<<", "deu"),
    ("m2m100", "__de__", "de"),
    ("nllb", "deu_Latn", "deu"),
])  # fmt: skip
def test_control_tokens_come_in_many_guises(tmp_path, name, token, benign):
    family = opened(name, tmp_path)
    assert token in family.codec.controls
    assert benign not in family.codec.controls
    assert plain(family, f"{token} a")[0:2].count(family.codec.id_of(token)) == 1
    assert family.codec.id_of(token) not in family.codec.encode(f"{token} a")


@pytest.mark.parametrize("name", PLAIN)
def test_huge_texts_are_counted_in_stretches(tmp_path, monkeypatch, name):
    codec = opened(name, tmp_path).codec
    text = "The station is where 12 trains meet; 日本語 too. " * 40
    exact = codec.count(text)
    monkeypatch.setattr(codec_module, "STRETCH", 200)
    assert 0 <= codec.count(text) - exact <= len(text) / 100 + 1
    assert codec.count("x" * 1000) > 0


@pytest.mark.parametrize("name", ["t5", "llama", "bert-classify", "marian"])
def test_threads_do_not_disturb_each_other(tmp_path, name):
    codec = opened(name, tmp_path).codec
    rng = random.Random(7)
    texts = [" ".join(rng.choices(WORDS, k=rng.randrange(8))) for _ in range(200)]
    texts += [f"{token} {text}" for token in codec.controls for text in texts[:3]]
    expected = [codec.wrapped(text) for text in texts]

    def work(seed):
        order = random.Random(seed)
        picks = [order.randrange(len(texts)) for _ in range(2_500)]
        return sum(codec.wrapped(texts[at]) != expected[at] for at in picks)

    with ThreadPoolExecutor(16) as pool:
        assert [*pool.map(work, range(16))] == [0] * 16


@pytest.mark.parametrize(("files", "said"), [
    ({}, "neither tokenizer.json, nor vocab.json"),
    ({"spiece.model": b"..."}, "neither tokenizer.json, nor vocab.json"),
    ({"tokenizer.json": b"{"}, "of it cannot be read: tokenizer.json: "),
    ({"tokenizer.json": b"{}"}, "of it cannot be read: tokenizer.json: "),
    ({"vocab.json": b"[]", "source.spm": b""}, "of it cannot be read: vocab.json: "),
    ({"vocab.json": b'{"</s>": 0}', "source.spm": b""}, "vocab.json has no '<unk>'"),
    ({"vocab.json": b'{"</s>": 0, "<unk>": 1}', "source.spm": b"?"}, "read: source.spm: "),
])  # fmt: skip
def test_a_folder_without_a_sound_tokenizer_is_refused(tmp_path, files, said):
    for file, content in files.items():
        (tmp_path / file).write_bytes(content)
    with pytest.raises(NotConfigured, match=said) as caught:
        codec_of(Checkpoint(tmp_path, "it"))
    assert caught.value.hint


def test_the_languages_of_wmt21_have_ids_of_their_own(tmp_path):
    folder = copied("m2m100", tmp_path)
    told = json.loads((folder / "tokenizer_config.json").read_text("utf-8"))
    told |= {"language_codes": "wmt21", "added_tokens_decoder": {}, "src_lang": "de"}
    told |= {"additional_special_tokens": [], "extra_special_tokens": []}
    (folder / "tokenizer_config.json").write_text(json.dumps(told), "utf-8")
    codec = codec_of(Checkpoint(folder, "wmt21"))
    words = len(json.loads((folder / "vocab.json").read_text("utf-8")))
    assert codec.id_of("__de__") == words + 7 == codec.wrapped("a")[0]
    assert codec.size == words + 8
