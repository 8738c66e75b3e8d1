"""
How to search, settled: what the checkpoint says, then the task, then the caller.

A caller's decoding replaces the checkpoint's strategy as a whole. What belongs to the model
rather than to a strategy (tokens that must begin or never occur) stays.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..decoding import Beam, Decoding, Greedy, Sample
from ..exchange import Request

__all__ = ["Search", "anti_patterns", "end_tokens", "masked", "settled_search"]

MOST: Final = 512
"""Tokens of output where neither the caller, the task nor the checkpoint sets a limit."""


@dataclass(frozen=True)
class Search:
    """
    A decoding with all its numbers known.

    `limit`: most new tokens. `least`: fewest. `ends`: ids that end the output. `pad`: fills
    batches. `never`: sequences of ids that must not occur. `first_never`, `always_never`: ids
    suppressed at the first step and at every step. `cut`: the id that is forced in the last
    place that the limit leaves, which an answer was cut by. `stops`: strings that end the output.
    """

    decoding: Decoding
    limit: int
    ends: tuple[int, ...]
    pad: int
    least: int = 0
    never: tuple[tuple[int, ...], ...] = ()
    always_never: tuple[int, ...] = ()
    first_never: tuple[int, ...] = ()
    stops: tuple[str, ...] = ()

    @property
    def batch_key(self) -> Hashable:
        """Searches with equal keys can share a batch: they differ in seed, limit and stops only."""
        plain = replace(self.decoding, max_tokens=None, stop=())
        if isinstance(plain, Sample):
            plain = replace(plain, seed=None)
        return replace(self, decoding=plain, limit=1, stops=())


Settings = Mapping[str, object]
"""Settings by the names of transformers' GenerationConfig; None is as good as absent."""


def settled_search(request: Request, settings: Settings, *, most: int | None) -> Search:
    """
    The search for a request, by a checkpoint's settings (with those of the task on top).

    `most`: tokens that the model's positions leave for the output, None for no bound.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    decoding = request.decoding or default_decoding(given, by_chance=request.creative)
    limit = request.output_limit or _default_limit(given)
    ends = end_tokens(given)
    pad = _ids(given.get("pad_token_id")) or ends or (0,)
    least = _int(given.get("min_new_tokens"), _int(given.get("min_length"), 0))
    limit = limit if most is None else max(1, min(limit, most))
    return Search(
        decoding=decoding,
        limit=limit,
        ends=ends,
        pad=pad[0],
        least=least if request.decoding is None and least < limit else 0,
        never=_sequences(given.get("bad_words_ids")),
        always_never=_ids(given.get("suppress_tokens")),
        first_never=_ids(given.get("begin_suppress_tokens")),
        stops=request.stops,
    )


def masked(search: Search, *, told: bool) -> Search:
    """
    The search where a mask says what may be written: no other rule may forbid that.

    What the caller told (`told`) stays; `conflicts` says what of it cannot.
    """
    free = replace(search, least=0, never=(), always_never=(), first_never=())
    decoding = search.decoding
    if told:
        return free
    if not isinstance(decoding, Sample):
        decoding = replace(decoding, no_repeat_ngram=0)
    return replace(free, decoding=replace(decoding, repetition_penalty=1.0))


def default_decoding(given: Settings, *, by_chance: bool = False) -> Decoding:
    """
    The strategy that a checkpoint's settings describe, as transformers reads them.

    Many chat models ask to be sampled, which is for talk: a task with one right answer is not.
    """
    width = _int(given.get("num_beams"), 1)
    penalty = _float(given.get("repetition_penalty"), 1.0)
    ngram = _int(given.get("no_repeat_ngram_size"), 0)
    if given.get("do_sample") and width == 1 and by_chance:
        top_k = _int(given.get("top_k"), 50)  # transformers' own default
        return Sample(
            temperature=_float(given.get("temperature"), 1.0) or 1.0,
            top_k=top_k or None,
            top_p=_float(given.get("top_p"), 1.0),
            min_p=_float(given.get("min_p"), 0.0) or None,
            repetition_penalty=penalty,
        )
    if width > 1:
        early = given.get("early_stopping")
        return Beam(
            width,
            length_penalty=_float(given.get("length_penalty"), 1.0),
            early_stopping="never" if early == "never" else bool(early),
            no_repeat_ngram=ngram,
            repetition_penalty=penalty,
        )
    return Greedy(no_repeat_ngram=ngram, repetition_penalty=penalty)


def anti_patterns(request: Request, settings: Settings) -> tuple[str, ...]:
    """What is known to go badly in how a request is to be decoded, and what to do instead."""
    decoding = request.decoding or default_decoding(settings, by_chance=request.creative)
    found = {
        "greedy decoding makes creative work dull and repetitive: give a Sample": (
            request.creative and not isinstance(decoding, Sample)
        ),
        "the checkpoint samples within a beam, which is neither: a Beam without chance was used": (
            request.decoding is None
            and bool(settings.get("do_sample"))
            and isinstance(decoding, Beam)
        ),
        "the checkpoint turns its key-value cache off, which is slow: it was used all the same": (
            settings.get("use_cache") is False
        ),
    }
    return tuple(warning for warning, holds in found.items() if holds)


def end_tokens(settings: Settings) -> tuple[int, ...]:
    """Ids that end an output."""
    return _ids(settings.get("eos_token_id"))


def _default_limit(given: Settings) -> int:
    return _int(given.get("max_new_tokens"), _int(given.get("max_length"), MOST))


def _int(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _float(value: object, default: float) -> float:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
    )


def _ids(value: object) -> tuple[int, ...]:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(one for one in values if isinstance(one, int) and not isinstance(one, bool))


def _sequences(value: object) -> tuple[tuple[int, ...], ...]:
    return tuple(_ids(one) for one in value) if isinstance(value, list | tuple) else ()
