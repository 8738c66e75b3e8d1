"""
Who hears: the seam between what every speech model needs and what only one kind does.

`transcribing.Transcribing`, a Backend, opens recordings, cuts them into windows, pools the
windows of all its requests into batches, puts what was said in order, and streams it. A
Listener turns one batch of windows into segments, and is all that a kind of model adds:
`whisper.Whisper` does it over an `engine.Ear`, with prompts, temperatures and timestamps;
a model that hears in another way (CTC, Moonshine) is a Listener of its own.

    Transcribing("moonshine", checkpoint, MyListener(...))
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..backend import Misfit
from ..decoding import Beam, Decoding, Greedy, Sample
from ..exchange import Request, Segment
from .window import Window

__all__ = ["Listener", "Recording", "Said", "Stretch", "misfits_over_windows"]

Stretch: TypeAlias = tuple[float, float]
"""From and to, in seconds of what is heard of the recording, as those of windows are."""


@dataclass(eq=False)
class Recording:
    """
    One recording while it is heard: what is asked of it, and what was found out on the way.

    `language`: as BCP-47, told or guessed by the listener, empty if it is not known.
    `guesses`: what the listener has heard of each language so far, summed over windows, until it
    is sure. `remarks`: what the caller should know, by topic.
    """

    request: Request
    language: str = ""
    guesses: Counter[str] = field(default_factory=Counter)
    remarks: dict[str, str] = field(default_factory=dict)

    @property
    def timestamps(self) -> str:
        """The times that are asked for: "none", "segment" or "word"."""
        return self.request.params.get("timestamps", "none")


@dataclass(frozen=True)
class Said:
    """
    What was said in one window.

    `segments`: in order, in seconds as the window's, within it; words with times if word times
    are asked for. `tokens`: what the model wrote for it, all tries counted.
    `until`: given for a window whose end cuts speech (`forced`) if what comes after that
    second is not in the segments: the next window begins there. `lost`: where somebody
    speaks, and nothing could be written of it.
    """

    segments: tuple[Segment, ...] = ()
    tokens: int = 0
    until: float | None = None
    lost: tuple[Stretch, ...] = ()

    def followed_by(self, other: Said) -> Said:
        """What was said in two parts of a window."""
        return Said(
            self.segments + other.segments,
            self.tokens + other.tokens,
            other.until,
            self.lost + other.lost,
        )


class Listener(ABC):
    """
    One loaded model. All methods may be called from many threads.

    `seconds`: the longest window. `dense`: a short one takes as long, so windows go on after a
    long silence, which is left out; no segment may reach over one. `batch`: windows worth
    giving to one call. `params`: settings of `transcribe` that are honoured, of "timestamps",
    "language", "to" and "prompt". `languages`: BCP-47 primary codes, None for any.
    `strategies`: what decodings it takes.
    """

    seconds: float = 30.0
    dense: bool = False
    batch: int = 1
    concurrency: int = 1
    params: frozenset[str] = frozenset({"timestamps"})
    languages: frozenset[str] | None = None
    strategies: frozenset[type[Decoding]] = frozenset()

    @abstractmethod
    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        """
        What is said in each window, which belongs to the recording of the same number.

        Windows of one recording come in order, maybe several in a batch. Checks
        `recording.request.signal` of each at least four times a second, and raises what one
        of them raises: the others are given again.
        """

    def misfits(self, request: Request) -> tuple[Misfit, ...]:
        """What of a request it cannot honour, beyond what its attributes say."""
        del request
        return ()

    def warm(self) -> None:
        """Load what the first call would wait for."""

    def close(self) -> None:
        """Give back what is held."""


def misfits_over_windows(request: Request) -> Iterator[Misfit]:
    """What of a decoding makes no sense for a text that comes from many windows."""
    decoding = request.decoding
    if decoding and (decoding.max_tokens is not None or decoding.stop):
        yield Misfit("decoding", "writes all that is said", "leave out max_tokens and stop")
    if isinstance(decoding, Beam | Sample) and decoding.results > 1:
        yield Misfit("decoding", "gives one transcript", "results=1")
    if isinstance(decoding, Greedy | Sample) and decoding.speculation:
        yield Misfit("decoding", "does not speculate", "leave out speculation")
