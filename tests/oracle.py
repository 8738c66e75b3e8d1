"""What a checkpoint says when `generate` is called by hand: the answers that backends are held to."""

import torch
from tiny import load
from tiny_quiet import quiet

__all__ = ["expected", "source_of"]

CODES = {"m2m100": "{}", "nllb": "{}", "mbart": "{}", "mbart50": "{}"}
TONGUES = {
    "m2m100": {"en": "en", "de": "de"},
    "nllb": {"en": "eng_Latn", "de": "deu_Latn"},
    "mbart": {"en": "en_XX", "de": "de_DE"},
    "mbart50": {"en": "en_XX", "de": "de_DE"},
}


def source_of(name, text, *, task="summarize", prompt=""):
    """The tensors that a user prepares by hand, and what `generate` must be told beside them."""
    model, tokenizer = load(name)
    if name in TONGUES:
        tongue = TONGUES[name]
        tokenizer.src_lang = tongue["en"]
        target = tokenizer.convert_tokens_to_ids(
            f"__{tongue['de']}__" if name == "m2m100" else tongue["de"]
        )
        told = "decoder_start_token_id" if name == "mbart" else "forced_bos_token_id"
        return tokenizer(text, return_tensors="pt"), {told: target}
    if model.config.is_encoder_decoder:
        params = getattr(model.config, "task_specific_params", None) or {}
        kind = {"summarize": "summarization", "translate": "translation_en_to_de"}[task]
        prefix = params.get(kind, {}).get("prefix", "")
        inputs = tokenizer(prefix + text, return_tensors="pt")
        if name == "led":
            inputs["global_attention_mask"] = torch.zeros_like(inputs.input_ids)
            inputs["global_attention_mask"][:, 0] = 1
        return inputs, {}
    if tokenizer.chat_template:
        messages = [{"role": "user", "content": prompt}]
        return tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        ), {}
    return tokenizer(prompt, return_tensors="pt"), {}


def expected(name, inputs, told, *, seed=None, **settings):
    """New tokens, up to the one that ends them."""
    model, _ = load(name)
    inputs = {key: value for key, value in inputs.items() if key != "token_type_ids"}
    if seed is not None:
        torch.manual_seed(seed)
    with quiet():
        found = model.generate(**inputs, **told, **settings)
    begin = 1 if model.config.is_encoder_decoder else inputs["input_ids"].shape[1]
    return [_ended(model, row, told) for row in found[:, begin:].tolist()]


def _ended(model, ids, told):
    ends = model.generation_config.eos_token_id
    ends = ends if isinstance(ends, list) else [ends]
    if "forced_bos_token_id" in told or model.generation_config.forced_bos_token_id is not None:
        ids = ids[1:]
    cut = [at for at, one in enumerate(ids) if one in ends]
    return tuple(ids[: cut[0]] if cut else ids)
