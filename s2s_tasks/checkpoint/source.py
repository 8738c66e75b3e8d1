"""What an engine is given and what it gives back: ids in, ids out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..backend import Misfit
from ..errors import S2SError
from ..exchange import Signal
from .mask import Compiled
from .search import Search

__all__ = ["Engine", "Found", "Source"]


@dataclass(frozen=True)
class Source:
    """
    One request, lowered.

    `ids` is what an encoder reads, or the prompt of a decoder-only model, with all control
    tokens in place. `start` is what the decoder of an encoder-decoder begins with: its start
    token, and the token of the language to write in; empty for a decoder-only model.
    `extras`: tensors of the engine's own kind that go with the ids, by the names that its model
    knows them by, as pixels; an encoder may be given them and no ids.
    `mask`: what the output is held to; only given to engines with `masks`.
    """

    ids: tuple[int, ...]
    start: tuple[int, ...]
    search: Search
    mask: Compiled | None = field(default=None, compare=False, repr=False)
    signal: Signal = field(default_factory=Signal, compare=False, repr=False)
    extras: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Found:
    """
    What a search found: new tokens, without the start and without the token that ended it.

    `ended`: the model ended it itself; else it was cut at the limit, or stopped by `stopped`.
    `score` is the mean log-probability of a beam's tokens as its engine counts it. `others` are further
    results, each with whether it ended. `reused`: tokens of the prompt that were not computed anew.
    """

    ids: tuple[int, ...]
    ended: bool
    score: float | None = None
    others: tuple[tuple[tuple[int, ...], bool], ...] = ()
    reused: int = 0


class Engine(ABC):
    """Runs one loaded model. All methods may be called from many threads."""

    batch: int = 1
    concurrency: int = 1
    masks: bool = False
    """Sources worth giving to one call, and calls at once, as in Capabilities; whether it can
    mask tokens."""

    @abstractmethod
    def generate(self, sources: Sequence[Source]) -> Iterator[tuple[int, Found | S2SError]]:
        """
        Search for each source, in batches of the engine's own making, and hand results back
        as (position, what was found) as they come. All sources agree in `start` and in
        `search.batch_key`. Checks every source's signal at least four times a second; what one
        raises is handed back for that source alone, or raised for all.
        """

    @abstractmethod
    def stream(self, source: Source) -> Iterator[tuple[int, ...] | Found]:
        """New ids as they are settled (each id once, in order), then what was found."""

    def misfits(self, search: Search) -> tuple[Misfit, ...]:
        """What of a search this engine cannot honour."""
        del search
        return ()

    def remarks(self, search: Search) -> tuple[str, ...]:
        """What of a search it does in its own way, which the caller should know."""
        del search
        return ()

    def warm(self) -> None:
        """Load what the first call would wait for."""

    def close(self) -> None:
        """Give back what is held."""
