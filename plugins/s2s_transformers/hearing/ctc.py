"""Models that give a letter to each frame: Wav2Vec2, HuBERT, WavLM, Parakeet and their like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.speech.listener import Listener, Said
from s2s_tasks.speech.window import RATE

from .frames import counting, in_window, seconds_per_frame
from .loan import Loan
from .padding import alike, bears_padding
from .parts import tokenizer_of
from .sounds import Extractor, together
from .spelling import Spelling
from .stretched import of_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.speech.listener import Recording
    from s2s_tasks.speech.window import Window

    from ..device import Placement
    from .sounds import Sound

__all__ = ["Frames"]

ROWS: Final = {"cpu": 4, "cuda": 32, "mps": 8}


@dataclass(frozen=True)
class _Trained:
    model: Any
    pads: bool


class Frames(Listener):
    """
    Each frame's likeliest token, spelled out. There is nothing to search, so nothing to decode
    by. Words have the times of their frames.
    """

    def __init__(self, checkpoint: Checkpoint, placement: Placement) -> None:
        self._extractor = Extractor(checkpoint)
        self._spelling = Spelling(tokenizer_of(checkpoint))
        self._placement = placement
        self._loan = Loan(checkpoint, placement, "AutoModelForCTC", self._tried)
        self.batch = ROWS[placement.device.type]

    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        signals = [recording.request.signal for recording in recordings]
        said: dict[int, Said] = {}
        with self._loan.at_work(signals) as trained:
            sounds = [self._extractor.sound(window.samples) for window in windows]
            for places in alike(sounds, rows=self.batch, pads=trained.pads):
                found = self._logits(trained.model, [sounds[at] for at in places])
                for at, logits in zip(places, found, strict=True):
                    shown = recordings[at].timestamps == "word"
                    said[at] = self._said(trained.model, windows[at], logits, shown=shown)
        return [said[at] for at in range(len(windows))]

    def warm(self) -> None:
        with self._loan.borrowed():
            pass

    def _tried(self, model: Any) -> _Trained:
        import torch

        def heard(sounds: Sequence[Sound]) -> list[torch.Tensor]:
            return self._logits(model, sounds)

        with torch.inference_mode():
            return _Trained(model, bears_padding(heard, self._extractor, self._placement.dtype))

    def _logits(self, model: Any, sounds: Sequence[Sound]) -> list[torch.Tensor]:
        """[frames, tokens] of each, without the frames of padding."""
        logits = model(**together(sounds, model.device, model.dtype)).logits
        count = counting(model)
        return [row[: count(one.size)].float() for row, one in zip(logits, sounds, strict=True)]

    def _said(self, model: Any, window: Window, logits: torch.Tensor, *, shown: bool) -> Said:
        ids = logits.argmax(-1).tolist()
        step = seconds_per_frame(model.config, self._extractor.hop)
        step = step or len(window.samples) / RATE / len(ids)
        words = in_window(self._spelling.words(ids), step, window)
        return of_words(words, window, self._spelling.count(ids), shown=shown)
