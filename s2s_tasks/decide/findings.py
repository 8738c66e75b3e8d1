"""
What is known of the kinds of models, one fact a line: when it holds, what it is worth, who says so.

`by` is on the scale of `Architecture.quality`. The sources name papers and measurements of 2022
to 2026; all compare with the large models of their day, so each figure is a prior, which the
user's own measurements and labelled examples go before.
"""

from __future__ import annotations

from typing import Final

from ..exchange import Modality
from .architecture import Finding
from .needs import Needs
from .tongues import codes, tier

__all__ = [
    "BY_API",
    "DECODERS",
    "ENCODERS",
    "EXTRACTS",
    "PAIRS",
    "SEES",
    "SPEECH",
    "STATES",
    "TUNED",
]

LONG: Final = 16_000
"""Tokens from which on attention and its cache weigh; T = 6 d is where the squares overtake."""
SHORT: Final = 6_000
HEADLINE: Final = 30
MANY_LABELS: Final = 50
MANY_ITEMS: Final = 100_000
MANY_TOKENS: Final = 1_000_000
"""Held open at once: 74 GB of cache for a transformer of 3B."""
WHISPER_TOO_SMALL: Final = codes("bn kn my am ta hi th el fa")


def _over(needs: Needs, tokens: int) -> bool:
    return max(needs.input_tokens or 0, needs.longest or 0) > tokens


def _long(needs: Needs) -> bool:
    return _over(needs, LONG - 1)


def _short(needs: Needs) -> bool:
    return 0 < max(needs.input_tokens or 0, needs.longest or 0) < SHORT


def _to(needs: Needs, *tiers: str) -> bool:
    spoken = [needs.to, *needs.languages]
    return needs.task == "translate" and any(code and tier(code) in tiers for code in spoken)


def _between(needs: Needs, tier_: str) -> bool:
    spoken = [code for code in (needs.to, *needs.languages) if code]
    return (
        needs.task == "translate" and bool(spoken) and all(tier(code) == tier_ for code in spoken)
    )


def _each(needs: Needs) -> float:
    """Labelled examples of each label, of two if their number is unknown."""
    return (needs.labelled_pairs or 0) / (needs.classes or 2)


def _labels(needs: Needs, low: float, high: float = float("inf")) -> bool:
    known = needs.task == "classify" and needs.labelled_pairs is not None
    return known and low <= _each(needs) < high


def _pairs(needs: Needs, low: int, high: float = float("inf")) -> bool:
    return needs.labelled_pairs is not None and low <= needs.labelled_pairs < high


def _gpu(needs: Needs, least: float, most: float = float("inf")) -> bool:
    return needs.hardware.gpu_gb is not None and least <= needs.hardware.gpu_gb < most


def _own_style(needs: Needs) -> bool:
    return needs.house_style and _pairs(needs, 100_000)


def _many_open(needs: Needs) -> bool:
    return needs.sessions * (needs.input_tokens or 1_000) >= MANY_TOKENS


def _many_labels(needs: Needs) -> bool:
    return (needs.classes or 0) >= MANY_LABELS and not needs.labelled_pairs


def _headline(needs: Needs) -> bool:
    return needs.task == "summarize" and (needs.output_tokens or HEADLINE + 1) <= HEADLINE


NOBODY: Final = Finding(
    "no system is adequate in this language (the best has 45 of 100): have every output reviewed",
    -0.40, lambda n: _to(n, "none"), "WMT25",
)  # fmt: skip

SAME: Final = Finding(
    "decode greedily, one text at a time on one thread, with weights and libraries pinned",
    0.0, lambda n: n.deterministic,
)  # fmt: skip

BY_API: Final = (
    Finding("the best quality without data or hardware of your own", 0.0, lambda n: not n.task),
    Finding("keeps 75 to 84 of 100 in languages where small local models fall to 16 to 36", 0.0, lambda n: _to(n, "low"), "WMT25"),
    Finding("documents in 83 to 92 of 100, where a small translation model has 59", 0.0, lambda n: _between(n, "high"), "WMT25"),
    Finding("takes a text as it is, whatever languages stand in it", 0.0, lambda n: n.task == "translate" and len(n.languages) > 1),
    Finding("the few labelled examples go into the prompt", 0.03, lambda n: _labels(n, 0.5, 50), "SetFit; Pecher et al. 2025"),
    Finding("a prompt does not teach a style that needs so many pairs to show it", -0.20, _own_style, "Vieira et al. 2024"),
    Finding("follows a wish for style, and varies when it is asked to", 0.0, lambda n: n.creative),
    Finding("a batch costs half, and is mostly done within the hour", 0.0, lambda n: n.documents, "Anthropic's documentation"),
    Finding("ask a small model first, and a large one where a check fails: 40 to 85 % are saved", 0.0, lambda n: (n.volume_per_day or 0) >= MANY_ITEMS, "RouteLLM 2024"),
    Finding("above 100,000 tokens some models charge five times as much: split the text", 0.0, lambda n: _over(n, 100_000), "price lists of November 2026"),
    NOBODY,
)  # fmt: skip

DECODERS: Final = (
    Finding("without an accelerator only models up to some 4B are fast enough", -0.10, lambda n: _gpu(n, 0, 1)),
    Finding("a model of 4 to 12B fits the accelerator in 4 bits", 0.05, lambda n: _gpu(n, 8, 16), "Gemma 4 memory table"),
    Finding("a model of 12 to 30B fits the accelerator in 4 bits", 0.10, lambda n: _gpu(n, 16), "Gemma 4 memory table"),
    Finding("small models fall to 16 to 49 of 100 in this language", -0.25, lambda n: _to(n, "low") and not _gpu(n, 48), "WMT25"),
    Finding("small models lose a fifth in this language", -0.10, lambda n: _to(n, "middle"), "WMT25"),
    Finding("tuned on 100,000 pairs it gains 13 BLEU, and holds a style beyond the sentence", 0.35, lambda n: _own_style(n) and _gpu(n, 16), "Vieira et al. 2024"),
    Finding("scores all labels in one pass, where an entailment model needs one for each", 0.15, _many_labels, "transformers 5.23, decision pipeline"),
    Finding("its cache grows with every token: some 74 kB a token for a model of 3B", -0.12, _long, "SmolLM3 config"),
    Finding("the caches of so many open sessions do not fit", -0.20, _many_open, "SmolLM3 config"),
    Finding("reads other languages than English, at up to nine times the tokens", 0.0, lambda n: n.task == "summarize" and n.languages and n.languages[0] != "en", "Petrov et al. 2023"),
    SAME,
    NOBODY,
)  # fmt: skip

PAIRS: Final = (
    Finding("a model of one pair of languages beats larger ones of many (63.8 against 59.8 chrF++)", 0.02, lambda n: _between(n, "high"), "FLORES-200"),
    Finding("translation models hold 54 of 100 where small language models fall to 16 to 49", 0.0, lambda n: _to(n, "low"), "WMT25"),
    Finding("quality is lower in this language, as that of all local models", -0.10, lambda n: _to(n, "low"), "WMT25"),
    Finding("was trained on sentences: terms and pronouns do not agree over a document", -0.15, lambda n: n.task == "translate" and _over(n, 512)),
    Finding("takes one source language, not several in one text", -0.25, lambda n: n.task == "translate" and len(n.languages) > 1),
    Finding("was trained on the news", 0.22, lambda n: n.task == "summarize" and n.domain == "news", "distilbart on CNN/DM: ROUGE-2 21.3"),
    Finding("was trained on the news, and is poor on other texts", -0.25, lambda n: n.task == "summarize" and n.domain not in {"", "news"}, "distilbart on XSum: ROUGE-2 3.9"),
    Finding("one-line summaries are what it was trained on", 0.20, _headline, "bart-large-xsum"),
    Finding("send the 30 to 50 % that a quality estimate doubts to a large model: together they equal it", 0.0, lambda n: n.task == "translate" and (n.volume_per_day or 0) >= MANY_ITEMS and not n.local_only, "Farinhas et al. 2025"),
    Finding("cannot be told a style", -0.15, lambda n: n.creative or n.house_style),
    SAME,
    NOBODY,
)  # fmt: skip

TUNED: Final = (
    Finding("tuned on your pairs a small model equals a large one, at a fraction of the price", 0.08, lambda n: n.task == "translate" and _pairs(n, 5_000), "RedLLM 2025; Vieira et al. 2024"),
    Finding("a hundred thousand pairs and more are worth 13 BLEU", 0.02, lambda n: n.task == "translate" and _pairs(n, 100_000), "Vieira et al. 2024"),
    Finding("below 5,000 pairs tuning gains little or harms", -0.15, lambda n: n.task == "translate" and _pairs(n, 0, 5_000), "Vieira et al. 2024"),
    Finding("1,000 summaries of your own passed the best of the day on 6 of 12 sets", 0.08, lambda n: n.task == "summarize" and _pairs(n, 1_000), "PEGASUS"),
    Finding("a small tuned model reads what it was tuned on, and costs next to nothing a call", 0.18, lambda n: n.task == "extract" and _pairs(n, 1_000), "LoRA Land 2024"),
    Finding("the pairs can be made by an API model once: such data brought Yoruba to the level of NLLB-54B", -0.04, lambda n: n.labelled_pairs is None, "arXiv 2404.13813"),
    Finding("long texts fit LongT5 and LED once tuned (ROUGE-1 48 to 50 against 35 to 39 extractive)", 0.0, lambda n: n.task == "summarize" and _over(n, 2_000), "LongT5"),
    SAME,
    NOBODY,
)  # fmt: skip

ENCODERS: Final = (
    Finding("one pass and no generation: vectors are what it was made for", 0.0, lambda n: n.task == "embed"),
    Finding("one pass and no generation; from about 100 labels on it equals a prompted large model", 0.0, lambda n: n.task == "classify" and n.labelled_pairs is None, "Pecher et al. 2025"),
    Finding("50 examples of each label: tuned, it beats prompted large models", 0.10, lambda n: _labels(n, 50), "Bucher and Martini 2024"),
    Finding("the line to go on with labels without tuning: that is what tuning must beat", 0.0, lambda n: _labels(n, 8)),
    Finding("8 to 50 examples of each label: SetFit rivals far larger sets", -0.05, lambda n: _labels(n, 8, 50), "SetFit"),
    Finding("fewer than 8 examples of each label", -0.12, lambda n: _labels(n, 0.01, 8), "SetFit"),
    Finding("nothing to tune on: zero-shot entailment has 38 % on six classes", -0.22, lambda n: n.task == "classify" and n.labelled_pairs == 0, "SetFit"),
    Finding("a question of two answers needs up to some thousand labels", -0.30, lambda n: n.classes == 2 and _pairs(n, 1, 500), "Pecher et al. 2025"),  # noqa: PLR2004
    Finding("entailment takes one pass for each label", -0.30, _many_labels),
    Finding("finds spans, with their places and scores", 0.0, lambda n: n.quotable),
    Finding("reads 8,192 tokens at most", -0.20, lambda n: _over(n, 8_192), "ModernBERT"),
)  # fmt: skip

SPEECH: Final = (
    Finding("the only kind here that takes sound in", 0.0, lambda n: Modality.AUDIO in n.modalities or n.task == "transcribe", "Claude's API takes none"),
    Finding("writes at most 224 tokens for 30 seconds, and this language needs more: check for losses", -0.20, lambda n: any(code in WHISPER_TOO_SMALL for code in n.languages), "Whisper; FLORES-200"),
    Finding("Whisper waits for 30 seconds of sound: take a streaming model such as Moonshine", -0.10, lambda n: n.live, "Whisper, Moonshine"),
    Finding("invents text in 40 % of stretches without speech: keep voice detection on", 0.0, lambda n: bool(n.domain), "Baranski et al. 2025"),
)  # fmt: skip

SEES: Final = (
    Finding("tuned on your layout it reads receipts at 91 of 100 in about a second", 0.22, lambda n: _pairs(n, 1_000), "Donut on CORD"),
    Finding("small captioners of 0.2 to 0.8B write short captions well", 0.0, lambda n: n.task == "caption", "GIT, Florence-2"),
    Finding("small models do not reason over charts (MMMU 32 to 41)", -0.20, lambda n: n.domain == "charts", "SmolVLM"),
    Finding("keep thinking off: it made small models fail in a quarter of documents", 0.0, lambda n: n.task == "extract", "NuExtract3"),
    Finding("give a budget of pixels: one image may take 16,000 tokens", 0.0, lambda _: True, "SmolVLM on Qwen2-VL"),
)  # fmt: skip

STATES: Final = (
    Finding("its state does not grow with the input: 8 kB a token where attention keeps 74", 0.10, _long, "Granite 4.0; Waleffe et al. 2024"),
    Finding("keeps many sessions open in little memory", 0.15, _many_open, "Granite 4.0"),
    Finding("has no advantage on short inputs", -0.10, _short, "cost model: T much less than 6 d"),
    Finding("its kernels want an accelerator", -0.15, lambda n: _gpu(n, 0, 1), "mamba"),
    Finding("small models fall to 16 to 49 of 100 in this language", -0.25, lambda n: _to(n, "low"), "WMT25"),
    NOBODY,
)  # fmt: skip

EXTRACTS: Final = (
    Finding("only copies, so nothing is invented and every word can be quoted", 0.0, lambda n: n.quotable),
    Finding("costs 3.8 ROUGE-1 on news against BART", 0.10, lambda n: n.domain == "news", "Lead-3 on CNN/DM"),
    Finding("a headline is not a sentence of the text", -0.20, _headline, "XSum"),
)  # fmt: skip
