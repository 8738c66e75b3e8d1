"""
The kinds of models that are known here, as data of November 2026.

Quality is a prior on a scale of 0 to 1, read from published comparisons where there are any
(WMT25, CNN/DM, MTEB, NuExtract, EvalPlus) and judged where there are none; it ranks, and
promises nothing. Speeds are those of a machine at $0.40 an hour.
"""

from __future__ import annotations

from typing import Final

from ..decoding import Beam, Greedy
from ..exchange import Modality
from .architecture import Architecture, Speed
from .evidence import Evidence
from .findings import BY_API, DECODERS, ENCODERS, EXTRACTS, PAIRS, SEES, SPEECH, STATES, TUNED

__all__ = ["BUILT_IN"]

ENGLISH: Final = frozenset({"en"})
PICTURES: Final = frozenset({Modality.IMAGE, Modality.DOCUMENT})
AT_ONCE: Final = 1e9
"""Tokens a second of what is not generated."""


def _known(load: float, first: float, reads: float, writes: float = AT_ONCE) -> Evidence:
    return Evidence("", None, "", load, first, reads, writes)


SEQ2SEQ: Final = Speed(_known(3, 0.05, 2_000, 120), _known(3, 0.03, 20_000, 250), 6, 35)
"""CTranslate2's table: 696 tokens a second in int8 on 4 threads, 9,297 on an A10G; 8 ms a step."""
DECODER: Final = Speed(_known(10, 0.3, 150, 15), _known(15, 0.03, 5_000, 100), 2, 12)
HYBRID: Final = Speed(_known(10, 0.3, 150, 15), _known(15, 0.03, 5_000, 100), 2, 30)
"""Twice and a half the throughput of a transformer of its size (Bamba-9B in vLLM)."""

BUILT_IN: Final = (
    Architecture(
        "decoder-only-api",
        "a large language model, asked over the network: any task in words",
        cost="price x (tokens in + tokens out), and the way there and back",
        limits="data leaves the machine; no seed, no beams, no two answers alike",
        avoid="ten million small labels a day",
        quality={
            "translate": 0.92, "summarize": 0.92, "answer": 0.93, "codegen": 0.93,
            "extract": 0.92, "classify": 0.80, "caption": 0.90, "": 0.92,
        },
        reads=frozenset({Modality.TEXT, Modality.IMAGE, Modality.DOCUMENT}),
        outputs=frozenset({"free", "schema", "label"}),
        remote=True,
        repeats=False,
        window=1_000_000,
        speed=Speed(_known(0, 0.8, 20_000, 80), _known(0, 0.8, 20_000, 80)),
        findings=BY_API,
        backend="claude",
        extra="claude",
        source="WMT25; Zhang et al. 2023",
    ),
    Architecture(
        "decoder-only-local",
        "a language model on this machine: free text in private, code",
        cost="prefill 2NT + 4LdT^2; each token of output reads all the weights again",
        limits="the accelerator's memory; the licence",
        avoid="7B on a laptop's processor for answers of one word",
        quality={
            "translate": 0.60, "summarize": 0.72, "answer": 0.62, "codegen": 0.65,
            "extract": 0.70, "classify": 0.56, "embed": 0.60, "": 0.60,
        },
        outputs=frozenset({"free", "schema", "label", "vector"}),
        window=131_072,
        gigabytes=1.0,
        speed=DECODER,
        decoding={"extract": Greedy(), "classify": Greedy(), "answer": Greedy()},
        findings=DECODERS,
        backend="decoder-only",
        extra="local",
        source="WMT25; EvalPlus; NuExtract3",
    ),
    Architecture(
        "encoder-decoder",
        "a model trained for one mapping, as it comes: translation by pairs, news in brief",
        cost="one pass of the encoder, then cheap steps; linear in the output",
        limits="its window and its training: the pair of languages, the kind of text",
        avoid="instructions, prompts, documents longer than its window",
        quality={"translate": 0.70, "summarize": 0.60, "answer": 0.40},
        window=16_384,
        languages={"summarize": ENGLISH, "answer": ENGLISH},
        gigabytes=0.3,
        speed=SEQ2SEQ,
        decoding={"translate": Beam(4), "summarize": Beam(4, length_penalty=2.0)},
        findings=PAIRS,
        backend="encoder-decoder",
        extra="local",
        source="FLORES-200; CTranslate2",
    ),
    Architecture(
        "encoder-decoder-fine-tuned",
        "a small T5 or BART tuned on your own pairs: one mapping, at volume",
        cost="as encoder-decoder, with the smallest model that holds; tuning once",
        limits="1,000 pairs and more; what the pairs do not show it does not learn",
        avoid="a variety of requests",
        quality={"translate": 0.80, "summarize": 0.80, "extract": 0.58},
        outputs=frozenset({"free", "schema"}),
        pairs=1_000,
        window=16_384,
        gigabytes=0.3,
        speed=SEQ2SEQ,
        decoding={"translate": Beam(4), "summarize": Beam(4, length_penalty=2.0)},
        findings=TUNED,
        backend="encoder-decoder",
        extra="local",
        note="this line runs the model as it comes: that is what tuning on your pairs must beat",
        source="Elfeki et al. 2025; RedLLM 2025",
    ),
    Architecture(
        "encoder-only",
        "labels, spans and vectors in one pass, without generating",
        cost="one pass, linear in items; batches perfectly",
        limits="writes no text; 512 to 8,192 tokens",
        avoid="generating text",
        quality={"classify": 0.80, "embed": 0.90, "extract": 0.55, "answer": 0.45},
        outputs=frozenset({"label", "vector", "schema"}),
        writes=False,
        gigabytes=0.1,
        speed=Speed(_known(2, 0.005, 6_000), _known(3, 0.003, 60_000), 8, 20),
        findings=ENCODERS,
        backend="encoder-only",
        extra="local",
        source="Pecher et al. 2025; sentence-transformers",
    ),
    Architecture(
        "speech-encoder-decoder",
        "speech to text, as Whisper does, with times",
        cost="a fixed price for each 30 seconds, then the words",
        limits="silence, languages with little data, live use",
        avoid="windows of 30 seconds for commands of two",
        quality={"transcribe": 0.85, "translate": 0.75},
        reads=frozenset({Modality.AUDIO}),
        gigabytes=0.15,
        speed=Speed(_known(2, 0.5, 380, 120), _known(4, 0.2, 5_000, 300), 2, 4),
        decoding={"transcribe": Greedy()},
        findings=SPEECH,
        backend="whisper",
        extra="whisper",
        source="open ASR leaderboard; faster-whisper",
    ),
    Architecture(
        "vision-language",
        "an image, or an image and a question, to text or JSON, on this machine",
        cost="tokens of the image and of the output",
        limits="the budget of pixels; reasoning over what is seen",
        avoid="pages with a text layer: read that, and look at nothing",
        quality={"caption": 0.75, "answer": 0.70, "extract": 0.65},
        reads=frozenset({Modality.TEXT, *PICTURES}),
        only_with=PICTURES,
        outputs=frozenset({"free", "schema", "label"}),
        window=131_072,
        gigabytes=1.0,
        speed=Speed(_known(8, 0.5, 400, 20), _known(10, 0.1, 8_000, 100), 1, 20),
        decoding={"extract": Greedy(), "caption": Greedy()},
        findings=SEES,
        backend="vision-language",
        extra="local",
        source="SmolVLM; Donut; NuExtract3",
    ),
    Architecture(
        "state-space",
        "Mamba and hybrids of it: long inputs, many sessions, little memory",
        cost="linear in the input, with a state that does not grow",
        limits="exact look-up and copying (the pure ones); machines without its kernels",
        avoid="short inputs",
        quality={
            "translate": 0.50, "summarize": 0.70, "answer": 0.58, "codegen": 0.60,
            "extract": 0.64, "classify": 0.50, "": 0.56,
        },
        outputs=frozenset({"free", "schema", "label"}),
        window=262_144,
        gigabytes=1.6,
        speed=HYBRID,
        findings=STATES,
        backend="decoder-only",
        extra="local",
        source="Waleffe et al. 2024; Granite 4.0; Bamba",
    ),
    Architecture(
        "extractive",
        "picks sentences of the text; no model, no download, never invents",
        cost="linear to quadratic in sentences, in milliseconds",
        limits="the text's own words",
        avoid="headlines, and whatever has to be put in other words",
        quality={"summarize": 0.40},
        writes=False,
        speed=Speed(_known(0, 0.001, 200_000), _known(0, 0.001, 200_000)),
        findings=EXTRACTS,
        backend="extractive",
        source="Lead-3 and TextRank on CNN/DM",
    ),
)  # fmt: skip
