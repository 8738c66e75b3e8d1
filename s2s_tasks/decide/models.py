"""
Checkpoints worth naming for each kind of model, with what keeps them from being used.

The better stand first. Licences and sizes as model cards and repositories stated them in
November 2026; a licence that is not known is no permission.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ..exchange import Reason
from ..language import primary
from .needs import Needs
from .situation import HAIKU, Situation
from .tongues import codes, name_of, tier

__all__ = ["MODELS", "Model", "gigabytes_of", "model_for", "none_allowed", "set_aside"]

ASSUMED_ROOM: Final = 16.0
"""Gigabytes, for the choice among models where the machine's are not known."""
ROOM: Final = 1.2
"""Times the weights that a model takes at run time, at least."""

EITHER_WAY: Final = codes("ar cs da de es fi fr hi hu id it nl ru sv uk vi zh")
TO_ENGLISH: Final = EITHER_WAY | codes("ja ko pl tr")


def _always(_: Needs) -> bool:
    return True


@dataclass(frozen=True)
class Model:
    """
    `languages`: None for any. `commercial`: None if its licence leaves that open. `tokens`: of
    context. `broken`: why it is not to be used as it comes. `when`: needs that it is for.
    """

    name: str
    architecture: str
    tasks: frozenset[str]
    licence: str
    gigabytes: float
    commercial: bool | None = True
    languages: frozenset[str] | None = None
    tokens: int | None = None
    broken: str = ""
    when: Callable[[Needs], object] = field(default=_always, compare=False)

    def named(self, needs: Needs) -> str:
        """Its name for this pair of languages."""
        source = primary(next(iter(needs.languages), "en"))
        return self.name.format(source=source, to=primary(needs.to))


def _model(
    name: str, kind: str, tasks: str, licence: str, gigabytes: float, **rest: object
) -> Model:
    known = rest.pop("languages", "")
    spoken = frozenset(str(known).split()) or None
    return Model(name, kind, frozenset(tasks.split()), licence, gigabytes, languages=spoken, **rest)  # type: ignore[arg-type]


def _pair(needs: Needs) -> bool:
    source = primary(next(iter(needs.languages), "en"))
    to = primary(needs.to)
    return (source == "en" and to in EITHER_WAY) or (to == "en" and source in TO_ENGLISH)


def _headline(needs: Needs) -> bool:
    return 0 < (needs.output_tokens or 0) <= 30  # noqa: PLR2004  # tokens of one line


def _long(needs: Needs) -> bool:
    return max(needs.input_tokens or 0, needs.longest or 0) > 1_024  # noqa: PLR2004  # BART's


def _tuned(needs: Needs) -> bool:
    return (needs.labelled_pairs or 0) >= 100  # noqa: PLR2004  # labels from which tuning pays


def _tuned_layout(needs: Needs) -> bool:
    return (needs.labelled_pairs or 0) >= 1_000  # noqa: PLR2004


def _one_script(needs: Needs) -> bool:
    return needs.to != "sr-Latn"


TUNED, ED, LOCAL = "encoder-decoder-fine-tuned", "encoder-decoder", "decoder-only-local"
ENCODER, VISION, STATE = "encoder-only", "vision-language", "state-space"
SPEECH = "speech-encoder-decoder"
ANY = "summarize answer extract classify translate "
UNTUNED = "is pre-trained only: its output is useless before tuning"
OPUS = "Helsinki-NLP/opus-mt-{source}-{to}"

MODELS: Final = (
    _model(HAIKU, "decoder-only-api", f"{ANY} codegen caption", "service", 0),
    _model(OPUS, ED, "translate", "CC-BY-4.0", 0.3, when=_pair, tokens=512),
    _model("facebook/nllb-200-distilled-1.3B", ED, "translate", "CC-BY-NC-4.0", 5.5, commercial=False, when=_one_script),
    _model("google/madlad400-3b-mt", ED, "translate", "Apache-2.0", 11.8, when=lambda n: tier(n.to or "en") != "high"),
    _model("facebook/m2m100_418M", ED, "translate", "MIT", 1.9),
    _model("google-t5/t5-base", ED, "translate", "Apache-2.0", 0.9, languages="en de fr ro"),
    _model("facebook/bart-large-xsum", ED, "summarize", "MIT", 1.6, languages="en", when=_headline),
    _model("sshleifer/distilbart-cnn-12-6", ED, "summarize", "Apache-2.0", 1.2, languages="en"),
    _model("sshleifer/distilbart-cnn-6-6", ED, "summarize", "Apache-2.0", 0.9, languages="en"),
    _model("allenai/led-base-16384", ED, "summarize", "Apache-2.0", 0.6, broken=UNTUNED),
    _model("google/long-t5-tglobal-base", ED, "summarize", "Apache-2.0", 1.0, broken=UNTUNED),
    _model("google/flan-t5-base", ED, "answer", "Apache-2.0", 1.0, languages="en"),
    _model(OPUS, TUNED, "translate", "CC-BY-4.0", 0.3, when=_pair, tokens=512),
    _model("facebook/m2m100_418M", TUNED, "translate", "MIT", 1.9),
    _model("google/long-t5-tglobal-base", TUNED, "summarize", "Apache-2.0", 1.0, languages="en", when=_long),
    _model("facebook/bart-base", TUNED, "summarize", "Apache-2.0", 0.6, languages="en"),
    _model("google/mt5-base", TUNED, "summarize extract", "Apache-2.0", 2.3),
    _model("Qwen/Qwen2.5-Coder-7B-Instruct", LOCAL, "codegen", "Apache-2.0", 15.2),
    _model("Qwen/Qwen2.5-Coder-3B-Instruct", LOCAL, "codegen", "Qwen Research", 6.2, commercial=False),
    _model("Qwen/Qwen2.5-Coder-1.5B-Instruct", LOCAL, "codegen", "Apache-2.0", 3.1),
    _model("Qwen/Qwen2.5-Coder-0.5B-Instruct", LOCAL, "codegen", "Apache-2.0", 1.0),
    _model("tencent/HY-MT1.5-1.8B", LOCAL, "translate", "not valid in the EU, the UK and South Korea", 3.6, commercial=None),
    _model("Qwen/Qwen2.5-7B-Instruct", LOCAL, ANY, "Apache-2.0", 15.2),
    _model("HuggingFaceTB/SmolLM3-3B", LOCAL, ANY, "Apache-2.0", 6.2, languages="en fr es de it pt"),
    _model("Qwen/Qwen2.5-3B-Instruct", LOCAL, ANY, "Qwen Research", 6.2, commercial=False),
    _model("Qwen/Qwen2.5-0.5B-Instruct", LOCAL, ANY, "Apache-2.0", 1.0),
    _model("answerdotai/ModernBERT-base", ENCODER, "classify", "Apache-2.0", 0.6, languages="en", tokens=8_192, when=_tuned),
    _model("FacebookAI/xlm-roberta-base", ENCODER, "classify", "MIT", 1.1, tokens=512, when=_tuned),
    _model("MoritzLaurer/deberta-v3-base-zeroshot-v2.0-c", ENCODER, "classify", "MIT", 0.4, languages="en", tokens=512),
    _model("MoritzLaurer/bge-m3-zeroshot-v2.0-c", ENCODER, "classify", "MIT", 1.1, tokens=8_192),
    _model("sentence-transformers/all-MiniLM-L6-v2", ENCODER, "embed", "Apache-2.0", 0.1, languages="en", tokens=256),
    _model("BAAI/bge-m3", ENCODER, "embed", "MIT", 2.3, tokens=8_192),
    _model("distilbert/distilbert-base-cased", ENCODER, "embed", "Apache-2.0", 0.3, broken="was never trained for similarity"),
    _model("fastino/gliner2-base-v1", ENCODER, "extract", "Apache-2.0", 0.8),
    _model("deepset/roberta-base-squad2", ENCODER, "answer", "CC-BY-4.0", 0.5, languages="en"),
    _model("UsefulSensors/moonshine-streaming-medium", SPEECH, "transcribe", "MIT", 1.0, languages="en", when=lambda n: n.live),
    _model("distil-whisper/distil-large-v3.5", SPEECH, "transcribe", "MIT", 1.6, languages="en"),
    _model("openai/whisper-medium", SPEECH, "translate", "MIT", 3.1),
    _model("openai/whisper-large-v3-turbo", SPEECH, "transcribe", "MIT", 1.6),
    _model("openai/whisper-base", SPEECH, "transcribe translate", "MIT", 0.3),
    _model("naver-clova-ix/donut-base", VISION, "extract", "MIT", 0.8, when=_tuned_layout),
    _model("microsoft/Florence-2-base", VISION, "caption", "MIT", 0.5, languages="en"),
    _model("Qwen/Qwen3-VL-4B-Instruct", VISION, "answer extract caption", "Apache-2.0", 8.9),
    _model("Qwen/Qwen3-VL-2B-Instruct", VISION, "answer extract caption", "Apache-2.0", 4.3),
    _model("HuggingFaceTB/SmolVLM-256M-Instruct", VISION, "answer extract caption", "Apache-2.0", 0.5),
    _model("Qwen/Qwen3.5-4B", STATE, f"{ANY} codegen", "Apache-2.0", 8.0, tokens=262_144),
    _model("ibm-granite/granite-4.0-h-micro", STATE, f"{ANY} codegen", "Apache-2.0", 6.4, tokens=131_072),
    _model("Qwen/Qwen3.5-0.8B", STATE, f"{ANY} codegen", "Apache-2.0", 1.6, tokens=262_144),
    _model("state-spaces/mamba-2.8b", STATE, ANY, "Apache-2.0", 5.5, broken="is a base model: it follows no instruction"),
)  # fmt: skip


def _indexed() -> Mapping[tuple[str, str], Sequence[Model]]:
    index: dict[tuple[str, str], list[Model]] = {}
    for model in MODELS:
        for task in model.tasks:
            index.setdefault((model.architecture, task), []).append(model)
    return index


BY_KIND: Final = _indexed()


def gigabytes_of(name: str) -> float:
    """Of its weights as they are published; 0 if that is not known."""
    return next((model.gigabytes for model in MODELS if model.name == name), 0.0)


def model_for(case: Situation, architecture: str) -> str | None:
    """The first that nothing speaks against; None if none is known."""
    able = (model for model in _known(case, architecture) if not _against(case, model))
    return next((model.named(case.needs) for model in able), None)


def set_aside(case: Situation, architecture: str) -> tuple[Reason, ...]:
    """Those better ones that a licence, a language or the machine forbids; the named one too."""
    told = []
    for model in _known(case, architecture):
        why = _against(case, model)
        if not why:
            break
        told.append(Reason(model.named(case.needs), why))
    return (*told, *_named(case, {reason.subject for reason in told}))


def none_allowed(case: Situation, architecture: str) -> str:
    """Why not one of its models may be used; nothing if one may or none is known."""
    told = ""
    for model in _known(case, architecture):
        if not (why := _against(case, model)):
            return ""
        told = f"{model.named(case.needs)} {why}"
    return told


def _named(case: Situation, told: set[str]) -> Iterator[Reason]:
    for model in MODELS:
        if model.name == case.needs.model and model.name not in told:
            if why := _against(case, model):
                yield Reason(model.name, why)
            return


def _known(case: Situation, architecture: str) -> Iterator[Model]:
    needs = case.as_task
    task = needs.task or "answer"
    for model in BY_KIND.get((architecture, task), ()):
        if model.when(needs):
            yield model


def _against(case: Situation, model: Model) -> str:
    needs = case.needs
    if model.broken:
        return model.broken
    if needs.commercial is not False and model.commercial is not True:
        return f"has a licence that does not allow it everywhere: {model.licence}"
    for language in filter(None, (*needs.languages, needs.to)):
        if model.languages is not None and primary(language) not in model.languages:
            return f"does not know {name_of(language)}"
    if model.tokens is not None and case.load.input_tokens > model.tokens:
        return f"reads {model.tokens:,} tokens at once"
    room = needs.hardware.room_gb
    if model.gigabytes * ROOM > (room or ASSUMED_ROOM):
        has = f"{ASSUMED_ROOM:g} GB are assumed" if room is None else f"{room:g} GB are free"
        return f"needs {model.gigabytes * ROOM:.1f} GB, and {has}"
    return ""
