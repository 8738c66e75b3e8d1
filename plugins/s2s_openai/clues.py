"""By what each kind of server is known, and where each tells what its models are like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .facts import Facts, Kind, kind_named
from .profiles import GEMINI, LITELLM, LLAMA_CPP, LM_STUDIO, OLLAMA, OPENAI, TGI, TRANSFORMERS, VLLM

if TYPE_CHECKING:
    from .profile import Profile
    from .sight import Sight

__all__ = ["CLUES", "HOSTS", "Clue", "details"]

OLLAMA_CONTEXT: Final = 4096
"""Tokens with which Ollama loads a model unless told more; what is beyond it cuts in silence."""

HOSTS: Final[Mapping[str, Profile]] = {
    "api.openai.com": OPENAI,
    "generativelanguage.googleapis.com": GEMINI,
}


@dataclass(frozen=True)
class Clue:
    """`words` say what gives the kind away."""

    profile: Profile
    words: str
    fits: Callable[[Sight], object]


def _owner(name: str) -> Callable[[Sight], bool]:
    return lambda sight: any(row.get("owned_by") == name for row in sight.rows("/models"))


def _paths(sight: Sight) -> Mapping[str, Any]:
    paths = sight.own("/openapi.json").get("paths")
    return paths if isinstance(paths, dict) else {}


CLUES: Final = (
    Clue(
        LLAMA_CPP,
        "its Server header says llama.cpp",
        lambda sight: sight.at("/models").headers.get("server") == "llama.cpp",
    ),
    Clue(LLAMA_CPP, "its models are owned by llamacpp", _owner("llamacpp")),
    Clue(VLLM, "its models are owned by vllm", _owner("vllm")),
    Clue(LM_STUDIO, "its models are owned by organization_owner", _owner("organization_owner")),
    Clue(
        LLAMA_CPP,
        "it answers to /props",
        lambda sight: sight.own("/props").get("default_generation_settings"),
    ),
    Clue(OLLAMA, "it answers to /api/version", lambda sight: sight.own("/api/version").get("version")),
    Clue(
        TGI,
        "/info tells of a text-generation-router",
        lambda sight: sight.own("/info").get("model_id") and sight.own("/info").get("version"),
    ),
    Clue(LM_STUDIO, "it answers to /api/v0/models", lambda sight: sight.own("/api/v0/models").get("data")),
    Clue(LITELLM, "it says that it is alive", lambda sight: b"alive" in sight.own("/health/liveliness").body),
    Clue(TRANSFORMERS, "/openapi.json lists /load_model", lambda sight: "/load_model" in _paths(sight)),
)  # fmt: skip
"""In this order: the first that fits says it. What costs no further request stands first."""


def details(profile: Profile, sight: Sight, model: str) -> Facts:
    """What the server tells of one of its models, beside what its name says."""
    told = {name: value for name, value in _told(profile, sight, model) if value is not None}
    return Facts(model, **{"kind": kind_named(model), **told})


def _told(profile: Profile, sight: Sight, model: str) -> Iterator[tuple[str, Any]]:
    match profile.name:
        case "llama.cpp":
            yield from _of_llama_cpp(sight, model)
        case "vllm":
            yield "context", _count(sight.row(model).get("max_model_len"))
        case "tgi":
            yield "context", _count(sight.own("/info").get("max_total_tokens"))
        case "ollama":
            yield from _of_ollama(sight, model)
        case "lmstudio":
            yield from _of_lm_studio(sight, model)


def _of_llama_cpp(sight: Sight, model: str) -> Iterator[tuple[str, Any]]:
    props, meta = sight.own("/props"), _object(sight.row(model).get("meta"))
    yield (
        "context",
        _count(meta.get("n_ctx"))
        or _count(_object(props.get("default_generation_settings")).get("n_ctx")),
    )
    yield "places", _count(props.get("total_slots"))
    vision = _object(props.get("modalities")).get("vision")
    yield "vision", vision if isinstance(vision, bool) else None


def _of_ollama(sight: Sight, model: str) -> Iterator[tuple[str, Any]]:
    """The context is that of the loaded model: what it was trained with says little here."""
    yield "context", OLLAMA_CONTEXT
    able = sight.own("/api/show", {"model": model}).get("capabilities")
    if isinstance(able, list):
        yield "vision", "vision" in able
        yield "kind", Kind.EMBEDDING if "embedding" in able else Kind.CHAT
    running = sight.own("/api/ps").get("models")
    for one in running if isinstance(running, list) else ():
        if isinstance(one, dict) and one.get("name") == model:
            yield "context", _count(one.get("context_length"))


def _of_lm_studio(sight: Sight, model: str) -> Iterator[tuple[str, Any]]:
    rows = sight.own("/api/v0/models").get("data")
    kinds = {"embeddings": Kind.EMBEDDING, "llm": Kind.CHAT, "vlm": Kind.CHAT}
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("id") == model:
            yield "kind", kinds.get(str(row.get("type")))
            yield "vision", row["type"] == "vlm" if row.get("type") in kinds else None
            yield (
                "context",
                _count(row.get("loaded_context_length")) or _count(row.get("max_context_length")),
            )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
