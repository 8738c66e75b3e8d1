"""A Search as transformers takes it: pure, and tested against `generate` called by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from transformers import GenerationConfig

from s2s_tasks.decoding import Assistant, Beam, Greedy, PromptLookup, Sample

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.source import Source

__all__ = ["given", "lowered", "speculation"]

PLAIN: Final = {
    "do_sample": False,  # what is drawn, our own processor draws
    "use_cache": True,
    "return_dict_in_generate": True,
    "num_beams": 1,
    "num_return_sequences": 1,
    "min_new_tokens": None,
    "no_repeat_ngram_size": 0,
    "temperature": 1.0,
    "top_k": 50,
    "top_p": 1.0,
    "length_penalty": 1.0,
    "early_stopping": False,
}
"""Set outright, since what is left open is taken from the checkpoint's own settings."""


def lowered(source: Source, limit: int) -> GenerationConfig:
    """The settings for a batch of sources like this one, of at most `limit` new tokens each."""
    search = source.search
    forced = source.start[1] if len(source.start) > 1 and not given(source) else None
    return GenerationConfig(
        **PLAIN
        | {
            "max_new_tokens": limit + (0 if given(source) else len(source.start[1:])),
            "min_length": search.least,
            "eos_token_id": list(search.ends) or None,
            "pad_token_id": _filler(source),
            "forced_bos_token_id": forced,
            "bad_words_ids": [list(words) for words in search.never] or None,
        }
        | ({"decoder_start_token_id": source.start[0]} if source.start else {})
        | _strategy(search.decoding)
    )


def given(source: Source) -> bool:
    """Whether the decoder's first tokens are given as ids: `generate` forces one and no more."""
    return len(source.start) > 2  # noqa: PLR2004  # the start token and the forced one


def _filler(source: Source) -> int:
    """
    What ended rows are filled with. Beside pixels there is no mask, and transformers warns
    where that could be mistaken for what was given: there it is not the end token.
    """
    pad, ends = source.search.pad, source.search.ends
    if source.ids or not source.extras or pad not in ends:
        return pad
    return next(token for token in range(len(ends) + 1) if token not in ends)


def _strategy(decoding: Greedy | Beam | Sample) -> dict[str, Any]:
    match decoding:
        case Beam():
            return {
                "num_beams": decoding.width,
                "num_return_sequences": decoding.results,
                "length_penalty": decoding.length_penalty,
                "early_stopping": decoding.early_stopping,
                "no_repeat_ngram_size": decoding.no_repeat_ngram,
                "repetition_penalty": decoding.repetition_penalty,
            }
        case Greedy():
            penalties = {
                "no_repeat_ngram_size": decoding.no_repeat_ngram,
                "repetition_penalty": decoding.repetition_penalty,
            }
            return penalties | _lookup(decoding)
        case Sample():
            return {"repetition_penalty": decoding.repetition_penalty} | _chance(decoding)


def _chance(decoding: Sample) -> dict[str, Any]:
    """Speculation accepts and rejects by chance inside `generate`, which then must draw itself."""
    if decoding.speculation is None:
        return {}
    return _lookup(decoding) | {
        "do_sample": True,
        "temperature": decoding.temperature,
        "top_k": decoding.top_k or 0,
        "top_p": 1.0 if decoding.top_p is None else decoding.top_p,
        "min_p": decoding.min_p,
    }


def _lookup(decoding: Greedy | Sample) -> dict[str, Any]:
    match decoding.speculation:
        case PromptLookup(tokens):
            return {"prompt_lookup_num_tokens": tokens}
        case _:
            return {}


def speculation(source: Source) -> PromptLookup | Assistant | None:
    """What it guesses ahead by; None if it does not."""
    found: PromptLookup | Assistant | None = getattr(source.search.decoding, "speculation", None)
    return found
