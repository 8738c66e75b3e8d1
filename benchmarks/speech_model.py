"""
Whispers of real size that write the same words of every window, whatever engine runs them.

The weights are random, but for where the decoder's positions and the rows of its vocabulary
point: the n-th position makes the n-th word of a text the likeliest, and the one after the last
the end. So all engines write as many tokens, none needs to be forced, and what they wrote can
be compared. Time does not depend on what weights are.
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GenerationConfig,
    PreTrainedTokenizerFast,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

SIZES = {"tiny": (384, 4, 6), "base": (512, 6, 8), "small": (768, 12, 12)}
"""Width, layers of each side, heads."""

SYLLABLES = [c + v for c in "bdfgklmnprst" for v in "aeiou"]
WORDS = [one + other for one in SYLLABLES[::3] for other in SYLLABLES[1::4]][:64]
"""Of each window: about as many tokens as English has in 20 seconds, and none of them twice."""

TASK = 3
"""Tokens of the prompt before the one that the first word follows."""

LANGUAGES = ("en", "zh", "de", "es", "ru", "ko", "fr")
MARKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")
ROWS, TIMES = 51_865, 1_501
"""Tokens of the real vocabulary for many languages, and of timestamps among them."""

STEEP, CLEAR = 10.0, 1.5
"""Length of a position's vector and of a word's: the first leaves no doubt about the second."""


def checkpoint(size: str, folder: Path) -> Path:
    """The folder of a checkpoint as transformers saves it."""
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    model = WhisperForConditionalGeneration(_config(size, tokenizer)).eval()
    _steer(model, tokenizer)
    model.generation_config = _generation(tokenizer)
    model.generation_config._from_model_config = False
    model.save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(
        folder
    )
    return folder


def _tokenizer() -> Tokenizer:
    steering = ["<|endoftext|>", "<|startoftranscript|>"]
    steering += [f"<|{name}|>" for name in (*LANGUAGES, *MARKS)]
    times = [f"<|{number * 0.02:.2f}|>" for number in range(TIMES)]
    texts = ["", *pre_tokenizers.ByteLevel.alphabet(), *(f"Ġ{word}" for word in WORDS)]
    texts += [f"<unused {n}>" for n in range(ROWS - len(texts) - len(steering) - len(times))]
    vocabulary = {token: number for number, token in enumerate((*texts, *steering, *times))}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(one, special=True) for one in steering])
    tokenizer.add_tokens([AddedToken(one, normalized=False) for one in times])
    return tokenizer


def _config(size: str, tokenizer: Tokenizer) -> WhisperConfig:
    width, layers, heads = SIZES[size]
    end, start = map(tokenizer.token_to_id, ("<|endoftext|>", "<|startoftranscript|>"))
    sides = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in {
            "layers": layers,
            "attention_heads": heads,
            "ffn_dim": 4 * width,
        }.items()
    }
    ends = {"bos_token_id": end, "eos_token_id": end, "pad_token_id": end}
    return WhisperConfig(
        vocab_size=ROWS, d_model=width, decoder_start_token_id=start, **sides, **ends
    )


def _steer(model: WhisperForConditionalGeneration, tokenizer: Tokenizer) -> None:
    said = [tokenizer.token_to_id(f"Ġ{word}") for word in WORDS]
    said.append(tokenizer.token_to_id("<|endoftext|>"))
    width = model.config.d_model
    ways = torch.linalg.qr(torch.randn(width, width))[0][: len(said)]
    with torch.no_grad():
        model.model.decoder.embed_positions.weight[TASK : TASK + len(said)] = STEEP * ways
        model.get_output_embeddings().weight[said] = CLEAR * ways


def _generation(tokenizer: Tokenizer) -> GenerationConfig:
    of = tokenizer.token_to_id
    end = of("<|endoftext|>")
    return GenerationConfig(
        alignment_heads=[[1, 0], [2, 0]],
        begin_suppress_tokens=[of("Ġ"), end],
        bos_token_id=end,
        decoder_start_token_id=of("<|startoftranscript|>"),
        eos_token_id=end,
        is_multilingual=True,
        lang_to_id={f"<|{code}|>": of(f"<|{code}|>") for code in LANGUAGES},
        max_initial_timestamp_index=50,
        max_length=448,
        no_timestamps_token_id=of("<|notimestamps|>"),
        pad_token_id=end,
        prev_sot_token_id=of("<|startofprev|>"),
        return_timestamps=False,
        suppress_tokens=[of(f"<|{mark}|>") for mark in MARKS[:5]],
        task_to_id={task: of(f"<|{task}|>") for task in MARKS[:2]},
    )
