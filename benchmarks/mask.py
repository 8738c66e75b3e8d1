"""
What a mask costs: compiling a schema, and each token; ours beside the engines used raw.

Byte-level BPE vocabularies of 32,000 and 128,000 tokens are trained on the Python sources at
hand. Every way walks the same tokens of the same valid answers to the same schemas, and writes
the mask into the same row of logits; in turn, medians over tokens. Then a 12-field object by a
model of SmolLM-135M's size with random weights: held to its schema, and as many tokens free.

    python benchmarks/mask.py              # masks; some minutes, most of them for the vocabularies
    python benchmarks/mask.py generate     # the 12 fields
"""

from __future__ import annotations

import json
import statistics
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llguidance
import llguidance.numpy
import numpy as np
import tokenizers
import torch
from s2s_transformers.masking import Masking
from s2s_transformers.opening import opened

from s2s_tasks import Greedy, Request, Schema
from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.fetch import open_checkpoint
from s2s_tasks.checkpoint.mask import Masks
from s2s_tasks.checkpoint.search import settled_search
from s2s_tasks.checkpoint.source import Source

END = "<|end|>"
ROUNDS = 5
TEXT = {"type": "string"}
FIELDS = ["id", "customer", "street", "city", "postcode", "country", "currency", "total", "paid",
          "due_date", "contact_email", "order_reference"]  # fmt: skip


def closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


LINE = closed({"text": TEXT, "quantity": {"type": "integer"}, "price": {"type": "number"}})
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "boolean": ({"type": "boolean"}, True),
    "enum of 50": ({"enum": [f"label number {n}" for n in range(50)]}, "label number 37"),
    "integer in bounds": ({"type": "integer", "minimum": -5, "maximum": 70_000}, 12_345),
    "date": ({"type": "string", "format": "date"}, "2026-11-25"),
    "pattern": ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$"}, "AB-123456"),
    "maxLength": ({"type": "string", "maxLength": 80}, "The committee met on Monday. " * 2),
    "person": (
        closed({"name": TEXT, "age": {"type": "integer"}, "married": {"type": "boolean"}}),
        {"name": "Ada Lovelace", "age": 36, "married": True},
    ),
    "list of texts": ({"type": "array", "items": TEXT}, ["red wine", "white bread", "butter"]),
    "invoice": (
        closed({"number": TEXT, "lines": {"type": "array", "items": LINE}}),
        {
            "number": "R-2026-118",
            "lines": [
                {"text": "Desk lamp, black", "quantity": 2, "price": 39.9},
                {"text": "Delivery", "quantity": 1, "price": 4.5},
            ],
        },
    ),
    "recursive": (
        {
            "$defs": {
                "node": {
                    "type": "object",
                    "properties": {"v": TEXT, "next": {"$ref": "#/$defs/node"}},
                    "required": ["v"],
                    "additionalProperties": False,
                }
            },
            "$ref": "#/$defs/node",
        },
        {"v": "one", "next": {"v": "two", "next": {"v": "three"}}},
    ),
    "12 fields": (closed(dict.fromkeys(FIELDS, TEXT)), dict.fromkeys(FIELDS, "some text")),
}


def vocabulary(size: int) -> Path:
    """A checkpoint's folder with a tokenizer and no weights that anybody reads."""
    folder = Path(tempfile.gettempdir()) / f"s2s-bench-bpe-{size}"
    if (folder / "config.json").is_file():
        return folder
    folder.mkdir(exist_ok=True)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sources(), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": END}))
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": size,
              "eos_token_id": 0, "max_position_embeddings": 8192}  # fmt: skip
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def sources() -> Iterator[str]:
    read = 0
    for path in sorted(Path(sysconfig.get_path("purelib")).rglob("*.py")):
        text = path.read_text("utf-8", "replace")
        read += len(text)
        yield text
        if read > 60_000_000:
            return


# --- the ways: each compiles a schema, then gives a function from the token before to a mask


class Ours:
    """The processor that `generate` calls, with all its bookkeeping."""

    def __init__(self, folder: Path, size: int) -> None:
        self._codec = codec_of(open_checkpoint(str(folder)))
        self._masks = Masks(self._codec, [0])
        search = settled_search(Request("extract", ("x",)), {"eos_token_id": 0}, most=None)
        self._source = lambda mask: Source((1,), (), search, mask)
        self._row = torch.zeros(1, size)
        self._masks.compiled(Schema.of({"type": "null"}))

    def compile(self, schema: dict[str, Any]) -> Any:
        self._masks._kept.clear()
        return self._masks.compiled(Schema.of(schema))

    def walk(self, mask: Any, ids: list[int]) -> Callable[[int], None]:
        masking = Masking([self._source(mask)], 1)
        rows = [torch.tensor([[1, *ids[:n]]]) for n in range(len(ids))]  # as `generate` has them

        def step(n: int) -> None:
            masking(rows[n], self._row)

        return step


class Raw:
    """llguidance by hand, with the same grammar options and the mask put on by its own numpy code."""

    def __init__(self, folder: Path, size: int) -> None:
        text = (folder / "tokenizer.json").read_text("utf-8")
        self._tokenizer = llguidance.LLTokenizer(text, eos_token=0)
        self._row = np.zeros((1, size), np.float32)
        self._bits = llguidance.numpy.allocate_token_bitmask(1, size)

    def compile(self, schema: dict[str, Any]) -> Any:
        options = {"whitespace_flexible": False, "lenient": False}
        grammar = llguidance.LLMatcher.grammar_from_json_schema(schema, overrides=options)
        return llguidance.LLMatcher(self._tokenizer, grammar, log_level=0)

    def walk(self, matcher: Any, ids: list[int]) -> Callable[[int], None]:
        matcher = matcher.deep_copy()

        def step(n: int) -> None:
            if n:
                matcher.consume_token(ids[n - 1])
            llguidance.numpy.fill_next_token_bitmask(matcher, self._bits)
            llguidance.numpy.apply_token_bitmask_inplace(self._row, self._bits)

        return step


class XGrammar:
    """By hand, with its own kernel."""

    def __init__(self, folder: Path, size: int) -> None:
        import xgrammar

        self._library = xgrammar
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        spelled = [tokenizer.id_to_token(n) for n in range(size)]
        info = xgrammar.TokenizerInfo(
            spelled, xgrammar.VocabType.BYTE_LEVEL, vocab_size=size, stop_token_ids=[0]
        )
        self._compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        self._bits = xgrammar.allocate_token_bitmask(1, size)
        self._row = torch.zeros(1, size)

    def compile(self, schema: dict[str, Any]) -> Any:
        return self._compiler.compile_json_schema(
            json.dumps(schema), any_whitespace=False, separators=(",", ":")
        )

    def walk(self, compiled: Any, ids: list[int]) -> Callable[[int], None]:
        matcher = self._library.GrammarMatcher(compiled)

        def step(n: int) -> None:
            if n:
                matcher.accept_token(ids[n - 1])
            matcher.fill_next_token_bitmask(self._bits)
            self._library.apply_token_bitmask_inplace(self._row, self._bits)

        return step


class Outlines:
    """By hand: it gives lists of tokens."""

    def __init__(self, folder: Path, size: int) -> None:
        import outlines_core

        self._library = outlines_core
        tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        spelled: dict[bytes | str, list[int]] = {}
        for number in range(1, size):
            spelled.setdefault(_bytes(tokenizer.id_to_token(number)), []).append(number)
        self._vocabulary = outlines_core.Vocabulary(0, spelled)
        self._row = torch.zeros(1, size)

    def compile(self, schema: dict[str, Any]) -> Any:
        regex = self._library.json_schema.build_regex_from_schema(json.dumps(schema), "")
        return self._library.Index(regex, self._vocabulary)

    def walk(self, index: Any, ids: list[int]) -> Callable[[int], None]:
        guide = self._library.Guide(index)

        def step(n: int) -> None:
            if n:
                guide.advance(ids[n - 1], return_tokens=False)
            masked = torch.full_like(self._row, -torch.inf)
            allowed = guide.get_tokens()
            masked[0, allowed] = self._row[0, allowed]

        return step


def _bytes(token: str) -> bytes:
    return bytes(BYTES[letter] for letter in token)


def _alphabet() -> dict[str, int]:
    """GPT-2's letters for bytes: printable ones stand for themselves, others are moved up."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    moved = [byte for byte in range(256) if byte not in plain]
    return {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(moved)}


BYTES = _alphabet()
WAYS = {"ours": Ours, "llguidance": Raw, "xgrammar": XGrammar, "outlines": Outlines}


def masks(size: int) -> None:
    folder = vocabulary(size)
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    ways = {}
    for name, make in WAYS.items():
        if name == "outlines" and size > 32_000:
            continue  # its tables take minutes there
        began = time.perf_counter()
        ways[name] = make(folder, size)
        print(f"{name}: vocabulary of {size:,} read in {time.perf_counter() - began:.2f} s")
    compiled: dict[str, list[float]] = {name: [] for name in ways}
    tokens: dict[str, list[float]] = {name: [] for name in ways}
    for title, (schema, answer) in CASES.items():
        written = json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
        ids = tokenizer.encode(written).ids
        line = []
        for name, way in ways.items():
            if name == "outlines" and "maxLength" in schema:
                line.append("outlines: left out, a maxLength of 20 took it 79 s")
                continue
            try:
                took, one = compiling(way, schema)
                steps = stepping(way, one, ids)
            except Exception as error:  # noqa: BLE001  # whatever an engine raises
                line.append(f"{name}: {type(error).__name__} {str(error)[:40]!r}")
                continue
            compiled[name].append(took)
            tokens[name] += steps
            median = statistics.median(steps)
            line.append(f"{name} {took * 1e3:8.1f} ms {median * 1e6:6.0f} µs")
        print(f"{title:18} {len(ids):3} tokens | " + " | ".join(line), flush=True)
    for name in ways:
        print(
            f"{size:,} {name:10} compile median {statistics.median(compiled[name]) * 1e3:.2f} ms,"
            f" most {max(compiled[name]) * 1e3:.1f} ms; token median"
            f" {statistics.median(tokens[name]) * 1e6:.0f} µs, mean"
            f" {statistics.mean(tokens[name]) * 1e6:.0f} µs over {len(tokens[name])} tokens"
        )


def compiling(way: Any, schema: dict[str, Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    compiled = way.compile(schema)
    return time.perf_counter() - began, compiled


def stepping(way: Any, compiled: Any, ids: list[int]) -> list[float]:
    """Seconds of each token: the least of some rounds, since others use the machine too."""
    rounds = []
    for _ in range(ROUNDS):
        step, took = way.walk(compiled, ids), []
        for n in range(len(ids)):
            began = time.perf_counter()
            step(n)
            took.append(time.perf_counter() - began)
        rounds.append(took)
    return [min(times) for times in zip(*rounds, strict=True)]


def generate() -> None:
    import transformers

    folder = vocabulary(32_000)
    config = transformers.LlamaConfig(
        vocab_size=32_000, hidden_size=576, intermediate_size=1536, num_hidden_layers=30,
        num_attention_heads=9, num_key_value_heads=3, max_position_embeddings=8192,
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as place:
        transformers.LlamaForCausalLM(config).save_pretrained(place)
        for file in ("tokenizer.json", "tokenizer_config.json"):
            (Path(place) / file).write_bytes((folder / file).read_bytes())
        backend = opened("local", place, device="cpu", dtype="float32")
        backend.warm()
        short = {"type": "string", "maxLength": 8}
        schema = Schema.of(closed({name: short for name in FIELDS}))  # noqa: C420
        held = Request("extract", ("An order.",), instruction="Extract.", schema=schema)
        [(_, answer)] = backend.complete([held])
        count = len(answer.raw.ids)
        print(answer.output)
        free = Request("extract", (held.words + held.text,), decoding=Greedy(max_tokens=count))
        times: dict[str, list[float]] = {"held": [], "free": []}
        for _ in range(ROUNDS):
            for name, request in (("held", held), ("free", free)):
                backend.engine.close()
                began = time.perf_counter()
                [(_, answer)] = backend.complete([request])
                times[name].append(time.perf_counter() - began)
                assert len(answer.raw.ids) == count, len(answer.raw.ids)
    seconds = {name: statistics.median(took) for name, took in times.items()}
    print(
        f"{count} tokens: held to 12 fields {seconds['held']:.2f} s, free {seconds['free']:.2f} s;"
        f" {seconds['free'] / seconds['held']:.2f}× as fast"
    )


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if sys.argv[1:] == ["generate"]:
        generate()
        return
    for size in (32_000, 128_000):
        masks(size)


if __name__ == "__main__":
    main()
