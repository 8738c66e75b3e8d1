"""What an engine is given and what it gives back: windows of sound in, tokens out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..backend import Misfit
from ..decoding import Beam, Decoding, Greedy, Sample

if TYPE_CHECKING:
    import numpy as np

    from ..exchange import Signal

    Features: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

__all__ = ["Ear", "Heard", "Wish"]


@dataclass(frozen=True)
class Wish:
    """How to decode a batch of windows. `limit`: most new tokens of a window, end included."""

    decoding: Greedy | Beam | Sample
    limit: int
    timestamps: bool


@dataclass(frozen=True)
class Heard:
    """
    What was decoded of one window.

    `tokens` are the new ones, timestamps among them, without the prompt and the token that
    ended them. `ended`: the model ended them itself. `logprob` is the mean log-probability of
    the new tokens, the end counted. `silence` is the probability of no speech, 0 if the model
    does not tell.
    """

    tokens: tuple[int, ...]
    ended: bool
    logprob: float
    silence: float = 0.0


class Ear(ABC):
    """
    One loaded Whisper. All methods may be called from many threads.

    `encode` gives an opaque value for each window, which only the same ear understands; it
    may be used for several calls of the other methods. Each method checks the signals of its
    windows at least four times a second and raises what one of them raises.
    """

    batch: int = 1
    """Windows worth giving to one call."""

    concurrency: int = 1

    @abstractmethod
    def encode(self, features: Sequence[Features], signals: Sequence[Signal]) -> list[object]:
        """Of log-mel features [bins, frames], each padded to the whole window."""

    @abstractmethod
    def languages(self, encoded: Sequence[object]) -> list[Mapping[str, float]]:
        """For each window, the probability of each language by its code in the vocabulary."""

    @abstractmethod
    def decode(
        self,
        encoded: Sequence[object],
        prompts: Sequence[tuple[int, ...]],
        wish: Wish,
        signals: Sequence[Signal],
    ) -> list[Heard]:
        """
        Each window after its own prompt, which ends with the tokens of the task (start,
        language, task, and "no timestamps" unless `wish.timestamps`).
        """

    @abstractmethod
    def align(
        self,
        encoded: Sequence[object],
        starts: Sequence[tuple[int, ...]],
        texts: Sequence[tuple[int, ...]],
        frames: Sequence[int],
    ) -> list[list[float]]:
        """
        For each window, when each token of its text begins, and when the last one ends:
        one number more than tokens, in seconds of the window. `starts` are the tokens of
        the task, `texts` the text tokens without timestamps, `frames` how many frames of
        features are sound rather than padding.
        """

    def misfits(self, decoding: Decoding) -> tuple[Misfit, ...]:
        """What of a decoding that the caller asks for this engine cannot honour."""
        del decoding
        return ()

    def remarks(self, decoding: Decoding) -> tuple[str, ...]:
        """What of it this engine does in its own way, which the caller should know."""
        del decoding
        return ()

    def warm(self) -> None:
        """Load what the first call would wait for."""

    def close(self) -> None:
        """Give back what is held."""
