"""The tiny checkpoints are real ones: loaded by transformers' own classes, and they speak."""

import json

import pytest
import torch
from tiny import DECODERS, ENCODER_DECODERS, ENCODERS, NAMES, RECIPES, copied, load, make
from tiny_quiet import quiet

TEXTS = ("Where is the station?", "Sie kaufte drei rote Äpfel.", "In 2024 the report was new.")
GENERATING = (*ENCODER_DECODERS, *DECODERS)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def said(name, text, **options):
    """New ids by transformers' own search."""
    model, tokenizer = load(name)
    ids = tokenizer(text, return_tensors="pt").input_ids
    torch.manual_seed(0)
    with quiet():
        found = model.generate(ids, max_new_tokens=10, **options).tolist()
    return [tuple(one[1 if name in ENCODER_DECODERS else ids.shape[1] :]) for one in found]


@pytest.mark.parametrize("name", NAMES)
def test_the_classes_are_the_real_ones(name):
    model, tokenizer = load(name)
    assert type(model).__name__ == RECIPES[name].model
    assert not model.training
    assert len(tokenizer) <= model.get_input_embeddings().num_embeddings
    ids = tokenizer("Äpfel für 4,50 Euro 😀").input_ids
    assert "Äpfel für 4,50 Euro 😀" in tokenizer.decode(ids) or name.startswith("bert-")


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_of_a_safe_checkpoint(name):
    files = {path.name for path in make(name).iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer_config.json"} <= files
    assert not any(file.endswith((".bin", ".pt", ".py")) for file in files)
    assert ("generation_config.json" in files) == (name not in ENCODERS)


@pytest.mark.parametrize("name", GENERATING)
def test_other_inputs_have_other_outputs(name):
    greedy = {said(name, text, num_beams=1, do_sample=False)[0] for text in TEXTS}
    assert len(greedy) > 1
    assert max(len(set(ids)) for ids in greedy) > 2


@pytest.mark.parametrize("name", ["t5", "bart", "marian", "llama", "gpt2", "mamba"])
def test_beams_and_seeds_differ(name):
    beams = said(name, TEXTS[0], num_beams=3, num_return_sequences=3, do_sample=False)
    samples = said(name, TEXTS[0], do_sample=True, num_beams=1, num_return_sequences=3)
    assert len(set(beams)) == len(set(samples)) == 3


@pytest.mark.parametrize("name", ["bert-classify", "bert-nli", "modernbert-classify"])
def test_classes_have_names_and_depend_on_the_text(name):
    model, tokenizer = load(name)
    with torch.no_grad():
        logits = [model(**tokenizer(text, return_tensors="pt")).logits for text in TEXTS]
    assert len(model.config.id2label) == logits[0].shape[-1] == 3
    assert not torch.allclose(logits[0].softmax(-1), logits[1].softmax(-1), atol=0.02)


@pytest.mark.parametrize(("name", "turn"), [
    ("llama", "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"),
    ("llama2", "[INST] Hello [/INST]"),
    ("qwen2", "<|im_start|>user\nHello<|im_end|>\n"),
    ("gemma", "<start_of_turn>user\nHello<end_of_turn>\n"),
])  # fmt: skip
def test_chat_templates_write_turns(name, turn):
    _, tokenizer = load(name)
    chat = [{"role": "user", "content": "Hello"}]
    assert turn in tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)


def test_gemma_has_no_place_for_a_system_message():
    _, tokenizer = load("gemma")
    chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    with pytest.raises(Exception, match="System role not supported"):
        tokenizer.apply_chat_template(chat, tokenize=False)


def test_a_copy_can_be_changed(tmp_path):
    config = copied("t5", tmp_path) / "config.json"
    config.write_text("{}", "utf-8")
    assert json.loads((make("t5") / "config.json").read_text("utf-8"))["model_type"] == "t5"
