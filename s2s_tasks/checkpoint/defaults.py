"""
Which checkpoint to take where the caller names none: small, medium and large, by task and language.

Licences and sizes are those that model cards and repositories stated in November 2026; none
here forbids commercial use. Any other checkpoint can be named, and its licence is then on the result.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..backend import Suggestion
from ..errors import UnknownName
from ..exchange import Request
from ..language import guess_language, language_name, primary
from ..media import Modality
from .folder import Checkpoint

__all__ = ["DEFAULTS", "SIZES", "Default", "in_cache", "suggested"]

SIZES: Final = ("small", "medium", "large")
NAMED: Final = "name the backend to have it fetched"
SAMPLE: Final = 2_000
"""Characters by which the language of a text is told."""


@dataclass(frozen=True)
class Default:
    """`languages`: of the text, None for any. `tokens`: of context, as its card says."""

    model: str
    tasks: frozenset[str]
    size: str
    architecture: str
    licence: str
    gigabytes: float
    tokens: int
    languages: frozenset[str] | None = None


def _rows(
    tasks: str, architecture: str, languages: str, *rows: tuple[str, str, str, float, int]
) -> Iterator[Default]:
    known = frozenset(languages.split()) or None
    for model, size, licence, gigabytes, tokens in rows:
        named = frozenset(tasks.split())
        yield Default(model, named, size, architecture, licence, gigabytes, tokens, known)


DEFAULTS: Final = (
    *_rows(
        "summarize", "encoder-decoder", "en",
        ("sshleifer/distilbart-cnn-6-6", "small", "Apache-2.0", 0.9, 1024),
        ("sshleifer/distilbart-cnn-12-6", "medium", "Apache-2.0", 1.2, 1024),
        ("facebook/bart-large-cnn", "large", "MIT", 1.6, 1024),
    ),
    *_rows(
        "translate", "encoder-decoder", "",
        ("facebook/m2m100_418M", "small", "MIT", 1.9, 1024),
        ("facebook/m2m100_1.2B", "medium", "MIT", 5.0, 1024),
        ("google/madlad400-3b-mt", "large", "Apache-2.0", 11.8, 512),
    ),
    *_rows(
        "codegen", "decoder-only", "",
        ("Qwen/Qwen2.5-Coder-0.5B-Instruct", "small", "Apache-2.0", 1.0, 32_768),
        ("Qwen/Qwen2.5-Coder-1.5B-Instruct", "medium", "Apache-2.0", 3.1, 32_768),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", "large", "Apache-2.0", 15.2, 131_072),
    ),
    *_rows(
        "answer extract summarize", "decoder-only", "",
        ("Qwen/Qwen2.5-0.5B-Instruct", "small", "Apache-2.0", 1.0, 32_768),
        ("HuggingFaceTB/SmolLM3-3B", "medium", "Apache-2.0", 6.2, 131_072),
        ("Qwen/Qwen2.5-7B-Instruct", "large", "Apache-2.0", 15.2, 131_072),
    ),
    *_rows(
        "classify", "encoder-only", "en",
        ("MoritzLaurer/deberta-v3-base-zeroshot-v2.0-c", "small", "MIT", 0.4, 512),
        ("MoritzLaurer/deberta-v3-large-zeroshot-v2.0-c", "medium", "MIT", 0.9, 512),
    ),
    *_rows(
        "classify", "encoder-only", "",
        ("MoritzLaurer/bge-m3-zeroshot-v2.0-c", "large", "MIT", 1.1, 8192),
    ),
    *_rows(
        "embed", "encoder-only", "en",
        ("sentence-transformers/all-MiniLM-L6-v2", "small", "Apache-2.0", 0.1, 256),
        ("sentence-transformers/all-mpnet-base-v2", "medium", "Apache-2.0", 0.4, 384),
    ),
    *_rows(
        "embed", "encoder-only", "",
        ("sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", "small", "Apache-2.0", 0.4, 128),
        ("BAAI/bge-m3", "large", "MIT", 2.3, 8192),
    ),
    *_rows(
        "transcribe", "speech-encoder-decoder", "",
        ("openai/whisper-base", "small", "MIT", 0.3, 448),
        ("openai/whisper-small", "medium", "MIT", 1.0, 448),
        ("openai/whisper-large-v3-turbo", "large", "MIT", 1.6, 448),
    ),
    *_rows(
        "caption answer extract", "vision-language", "",
        ("HuggingFaceTB/SmolVLM-256M-Instruct", "small", "Apache-2.0", 0.5, 8192),
        ("Qwen/Qwen3-VL-2B-Instruct", "medium", "Apache-2.0", 4.3, 262_144),
        ("Qwen/Qwen3-VL-4B-Instruct", "large", "Apache-2.0", 8.9, 262_144),
    ),
)  # fmt: skip

SENSED: Final = {
    Modality.AUDIO: "speech-encoder-decoder",
    Modality.IMAGE: "vision-language",
}
"""Who reads what is no text; a text alone is for others."""

_EITHER_WAY = "ar cs da de es fi fr hi hu id it nl ru sv uk vi zh"
PAIRS: Final = frozenset(
    [f"en-{code}" for code in _EITHER_WAY.split()]
    + [f"{code}-en" for code in f"{_EITHER_WAY} ja ko pl tr".split()]
    + ["de-es", "de-fr", "en-ro", "es-de", "es-fr", "fr-de", "fr-es"]
)
"""Of opus-mt: a model of one pair is smaller and, where there is one, mostly better."""


def suggested(
    request: Request,
    model: str | None,
    architectures: frozenset[str],
    *,
    types: frozenset[str] | None = None,
) -> Suggestion:
    """
    The checkpoint for a request: the one that is named, or the default of the size that is.

    `types`: the model types that are run of these architectures, None for all.

    Raises UnknownName if there is no default for the task, with those that there are.
    """
    if model is not None and model not in SIZES:
        return _named(model, architectures, types)
    chosen = _pair(request, model, architectures) or _default(request, model, architectures)
    missing = "" if in_cache(chosen.model) else _fetch(chosen)
    return Suggestion(chosen.model, missing)


def _named(model: str, architectures: frozenset[str], types: frozenset[str] | None) -> Suggestion:
    folder = here(model)
    if folder is None:
        return Suggestion(model, f"{model} is no folder here and not downloaded yet; {NAMED}")
    checkpoint = Checkpoint(folder, model)
    kind, said = checkpoint.architecture, checkpoint.model_type
    if checkpoint.classes and kind not in architectures:
        return Suggestion(model, f"{model} is {kind}")
    if types is not None and said not in types:
        return Suggestion(model, f"{model} is a {said}, and only {', '.join(types)} is run")
    return Suggestion(model)


def _pair(request: Request, size: str | None, architectures: frozenset[str]) -> Default | None:
    wrong = request.task != "translate" or "encoder-decoder" not in architectures
    if wrong or size in {"medium", "large"}:
        return None
    source = request.params.get("source") or guess_language(request.text[:SAMPLE]) or "en"
    pair = f"{primary(source)}-{primary(request.params.get('to', ''))}"
    if pair not in PAIRS:
        return None
    name, tasks = f"Helsinki-NLP/opus-mt-{pair}", frozenset({"translate"})
    return Default(name, tasks, "small", "encoder-decoder", "CC-BY-4.0", 0.3, 512)


def _default(request: Request, size: str | None, architectures: frozenset[str]) -> Default:
    able = [
        row
        for row in DEFAULTS
        if request.task in row.tasks and row.architecture in architectures & _readers(request)
    ]
    language = guess_language(request.text[:SAMPLE]) or "en"
    speaking = [row for row in able if row.languages is None or language in row.languages]
    fitting = [row for row in speaking if size in {None, row.size}]
    if not fitting:
        what = f"no {size or 'default'} checkpoint is known to {request.task}"
        others = ", ".join(row.model for row in speaking or able) or "name one with model=..."
        raise UnknownName(f"{what} in {language_name(language)}", hint=f"there is: {others}")
    return min(fitting, key=lambda row: (not in_cache(row.model), SIZES.index(row.size)))


def _readers(request: Request) -> frozenset[str]:
    """Kinds of models that read what the request shows; all of them if that is not known yet."""
    kinds = frozenset(row.architecture for row in DEFAULTS)
    sensed = frozenset(kind for what, kind in SENSED.items() if what in request.modalities)
    return sensed or (kinds.difference(SENSED.values()) if request.parts else kinds)


def _fetch(chosen: Default) -> str:
    size = f"{chosen.gigabytes:.1f} GB, {chosen.licence}"
    return f"{chosen.model} ({size}) is not downloaded yet; {NAMED}"


def in_cache(model: str) -> bool:
    """Whether it is a folder, or the hub's cache has it."""
    return here(model) is not None


def here(model: str) -> Path | None:
    """The folder that it is, or that the hub's cache has of it, of any revision."""
    if Path(model).is_dir():
        return Path(model)
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    hub = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    name = model.partition("@")[0].replace("/", "--")
    kept = sorted((hub / f"models--{name}" / "snapshots").glob("*/config.json"))
    return kept[-1].parent if kept else None
