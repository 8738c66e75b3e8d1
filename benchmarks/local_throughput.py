"""
Tokens per second of local encoder-decoders: what a user writes today, and our map.

Checkpoints of real size with random weights, made on the fly; every sentence has an output of
its own length, which is what batching by hand gets wrong. All ways run in turn, several times;
the figures are medians of one run, so read the ratios.

    python benchmarks/local_throughput.py            # Marian 6+6 layers, d=512
    python benchmarks/local_throughput.py bart       # BART-base size
"""

from __future__ import annotations

import json
import math
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import ctranslate2
import sentencepiece
import torch
import transformers
from s2s_ctranslate2.opening import opened

from s2s_tasks import Completion, Request, Task, Tasks
from s2s_tasks.checkpoint.batches import batches

SENTENCES = 160
ROUNDS = 3
SYLLABLES = [c + v for c in "bdfgklmnprst" for v in "aeiou"]
WORDS = [one + other for one in SYLLABLES[::3] for other in SYLLABLES[1::4]]
WIDTH = 512

Sentence = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Line(Task[Sentence, str]):
    """A sentence with the number of tokens that its translation is to have."""

    name: ClassVar[str] = "translate"

    def request(self, value: Sentence) -> Request:
        text, length = value
        task = "translate" if MARIAN else "summarize"
        params = {"to": "de"} if MARIAN else {}
        return Request(task, (text,), params=params, max_tokens=length)

    def read(self, completion: Completion) -> str:
        return completion.partial


MARIAN = "bart" not in sys.argv[1:]


def sentences() -> list[Sentence]:
    """Lengths as sentences have them: lognormal, 5 to 90 tokens, the median about 22."""
    chance = random.Random(5)
    lengths = [min(90, max(5, round(math.exp(chance.gauss(3.1, 0.55))))) for _ in range(SENTENCES)]
    return [(" ".join(chance.choices(WORDS, k=n)), n) for n in lengths]


def checkpoint(folder: Path) -> Path:
    torch.manual_seed(0)
    vocabulary = 58_101 if MARIAN else 50_265
    spoken = folder / "corpus.txt"
    spoken.write_text("\n".join(" ".join(random.choices(WORDS, k=12)) for _ in range(400)))
    sentencepiece.SentencePieceTrainer.train(
        input=str(spoken),
        model_prefix=str(folder / "source"),
        vocab_size=260,
        character_coverage=1.0,
        minloglevel=2,
    )
    spoken.unlink()
    (folder / "source.vocab").unlink()
    (folder / "source.model").rename(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    known = [pieces.id_to_piece(n) for n in range(3, pieces.get_piece_size())]
    fill = [f"▁w{n}" for n in range(vocabulary - len(known) - 3)]
    tokens = ["</s>", "<unk>", *known, *fill, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({token: n for n, token in enumerate(tokens)}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"source_lang": "en", "target_lang": "de", "tokenizer_class": "MarianTokenizer"})
    )
    model(vocabulary).save_pretrained(folder)
    return folder


def model(vocabulary: int) -> transformers.PreTrainedModel:
    ids = {
        "eos_token_id": 0,
        "forced_eos_token_id": None,
        "pad_token_id": vocabulary - 1,
        "decoder_start_token_id": vocabulary - 1,
    }
    size = {"d_model": WIDTH, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048} if MARIAN else {}
    heads = {"encoder_attention_heads": 8, "decoder_attention_heads": 8} if MARIAN else {}
    if MARIAN:
        layers = {"encoder_layers": 6, "decoder_layers": 6}
        config = transformers.MarianConfig(
            vocab_size=vocabulary, **size, **heads, **layers, **ids, max_position_embeddings=512,
            scale_embedding=True, activation_function="swish",
        )  # fmt: skip
        made = transformers.MarianMTModel(config)
    else:
        config = transformers.BartConfig(
            vocab_size=vocabulary, d_model=768, encoder_layers=6, decoder_layers=6,
            encoder_ffn_dim=3072, decoder_ffn_dim=3072, encoder_attention_heads=12,
            decoder_attention_heads=12, bos_token_id=None, forced_bos_token_id=None, **ids,
        )  # fmt: skip
        made = transformers.BartForConditionalGeneration(config)
    made.get_input_embeddings().weight.data[vocabulary - 1] = 0
    made.generation_config.eos_token_id = 0
    made.generation_config.forced_bos_token_id = None
    return made


class Ways:
    """Every way of doing the same work; each gives the number of useful tokens."""

    def __init__(self, folder: Path) -> None:
        self.work = sentences()
        backend = opened(str(folder), compute="int8")
        backend.warm()
        self.client = Tasks(backend=backend)
        self.codec = backend._codec
        self.spell = backend.engine._vocabulary.spell
        self.ids = [self.codec.wrapped(text) for text, _ in self.work]
        self.converted = str(backend.engine._folder)
        kind = transformers.MarianMTModel if MARIAN else transformers.BartForConditionalGeneration
        self.model = kind.from_pretrained(folder).eval()
        self.model.generation_config.eos_token_id = None  # no sentence ends before its length
        self.cores = ctranslate2.Translator(
            self.converted,
            compute_type="int8",
            inter_threads=torch.get_num_threads(),
            intra_threads=1,
        )
        self.one = ctranslate2.Translator(self.converted, compute_type="int8")

    def generate_one_by_one(self) -> None:
        """Of every fourth sentence: it is slow enough."""
        for ids, (_, length) in [*zip(self.ids, self.work, strict=True)][::4]:
            self.model.generate(torch.tensor([ids]), max_new_tokens=length, num_beams=1)

    def generate_naively_batched(self) -> None:
        for ids, lengths in self._arriving(16):
            width = max(map(len, ids))
            rows = torch.tensor(
                [[*one, *[self.model.config.pad_token_id] * (width - len(one))] for one in ids]
            )
            mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in ids])
            self.model.generate(rows, attention_mask=mask, max_new_tokens=max(lengths), num_beams=1)

    def ctranslate2_one_by_one(self) -> None:
        for ids, (_, length) in zip(self.ids, self.work, strict=True):
            self.one.translate_batch(
                [self.spell(tuple(ids))], beam_size=1, max_decoding_length=length
            )

    def ctranslate2_naively_batched(self) -> None:
        for ids, lengths in self._arriving(16):
            spelled = [self.spell(tuple(one)) for one in ids]
            self.one.translate_batch(spelled, beam_size=1, max_decoding_length=max(lengths))

    def ctranslate2_by_an_expert(self) -> None:
        """Sorted, one worker for each core with one thread, each sentence ending at its own end."""
        lengths = [length for _, length in self.work]
        plan = batches(lengths, tokens=10**6, rows=32)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(self._batch, plan))

    def _batch(self, places: Sequence[int]) -> None:
        limits = [self.work[at][1] for at in places]
        self.cores.translate_batch(
            [self.spell(tuple(self.ids[at])) for at in places],
            beam_size=1,
            max_decoding_length=max(limits),
            callback=lambda step: step.step + 1 >= limits[step.batch_id],
        )

    def our_map(self) -> None:
        for result in self.client.map(Line(), self.work):
            assert result.usage.output_tokens == self.work[result.index][1], result

    def _arriving(self, size: int) -> Iterator[tuple[list[list[int]], list[int]]]:
        for at in range(0, SENTENCES, size):
            part = slice(at, at + size)
            yield self.ids[part], [length for _, length in self.work[part]]


def measured(way: Callable[[], None], tokens: int) -> float:
    began = time.perf_counter()
    way()
    return tokens / (time.perf_counter() - began)


def overhead(ways: Ways) -> tuple[float, float]:
    """Seconds of the same 24 tokens: the engine called by hand, and tasks.run around it."""
    text, length = ways.work[0][0], 24
    spelled = [ways.spell(tuple(ways.codec.wrapped(text)))]
    line = (text, length)
    hand, ours = [], []
    for _ in range(25):
        began = time.perf_counter()
        ways.cores.translate_batch(
            spelled, beam_size=1, max_decoding_length=length, max_input_length=0,
            return_scores=True, callback=lambda step: step.step + 1 >= length,
        )  # fmt: skip
        hand.append(time.perf_counter() - began)
        began = time.perf_counter()
        next(iter(ways.client.map(Line(), [line])))
        ours.append(time.perf_counter() - began)
    return statistics.median(hand), statistics.median(ours)


def main() -> None:
    warnings.filterwarnings("ignore")
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        ways = Ways(checkpoint(Path(folder)))
        tokens = sum(length for _, length in ways.work)
        fourth = sum(length for _, length in ways.work[::4])
        all_ways = {
            "(a) generate, float32, one by one": ways.generate_one_by_one,
            "(b) generate, batches of 16 as they arrive": ways.generate_naively_batched,
            "(c) CTranslate2 int8, one by one": ways.ctranslate2_one_by_one,
            "(c) CTranslate2 int8, batches of 16 as they arrive": ways.ctranslate2_naively_batched,
            "(d') CTranslate2 int8 by an expert": ways.ctranslate2_by_an_expert,
            "(d) tasks.map": ways.our_map,
        }
        speeds: dict[str, list[float]] = {name: [] for name in all_ways}
        for _ in range(ROUNDS):
            for name, way in all_ways.items():
                part = tokens if way != ways.generate_one_by_one else fourth
                speeds[name].append(measured(way, part))
        found = {name: statistics.median(values) for name, values in speeds.items()}
        ours = found["(d) tasks.map"]
        size = "Marian 6+6 layers, d=512" if MARIAN else "BART-base size"
        print(
            f"{size}; {SENTENCES} sentences, {tokens:,} tokens; {torch.get_num_threads()} cores\n"
        )
        print("| way | useful tokens/s | ours is |\n|---|---|---|")
        for name, speed in found.items():
            print(f"| {name} | {speed:,.0f} | {ours / speed:.2f}x |")
        hand, around = overhead(ways)
        print(
            f"\none call of 24 tokens: {1000 * hand:.1f} ms by hand, {1000 * around:.1f} ms through us"
        )
        print(f"({100 * (around / hand - 1):+.1f} %; median of 25, in turn)")


if __name__ == "__main__":
    main()
