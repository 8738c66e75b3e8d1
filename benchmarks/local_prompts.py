"""
What is not computed twice: shared beginnings of prompts, and outputs that copy their input.

A decoder-only checkpoint of SmolLM-135M's size with random weights, made on the fly. The first
token after a prompt of 1,000 tokens that 40 others follow, with and without reuse of its keys
and values; and an output that repeats itself, with and without prompt lookup. In turn, medians.

    python benchmarks/local_prompts.py
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
import warnings
from pathlib import Path

import tokenizers
import torch
import transformers
from s2s_transformers.opening import opened

from s2s_tasks import Backend, Greedy, PromptLookup, Request

VOCABULARY = 49_152
SHARED, OWN = 1_000, 40
ROUNDS = 7


def checkpoint(folder: Path) -> str:
    torch.manual_seed(0)
    words = {"<s>": 0, "</s>": 1, "<unk>": 2, **{f"w{n}": n for n in range(3, VOCABULARY)}}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(["<s>", "</s>"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": "</s>"}))
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192,
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=1,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return str(folder)


def words(count: int, seed: int) -> str:
    chance = random.Random(seed)
    return " ".join(f"w{chance.randrange(3, VOCABULARY)}" for _ in range(count))


def first_token(backend: Backend, request: Request) -> tuple[float, tuple[int, ...]]:
    began = time.perf_counter()
    [(_, answer)] = backend.complete([request])
    return time.perf_counter() - began, answer.raw.ids


def prefix(folder: str) -> None:
    backend = opened("local", folder, device="cpu", dtype="float32")
    backend.warm()
    shared = words(SHARED, 1)
    fresh, reused = [], []
    for number in range(ROUNDS):
        text = f"{shared} {words(OWN, 100 + number)}"
        request = Request("summarize", (text,), decoding=Greedy(max_tokens=1))
        backend.close()  # forgets the prompts it has seen
        seconds, plain = first_token(backend, request)
        fresh.append(seconds)
        backend.close()
        first_token(
            backend,
            Request("summarize", (f"{shared} {words(OWN, 7)}",), decoding=Greedy(max_tokens=1)),
        )
        seconds, again = first_token(backend, request)
        reused.append(seconds)
        assert plain == again
    before, after = statistics.median(fresh), statistics.median(reused)
    print(
        f"| first token, {SHARED:,} of {SHARED + OWN:,} tokens shared | {1000 * before:,.0f} ms | {1000 * after:,.0f} ms | {before / after:.1f}x |"
    )


def lookup(folder: str) -> None:
    backend = opened("local", folder, device="cpu", dtype="float32")
    text = words(60, 3)
    plain, ahead = [], []
    for _ in range(3):
        for times, guess in ((plain, None), (ahead, PromptLookup(10))):
            request = Request(
                "summarize", (text,), decoding=Greedy(max_tokens=160, speculation=guess)
            )
            backend.close()
            seconds, ids = first_token(backend, request)
            times.append((seconds, ids))
    assert len({ids for _, ids in plain + ahead}) == 1
    before, after = (statistics.median(s for s, _ in times) for times in (plain, ahead))
    print(
        f"| 160 tokens that repeat themselves, prompt lookup of 10 | {1000 * before:,.0f} ms | {1000 * after:,.0f} ms | {before / after:.1f}x |"
    )


def main() -> None:
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    print(
        f"SmolLM-135M's size, float32, {torch.get_num_threads()} threads; same tokens both ways\n"
    )
    print("| what | without | with | |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = checkpoint(Path(name))
        prefix(folder)
        lookup(folder)


if __name__ == "__main__":
    main()
