"""What each tiny checkpoint is made of; settings as in real checkpoints of its kind, but small."""

from collections.abc import Mapping
from dataclasses import dataclass, field

WIDTH = 64

_BEAMS = {"early_stopping": True, "max_length": 24, "num_beams": 4}
_SUMMARY = {**_BEAMS, "length_penalty": 2.0, "min_length": 4, "no_repeat_ngram_size": 3}
_T5_LANGUAGES = {"de": "German", "fr": "French", "ro": "Romanian"}
_T5_TASKS = {
    "summarization": {**_SUMMARY, "prefix": "summarize: "},
    **{
        f"translation_en_to_{code}": {**_BEAMS, "prefix": f"translate English to {language}: "}
        for code, language in _T5_LANGUAGES.items()
    },
}

_T5 = {
    "d_model": WIDTH,
    "d_kv": 16,
    "d_ff": 2 * WIDTH,
    "num_layers": 2,
    "num_heads": 4,
    "relative_attention_num_buckets": 8,
    "decoder_start_token_id": "<pad>",
}
_GATED = {**_T5, "feed_forward_proj": "gated-gelu"}
_BART = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 2 * WIDTH,
    "decoder_ffn_dim": 2 * WIDTH,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "max_position_embeddings": 128,
    "decoder_start_token_id": "</s>",
    "forced_eos_token_id": "</s>",
}
_LED = {
    **_BART,
    "max_encoder_position_embeddings": 256,
    "max_decoder_position_embeddings": 128,
    "attention_window": 16,
}
_DEEP = {
    "hidden_size": WIDTH,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 256,
}
_GROUPED = {**_DEEP, "num_key_value_heads": 2}
_GEMMA = {**_GROUPED, "head_dim": 16}
_MAMBA_HEADS = {
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "mamba_d_state": 16,
    "mamba_chunk_size": 16,
}
_MODERN = {**_DEEP, "cls_token_id": "[CLS]", "sep_token_id": "[SEP]", "local_attention": 16}
_LABELS = {"id2label": {0: "refund", 1: "bug", 2: "praise"}}


@dataclass(frozen=True)
class Recipe:
    """
    `tokenizer` is a function of tiny_tokenizers, `model` a class of transformers.

    Settings whose name ends in `token_id` are written as tokens; the ids are filled in. `seed`
    draws the weights: of some draws a model says the same again and again.
    """

    tokenizer: str
    model: str
    config: Mapping[str, object]
    generation: Mapping[str, object] = field(default_factory=dict)
    seed: int = 7


ENCODER_DECODERS = {
    "t5": Recipe("t5", "T5ForConditionalGeneration", {**_T5, "task_specific_params": _T5_TASKS}),
    "mt5": Recipe("mt5", "MT5ForConditionalGeneration", {**_GATED, "tie_word_embeddings": False}),
    "longt5": Recipe(
        "t5",
        "LongT5ForConditionalGeneration",
        {
            **_GATED,
            "encoder_attention_type": "transient-global",
            "local_radius": 7,
            "global_block_size": 4,
        },
    ),
    "t5gemma": Recipe(
        "gemma",
        "T5GemmaForConditionalGeneration",
        {
            side: {**_GEMMA, "query_pre_attn_scalar": 16, "sliding_window": 16}
            for side in ("encoder", "decoder")
        },
        {"decoder_start_token_id": "<bos>", "eos_token_id": ["<eos>", "<end_of_turn>"]},
    ),
    "bart": Recipe(
        "roberta",
        "BartForConditionalGeneration",
        {**_BART, "task_specific_params": {"summarization": _SUMMARY}},
        {**_SUMMARY, "forced_bos_token_id": "<s>"},
    ),
    "mbart": Recipe(
        "mbart",
        "MBartForConditionalGeneration",
        {**_BART, "scale_embedding": True, "decoder_start_token_id": "de_DE"},
        {"max_length": 24, "num_beams": 5},
    ),
    "mbart50": Recipe(
        "mbart50",
        "MBartForConditionalGeneration",
        {**_BART, "scale_embedding": True},
        {**_BEAMS, "num_beams": 5},
    ),
    "pegasus": Recipe(
        "pegasus",
        "PegasusForConditionalGeneration",
        {**_BART, "scale_embedding": True, "decoder_start_token_id": "<pad>"},
        {"length_penalty": 0.6, "max_length": 24, "num_beams": 8},
        seed=8,
    ),
    "marian": Recipe(
        "marian",
        "MarianMTModel",
        {**_BART, "scale_embedding": True, "decoder_start_token_id": "<pad>"},
        {"bad_words_ids": [["<pad>"]], "max_length": 24, "num_beams": 4},
    ),
    "m2m100": Recipe(
        "m2m100",
        "M2M100ForConditionalGeneration",
        {**_BART, "scale_embedding": True},
        {**_BEAMS, "num_beams": 5},
    ),
    "nllb": Recipe(
        "nllb",
        "M2M100ForConditionalGeneration",
        {**_BART, "scale_embedding": True},
        {"max_length": 24},
    ),
    "led": Recipe(
        "roberta",
        "LEDForConditionalGeneration",
        _LED,
        {**_BEAMS, "no_repeat_ngram_size": 3},
    ),
}

DECODERS = {
    "gpt2": Recipe(
        "gpt2", "GPT2LMHeadModel", {"n_embd": WIDTH, "n_layer": 2, "n_head": 4, "n_positions": 256}
    ),
    "llama": Recipe(
        "llama3",
        "LlamaForCausalLM",
        _GROUPED,
        {"eos_token_id": ["<|end_of_text|>", "<|eot_id|>"]},
    ),
    "llama2": Recipe("llama2", "LlamaForCausalLM", _DEEP),
    "qwen2": Recipe(
        "qwen2",
        "Qwen2ForCausalLM",
        {**_GROUPED, "tie_word_embeddings": True},
        {
            "do_sample": True,
            "eos_token_id": ["<|im_end|>", "<|endoftext|>"],
            "repetition_penalty": 1.1,
            "temperature": 0.7,
            "top_k": 20,
            "top_p": 0.8,
        },
    ),
    "gemma": Recipe(
        "gemma", "GemmaForCausalLM", _GEMMA, {"eos_token_id": ["<eos>", "<end_of_turn>"]}
    ),
    "bloom": Recipe("bloom", "BloomForCausalLM", {"hidden_size": WIDTH, "n_layer": 2, "n_head": 4}),
    "mpt": Recipe(
        "neox",
        "MptForCausalLM",
        {"d_model": WIDTH, "n_layers": 2, "n_heads": 4, "max_seq_len": 256},
    ),
    "mamba": Recipe(
        "neox", "MambaForCausalLM", {"hidden_size": WIDTH, "num_hidden_layers": 2, "state_size": 8}
    ),
    "mamba2": Recipe(
        "neox",
        "Mamba2ForCausalLM",
        {
            "hidden_size": WIDTH,
            "num_hidden_layers": 2,
            "state_size": 16,
            "num_heads": 8,
            "head_dim": 16,
            "n_groups": 2,
            "chunk_size": 16,
        },
    ),
    "bamba": Recipe(
        "llama3", "BambaForCausalLM", {**_GROUPED, **_MAMBA_HEADS, "attn_layer_indices": [1]}
    ),
    "falcon_h1": Recipe(
        "bloom", "FalconH1ForCausalLM", {**_GROUPED, **_MAMBA_HEADS, "mamba_d_ssm": 2 * WIDTH}
    ),
    "jamba": Recipe(
        "jamba",
        "JambaForCausalLM",
        {
            **_GROUPED,
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "num_experts": 2,
            "mamba_d_state": 8,
        },
    ),
}

ENCODERS = {
    "bert-classify": Recipe("bert", "BertForSequenceClassification", {**_DEEP, **_LABELS}),
    "bert-nli": Recipe(
        "bert",
        "BertForSequenceClassification",
        {**_DEEP, "id2label": {0: "entailment", 1: "neutral", 2: "contradiction"}},
    ),
    "roberta-classify": Recipe(
        "roberta",
        "RobertaForSequenceClassification",
        {**_DEEP, **_LABELS, "max_position_embeddings": 130, "type_vocab_size": 1},
    ),
    "modernbert-classify": Recipe(
        "modernbert", "ModernBertForSequenceClassification", {**_MODERN, **_LABELS}
    ),
    "bert-embed": Recipe("bert", "BertModel", _DEEP),
    "modernbert-embed": Recipe("modernbert", "ModernBertModel", _MODERN),
}

POOLINGS = {"bert-embed": "mean", "modernbert-embed": "cls"}
"""How the embeddings of tokens become one, by checkpoint."""
