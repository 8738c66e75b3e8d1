"""Models that write their tokens at frames, so that words have times: there is nothing to search."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import torch

from s2s_tasks.speech.listener import Listener, Said
from s2s_tasks.speech.window import RATE

from .frames import in_window, seconds_per_frame
from .loan import Loan
from .padding import alike, bears_padding
from .parts import tokenizer_of
from .sounds import Extractor
from .spelling import Spelling
from .stretched import of_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.speech.listener import Recording
    from s2s_tasks.speech.window import Window

    from ..device import Placement
    from .sounds import Sound
    from .spelling import Spelled

__all__ = ["Framed", "Read"]

ROWS: Final = {"cpu": 4, "cuda": 32, "mps": 8}


class Read(NamedTuple):
    """Words of one sound, how many tokens they are, and how many frames were given of it."""

    words: Sequence[Spelled]
    tokens: int
    frames: int


@dataclass(frozen=True)
class _Trained:
    """`pads`: it hears sounds of different lengths at once. `lock`: for what counts on itself."""

    model: Any
    pads: bool
    lock: Lock = field(default_factory=Lock)


class Framed(Listener):
    """`auto`: transformers' Auto class of the model."""

    def __init__(self, checkpoint: Checkpoint, placement: Placement, auto: str) -> None:
        self._extractor = Extractor(checkpoint)
        self._spelling = Spelling(tokenizer_of(checkpoint))
        self._placement = placement
        self._loan = Loan(checkpoint, placement, auto, self._tried)
        self.batch = ROWS[placement.device.type]

    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        signals = [recording.request.signal for recording in recordings]
        found: dict[int, Read] = {}
        with self._loan.at_work(signals) as trained:
            sounds = [self._extractor.sound(window.samples) for window in windows]
            for places in alike(sounds, rows=self.batch, pads=trained.pads):
                batch = [sounds[at] for at in places]
                found |= zip(places, self._read(trained.model, batch, trained.lock), strict=True)
            config = trained.model.config
        return [
            self._said(config, window, found[at], shown=recordings[at].timestamps == "word")
            for at, window in enumerate(windows)
        ]

    def warm(self) -> None:
        with self._loan.borrowed():
            pass

    @abstractmethod
    def _read(self, model: Any, sounds: Sequence[Sound], lock: Lock) -> list[Read]:
        """A batch of sounds; inside `lock` if the model may not be used from several threads."""

    @abstractmethod
    def _states(self, model: Any, sounds: Sequence[Sound]) -> list[torch.Tensor]:
        """[frames, size] of each sound: what padding must not change."""

    def _tried(self, model: Any) -> _Trained:
        def heard(sounds: Sequence[Sound]) -> list[torch.Tensor]:
            return self._states(model, sounds)

        with torch.inference_mode():
            return _Trained(model, bears_padding(heard, self._extractor, self._placement.dtype))

    def _said(self, config: Any, window: Window, read: Read, *, shown: bool) -> Said:
        step = seconds_per_frame(config, self._extractor.hop)
        step = step or len(window.samples) / RATE / read.frames
        return of_words(in_window(read.words, step, window), window, read.tokens, shown=shown)
