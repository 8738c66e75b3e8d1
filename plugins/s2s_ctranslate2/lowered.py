"""A Search as CTranslate2 takes it, and what of one it cannot honour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from s2s_tasks.backend import Misfit
from s2s_tasks.decoding import Beam, Greedy, Sample

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.search import Search

    from .vocabulary import Vocabulary

__all__ = ["lowered", "misfits", "remarks"]

INSTEAD = "backend='local' can"
EARLY = "the beam ends with the first outputs that fill it, as with early_stopping=True"


def lowered(search: Search, vocabulary: Vocabulary, *, encodes: bool) -> dict[str, Any]:
    """Options of translate_batch and generate_batch, but for the limit."""
    banned = [*search.never, *((one,) for one in search.always_never)]
    never = [words for words in banned if search.pad not in words]  # padding is never written here
    least = max(0, search.least - 1)  # ours counts the decoder's start
    return {
        "end_token": [*search.ends] or None,
        "return_end_token": True,
        "suppress_sequences": [vocabulary.spell(words) for words in never] or None,
        "min_decoding_length" if encodes else "min_length": least,
        "return_scores": True,
        **_strategy(search.decoding),
    }


def _strategy(decoding: Greedy | Beam | Sample) -> dict[str, Any]:
    match decoding:
        case Greedy():
            return {
                "beam_size": 1,
                "no_repeat_ngram_size": decoding.no_repeat_ngram,
                "repetition_penalty": decoding.repetition_penalty,
            }
        case Beam():
            return {
                "beam_size": decoding.width,
                "length_penalty": decoding.length_penalty,
                "no_repeat_ngram_size": decoding.no_repeat_ngram,
                "repetition_penalty": decoding.repetition_penalty,
                "num_hypotheses": decoding.results,
            }
        case Sample():
            return {
                "beam_size": 1,
                "sampling_temperature": decoding.temperature,
                "sampling_topk": decoding.top_k or 0,
                "sampling_topp": 1.0 if decoding.top_p is None else decoding.top_p,
                "repetition_penalty": decoding.repetition_penalty,
                "num_hypotheses": decoding.results,
            }


def misfits(search: Search, *, encodes: bool) -> Iterator[Misfit]:
    """Its chance has one source for all requests; it guesses nothing ahead."""
    decoding = search.decoding
    if not encodes and _penalizes(decoding):
        yield Misfit("decoding", "penalizes repeats of the output, not of the prompt", INSTEAD)
    if getattr(decoding, "speculation", None) is not None:
        yield Misfit("decoding", "does not speculate", INSTEAD)
    match decoding:
        case Sample(seed=int()):
            yield Misfit("decoding", "cannot keep a seed to one request", INSTEAD)
        case Sample(min_p=float() | int()):
            yield Misfit("decoding", "has no min_p", INSTEAD)
        case Beam(early_stopping="never"):
            yield Misfit("decoding", "always stops a beam once it has enough results", INSTEAD)


def remarks(search: Search) -> tuple[str, ...]:
    """Where its beam ends otherwise: transformers goes on while a better output is possible."""
    if isinstance(search.decoding, Beam) and search.decoding.early_stopping is False:
        return (f"{EARLY} ({INSTEAD} look further)",)
    return ()


def _penalizes(decoding: Greedy | Beam | Sample) -> bool:
    return decoding.repetition_penalty != 1.0 or bool(getattr(decoding, "no_repeat_ngram", 0))
