"""
A tiny Whisper of the real class with random weights, and what Whispers of any size are made of.

The order of the tokens, the settings files and their names are those of openai/whisper-tiny and
whisper-tiny.en; the vocabulary is small and spells any text.
"""

from dataclasses import replace
from pathlib import Path

from tiny import kept
from tiny_corpus import byte_level
from tiny_quiet import quiet
from tiny_recipes import WIDTH, Recipe
from tiny_weights import SHARP, built

__all__ = ["FRAME", "LANGUAGES", "settled", "spelled", "tiny_whisper"]

LANGUAGES = ("en", "zh", "de", "es", "ru", "ko", "fr")
"""The first ones of Whisper's: the tokenizer's class counts on their order."""

FRAME = 0.02
"""Seconds from one timestamp to the next."""

SECONDS = 30
TASKS = ("translate", "transcribe")
UNSPOKEN = """"#()*+/:;<=>@[\\]^_`{|}~"""
"""Symbols that nobody says; Whisper never writes them unless it is told to."""

HUSHED = 0.1
"""By how much the weights of timestamps are less than those of texts: there are so many."""

ENDING = 1.7
"""By how much the weights of the end are more."""

_CONFIG = {
    "d_model": WIDTH,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 2 * WIDTH,
    "decoder_ffn_dim": 2 * WIDTH,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "decoder_start_token_id": "<|startoftranscript|>",
}
_RECIPE = Recipe("whisper", "WhisperForConditionalGeneration", _CONFIG, seed=8)


def tiny_whisper(*, multilingual: bool = True) -> Path:
    """The folder of a checkpoint that hears windows of 30 seconds and writes nonsense."""
    name = "whisper" if multilingual else "whisper.en"
    return kept(name, lambda folder: _build(folder, LANGUAGES if multilingual else ()))


def _build(folder, languages):
    with quiet():
        tokenizer = spelled(*byte_level(), languages, SECONDS)
        exact = {
            **_CONFIG,
            "vocab_size": len(tokenizer),
        }  # as real ones: the last row is the last time
        model = built(replace(_RECIPE, config=exact), tokenizer)
    _tamed(model, tokenizer)
    settled(folder, model, tokenizer, [[1, 0], [1, 2]], SECONDS)


def _tamed(model, tokenizer):
    """Sinusoids where the encoder has them; texts between the timestamps, and ends."""
    import torch
    from transformers.models.whisper.modeling_whisper import sinusoids

    first = tokenizer.convert_tokens_to_ids("<|0.00|>")
    drawn = torch.Generator().manual_seed(_RECIPE.seed)
    with torch.no_grad():
        places = model.model.encoder.embed_positions.weight
        places.copy_(sinusoids(*places.shape))
        rows = model.get_output_embeddings().weight
        rows[first:] *= HUSHED
        end = rows[tokenizer.eos_token_id]  # pads too, and was made zero for that
        end.copy_(torch.randn(end.shape, generator=drawn) * ENDING * SHARP / WIDTH**0.5)


def spelled(vocab, merges, languages, seconds):
    """The tokenizer over a byte-level BPE. Without languages it is one for English only."""
    from tokenizers import AddedToken
    from transformers import WhisperTokenizer

    vocab = {**vocab, "<|endoftext|>": len(vocab)}
    silence = "<|nospeech|>" if languages else "<|nocaptions|>"
    names = (*(languages or ("en",)), *TASKS, "startoflm", "startofprev")
    marks = ["<|startoftranscript|>", *(f"<|{name}|>" for name in names), silence]
    tokenizer = WhisperTokenizer(
        vocab=vocab,
        merges=merges,
        pad_token="<|endoftext|>",
        extra_special_tokens=[*marks, "<|notimestamps|>"],
        model_max_length=1024,
    )
    times = (f"<|{number * FRAME:.2f}|>" for number in range(round(seconds / FRAME) + 1))
    tokenizer.add_tokens([AddedToken(time, special=False, normalized=False) for time in times])
    return tokenizer


def settled(folder, model, tokenizer, heads, seconds):
    """Save all files of a checkpoint. `heads`: the [layer, head] pairs that follow the words."""
    from transformers import GenerationConfig, WhisperFeatureExtractor

    bins = model.config.num_mel_bins
    model.generation_config = GenerationConfig(**_generation(model.config, tokenizer, heads))
    model.generation_config._from_model_config = False  # saved as true, it loses the languages
    with quiet():
        for part in (model, tokenizer, WhisperFeatureExtractor(bins, chunk_length=seconds)):
            part.save_pretrained(folder)
    tokenizer.save_vocabulary(folder)


def _generation(config, tokenizer, heads):
    """As the generation config of a real checkpoint has it."""
    of = tokenizer.convert_tokens_to_ids
    languages = {f"<|{code}|>": of(f"<|{code}|>") for code in LANGUAGES}
    many = len({*languages.values()}) == len(LANGUAGES)
    several = {
        "lang_to_id": languages,
        "task_to_id": {task: of(f"<|{task}|>") for task in TASKS},
    }
    end = tokenizer.eos_token_id
    return {
        "alignment_heads": heads,
        "begin_suppress_tokens": [of("Ġ"), end],
        "bos_token_id": end,
        "decoder_start_token_id": of("<|startoftranscript|>"),
        "eos_token_id": end,
        "is_multilingual": many,
        "max_initial_timestamp_index": 50,
        "max_length": config.max_target_positions,
        "no_timestamps_token_id": of("<|notimestamps|>"),
        "pad_token_id": end,
        "prev_sot_token_id": of("<|startofprev|>"),
        "return_timestamps": False,
        "suppress_tokens": _suppressed(tokenizer),
        **(several if many else {}),
    }


def _suppressed(tokenizer):
    """What nobody says, and marks that belong into the prompt."""
    known = tokenizer.get_vocab()
    symbols = {
        known[f"{space}{one}"]
        for one in UNSPOKEN
        for space in ("", "Ġ")
        if f"{space}{one}" in known
    }
    marks = {"startoftranscript", *TASKS, "startoflm", "startofprev", "nospeech", "nocaptions"}
    return sorted(symbols | {known[f"<|{one}|>"] for one in marks if f"<|{one}|>" in known})
