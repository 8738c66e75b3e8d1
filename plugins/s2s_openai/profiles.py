"""The servers that are known: what each does with a request, and how that was learned."""

from __future__ import annotations

from typing import Final

from .profile import ALL_PICTURES, Forms, Manner, Profile, Schemas

__all__ = ["PROFILES", "UNKNOWN"]

SAMPLE: Final = {"temperature": "temperature", "top_p": "top_p"}
SEEDED: Final = SAMPLE | {"seed": "seed"}
OPEN: Final = SEEDED | {"top_k": "top_k", "min_p": "min_p"}
SPEECH: Final = frozenset({"timestamps", "language", "prompt", "to"})

OPENAI: Final = Profile(
    name="openai",
    title="OpenAI",
    seen="2026-11, documentation",
    limit="max_completion_tokens",
    sample=Manner(fields=SEEDED | {"results": "n"}),
    hottest=2.0,
    fixed=r"(?!.*chat)(?:o\d|gpt-[5-9])",
    schemas=Schemas.STRICT,
    enforces=True,
    shows_schema=True,
    speech=SPEECH,
    listing=True,
)
VLLM: Final = Profile(
    name="vllm",
    title="vLLM",
    seen="2026-11, its source; fields that it does not know, it ignores",
    greedy=Manner({"temperature": 0}, {"repetition_penalty": "repetition_penalty"}),
    sample=Manner(fields=OPEN | {"repetition_penalty": "repetition_penalty", "results": "n"}),
    beam=Manner(
        {"use_beam_search": True, "temperature": 0},
        {"width": "n", "length_penalty": "length_penalty", "results": ""},
    ),
    schemas=Schemas.OPENAI,
    enforces=True,
    forms=Forms.STRUCTURED,
    speech=SPEECH,
)
LLAMA_CPP: Final = Profile(
    name="llama.cpp",
    title="llama.cpp",
    seen="2026-11, measured with its server",
    greedy=Manner({"temperature": 0}, {"repetition_penalty": "repeat_penalty"}),
    sample=Manner(fields=OPEN | {"repetition_penalty": "repeat_penalty", "results": "n"}),
    largest_seed=2**32 - 2,  # the one above stands for "any"
    schemas=Schemas.OPENAI,
    enforces=True,
    forms=Forms.GBNF,
    pictures=frozenset({"image/png", "image/jpeg"}),
)
OLLAMA: Final = Profile(
    name="ollama",
    title="Ollama",
    seen="2026-11, its source and documentation",
    sample=Manner(fields=SEEDED),
    largest_seed=2**31 - 1,
    schemas=Schemas.BARE,
    enforces=True,
    pictures=frozenset({"image/png", "image/jpeg", "image/webp"}),
)
TGI: Final = Profile(
    name="tgi",
    title="Text Generation Inference",
    seen="2026-11, its source",
    sample=Manner(fields=SEEDED),
    schemas=Schemas.VALUE,
    enforces=True,
    forms=Forms.REGEX,
    embeds=False,
)
LM_STUDIO: Final = Profile(
    name="lmstudio",
    title="LM Studio",
    seen="2026-11, its documentation",
    sample=Manner(fields=SEEDED | {"top_k": "top_k", "repetition_penalty": "repeat_penalty"}),
    largest_seed=2**31 - 1,
    schemas=Schemas.OPENAI,
    enforces=True,
    pictures=frozenset({"image/png", "image/jpeg", "image/webp"}),
)
TRANSFORMERS: Final = Profile(
    name="transformers",
    title="transformers serve",
    seen="2026-11, measured; what does not fit the context is not refused, and response_format, n and"
    " images to a text model are ignored",
    stream_usage=False,
    done=False,
    packed="generation_config",
    pack=frozenset(
        {
            "do_sample",
            "top_k",
            "min_p",
            "repetition_penalty",
            "no_repeat_ngram_size",
            "num_beams",
            "length_penalty",
            "early_stopping",
        }
    ),
    greedy=Manner(
        {"do_sample": False, "num_beams": 1},
        {"repetition_penalty": "repetition_penalty", "no_repeat_ngram": "no_repeat_ngram_size"},
    ),
    sample=Manner({"do_sample": True}, OPEN | {"repetition_penalty": "repetition_penalty"}),
    beam=Manner(
        {"do_sample": False},
        {
            "width": "num_beams",
            "length_penalty": "length_penalty",
            "early_stopping": "early_stopping",
            "repetition_penalty": "repetition_penalty",
            "no_repeat_ngram": "no_repeat_ngram_size",
        },
    ),
    pictures=frozenset(),
    speech=frozenset(),
    embeds=False,
)
LITELLM: Final = Profile(
    name="litellm",
    title="LiteLLM proxy",
    seen="2026-11, measured; what it forwards to decides",
    sample=Manner(fields=SEEDED),
    hottest=2.0,
    schemas=Schemas.OPENAI,
    speech=SPEECH,
    listing=True,
    forwards=True,
)
GEMINI: Final = Profile(
    name="gemini",
    title="Gemini",
    seen="2026-11, documentation; schemas are not known to be enforced",
    sample=Manner(fields=SAMPLE | {"results": "n"}),
    hottest=2.0,
    schemas=Schemas.OPENAI,
    pictures=ALL_PICTURES - {"image/gif"},
    listing=True,
)
UNKNOWN: Final = Profile(
    name="unknown",
    title="a server of unknown kind",
    seen="what all known servers have in common",
    stream_usage=False,
    sample=Manner(fields=SAMPLE),
    hottest=2.0,
    speech=frozenset({"language", "prompt"}),
)

PROFILES: Final = {
    one.name: one
    for one in (
        OPENAI, VLLM, LLAMA_CPP, OLLAMA, TGI, LM_STUDIO, TRANSFORMERS, LITELLM, GEMINI, UNKNOWN,
    )
}  # fmt: skip
