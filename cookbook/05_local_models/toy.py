"""
Two models that are small enough to be made here: in some seconds, and without a download.

    python cookbook/05_local_models/toy.py toys

writes `toys/translator`, a Marian model from English to German, and `toys/summarizer`, a T5
model that picks the news out of a log. They are folders like any checkpoint's on the hub, with
safetensors, configs and tokenizers, and they know what lessons.py taught them and no more.
"""

import json
import random
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import lessons
import torch
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer
from transformers import (
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    T5Config,
    T5ForConditionalGeneration,
    T5Tokenizer,
)

WIDTH = 64
PREFIX = "summarize: "
"""What T5 is told before a text, by the task_specific_params of its config."""

Lesson = tuple[Sequence[int], Sequence[int]]
"""Ids to read and ids to write."""


def make(folder: Path) -> None:
    """Make both, alike each time: seeds are fixed, and sums are added up by one thread."""
    torch.set_num_threads(1)
    with warnings.catch_warnings(action="ignore"):  # of what is missing, and not needed here
        translator(folder / "translator")
        summarizer(folder / "summarizer")


def translator(folder: Path) -> None:
    """English to German, of words that it has not seen together either."""
    folder.mkdir(parents=True)
    pairs = lessons.sentences()
    tokenizer = _marian_tokenizer(folder, [text for pair in pairs for text in pair])
    torch.manual_seed(1)
    model = MarianMTModel(
        MarianConfig(
            vocab_size=len(tokenizer),
            d_model=WIDTH,
            encoder_layers=1,
            decoder_layers=1,
            encoder_attention_heads=4,
            decoder_attention_heads=4,
            encoder_ffn_dim=2 * WIDTH,
            decoder_ffn_dim=2 * WIDTH,
            max_position_embeddings=512,
            scale_embedding=True,
            init_std=0.05,
            dropout=0.0,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
            decoder_start_token_id=tokenizer.pad_token_id,
        )
    )
    _still(model.get_input_embeddings().weight, tokenizer.pad_token_id)
    read = [(tokenizer(en).input_ids, tokenizer(text_target=de).input_ids) for en, de in pairs]
    teach(model, _batches(read, size=32, count=500), rate=3e-3)
    model.generation_config.update(num_beams=4, max_length=512)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def summarizer(folder: Path) -> None:
    """What is new in a log, in order of the alphabet."""
    folder.mkdir(parents=True)
    rng = random.Random(1)
    pairs = [lessons.log(rng, rng.randint(4, 12), rng.randint(0, 4)) for _ in range(2_000)]
    tokenizer = _t5_tokenizer(folder, [PREFIX, *(text for pair in pairs for text in pair)])
    torch.manual_seed(1)
    model = T5ForConditionalGeneration(
        T5Config(
            vocab_size=len(tokenizer),
            d_model=WIDTH,
            d_kv=16,
            d_ff=2 * WIDTH,
            num_layers=2,
            num_heads=4,
            n_positions=192,
            dropout_rate=0.0,
            decoder_start_token_id=tokenizer.pad_token_id,
            task_specific_params={"summarization": {"prefix": PREFIX, "max_length": 128}},
        )
    )
    read = [(tokenizer(PREFIX + log).input_ids, tokenizer(news).input_ids) for log, news in pairs]
    teach(model, _batches(read, size=16, count=300), rate=5e-3)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


# --- learning -------------------------------------------------------------------------------


def teach(model: Any, batches: Sequence[Sequence[Lesson]], *, rate: float) -> None:
    """One step of AdamW a batch; the rate rises for a tenth of them and falls as a cosine."""
    optimizer = torch.optim.AdamW(model.parameters(), betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=len(batches), pct_start=0.1, cycle_momentum=False
    )
    model.train()
    for batch in batches:
        sources, targets = map(torch.tensor, zip(*batch, strict=True))
        model(input_ids=sources, labels=targets).loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    model.eval()


def _still(weight: torch.nn.Parameter, row: int) -> None:
    """Keep a row at zero: from that every Marian decoder begins, and CTranslate2 counts on it."""
    weight.data[row] = 0
    weight.register_hook(lambda grad: grad.index_fill(0, torch.tensor([row]), 0))


def _batches(read: Sequence[Lesson], *, size: int, count: int) -> list[list[Lesson]]:
    """All lessons of a batch are of the same lengths, so that nothing is padded."""
    by_lengths: dict[tuple[int, int], list[Lesson]] = {}
    for source, target in read:
        by_lengths.setdefault((len(source), len(target)), []).append((source, target))
    groups = [*by_lengths.values()]
    rng = random.Random(1)
    chosen = rng.choices(groups, [*map(len, groups)], k=count)
    return [rng.choices(group, k=size) for group in chosen]


# --- spelling -------------------------------------------------------------------------------


def _marian_tokenizer(folder: Path, texts: Iterable[str]) -> MarianTokenizer:
    spelling = _spelling(texts)
    pieces = SentencePieceProcessor(model_proto=spelling)
    known = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())][3:]
    vocabulary = ["</s>", "<unk>", *known, "<pad>"]  # as in the models of the OPUS-MT project
    numbered = {piece: number for number, piece in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbered), "utf-8")
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes(spelling)
    files = (str(folder / name) for name in ("source.spm", "target.spm", "vocab.json"))
    return MarianTokenizer(*files, source_lang="en", target_lang="de", model_max_length=512)


def _t5_tokenizer(folder: Path, texts: Iterable[str]) -> T5Tokenizer:
    spelling = _spelling(texts, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    (folder / "spiece.model").write_bytes(spelling)
    return T5Tokenizer.from_pretrained(folder, extra_ids=0)


def _spelling(texts: Iterable[str], **ids: int) -> bytes:
    """A SentencePiece model: each word is a piece, others are spelled by their letters."""
    words = sorted({word.strip(".:") for text in texts for word in text.split()})
    written = BytesIO()
    SentencePieceTrainer.train(
        sentence_iterator=_shown(words),
        model_writer=written,
        vocab_size=1_000,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
        num_threads=1,
        **ids,
    )
    return written.getvalue()


def _shown(words: Iterable[str]) -> Iterator[str]:
    """Words often enough to be pieces, with a space before them and without; the rest of ASCII."""
    yield from (f"{word} {word}.{word}:" for word in words for _ in range(9))
    yield "".join(map(chr, range(33, 127)))


if __name__ == "__main__":
    [to] = sys.argv[1:] or ["toys"]
    make(Path(to))
    print(f"{to}/translator and {to}/summarizer are there")
