"""A Wish as CTranslate2's Whisper takes it, what of one it cannot honour, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.decoding import Beam, Greedy, Sample
from s2s_tasks.speech.engine import Heard, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.decoding import Decoding
    from s2s_tasks.speech.vocabulary import WhisperVocabulary

__all__ = ["heard", "lowered", "misfits", "remarks"]

INSTEAD: Final = "backend='local' can"
EARLY: Final = "the beam ends with the first texts that fill it, as with early_stopping=True"
ANY_TIME: Final = 1_500
"""Timestamps of a window, none of which is too late to begin with."""

SUPPRESSED: Final = [-1]
"""Stands for the tokens that the converted model says are never written."""


def lowered(wish: Wish, vocabulary: WhisperVocabulary, prompt: int, limit: int) -> dict[str, Any]:
    """
    Options of `generate`, for prompts of `prompt` tokens and `limit` new ones.

    Its max_length counts the prompt too, but for its last token, and no more than half of it
    may be new.
    """
    latest = vocabulary.latest_first
    return {
        "max_length": max(2 * limit, limit + prompt - 1),
        "max_initial_timestamp_index": ANY_TIME if latest is None else latest,
        "suppress_tokens": SUPPRESSED,
        "return_scores": True,
        "return_no_speech_prob": vocabulary.no_speech is not None,
        **_strategy(wish.decoding),
    }


def _strategy(decoding: Greedy | Beam | Sample) -> dict[str, Any]:
    common = {"repetition_penalty": decoding.repetition_penalty}
    match decoding:
        case Greedy():
            ngram = decoding.no_repeat_ngram
            return {"beam_size": 1, "length_penalty": 0, "no_repeat_ngram_size": ngram, **common}
        case Beam():
            return {
                "beam_size": decoding.width,
                "length_penalty": decoding.length_penalty,
                "no_repeat_ngram_size": decoding.no_repeat_ngram,
                **common,
            }
        case Sample():
            return {
                "beam_size": 1,
                "length_penalty": 0,
                "sampling_temperature": decoding.temperature,
                "sampling_topk": decoding.top_k or 0,
                **common,
            }


def heard(result: Any, wish: Wish, limit: int) -> Heard:
    """
    Its score is the sum of log-probabilities over length ** length_penalty, the end not counted
    in the length. A beam that ended at once has none, and counts as most unlikely.
    """
    ids: Sequence[int] = result.sequences_ids[0]
    ended = len(ids) < limit
    penalty = wish.decoding.length_penalty if isinstance(wish.decoding, Beam) else 0.0
    total = result.scores[0] * len(ids) ** penalty if ids or not penalty else -math.inf
    return Heard(tuple(ids), ended, total / (len(ids) + ended), result.no_speech_prob)


def misfits(decoding: Decoding) -> Iterator[Misfit]:
    """Its chance has one source for all windows, and cuts by rank only."""
    match decoding:
        case Sample(seed=int()):
            yield Misfit("decoding", "cannot keep a seed to one request", INSTEAD)
        case Sample(top_p=float() | int()):
            yield Misfit("decoding", "has no top_p", INSTEAD)
        case Sample(min_p=float() | int()):
            yield Misfit("decoding", "has no min_p", INSTEAD)
        case Beam(early_stopping="never"):
            yield Misfit("decoding", "always stops a beam once it has enough results", INSTEAD)


def remarks(decoding: Decoding) -> tuple[str, ...]:
    """Where its beam ends otherwise: as OpenAI's own does, and not as transformers' does."""
    if isinstance(decoding, Beam) and decoding.early_stopping is False:
        return (f"{EARLY} ({INSTEAD} look further)",)
    return ()
