"""Models that write a token or go on by some frames: transducers, as Parakeet TDT and RNN-T are."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from itertools import accumulate, islice, takewhile
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.speech.listener import Listener, Said

from .frames import counting, in_window, seconds_per_frame
from .loan import Loan
from .padding import alike, bears_padding
from .parts import tokenizer_of
from .sounds import Extractor, together
from .spelling import Spelling
from .stretched import of_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.speech.listener import Recording
    from s2s_tasks.speech.window import Window

    from ..device import Placement
    from .sounds import Sound

    Piece = tuple[int, int, int]

__all__ = ["AUTO", "Transducer"]

ROWS: Final = {"cpu": 4, "cuda": 32, "mps": 8}

AUTO: Final = {"ParakeetForRNNT": "AutoModelForRNNT", "ParakeetForTDT": "AutoModelForTDT"}
"""The Auto class by the class of the model."""


@dataclass(frozen=True)
class _Trained:
    """`generate` of these classes counts frames on the model itself: one at a time."""

    model: Any
    pads: bool
    lock: threading.Lock = field(default_factory=threading.Lock)


class Transducer(Listener):
    """Each token has the time of the frame that it was written at. There is nothing to search."""

    def __init__(self, checkpoint: Checkpoint, placement: Placement) -> None:
        [auto] = {AUTO[name] for name in checkpoint.classes}
        self._extractor = Extractor(checkpoint)
        self._spelling = Spelling(tokenizer_of(checkpoint))
        self._placement, self._timed = placement, auto == "AutoModelForTDT"
        self._loan = Loan(checkpoint, placement, auto, self._tried)
        self.batch = ROWS[placement.device.type]

    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        signals = [recording.request.signal for recording in recordings]
        said: dict[int, Said] = {}
        with self._loan.at_work(signals) as trained, trained.lock:
            sounds = [self._extractor.sound(window.samples) for window in windows]
            for places in alike(sounds, rows=self.batch, pads=trained.pads):
                found = self._pieces(trained.model, [sounds[at] for at in places])
                for at, pieces in zip(places, found, strict=True):
                    shown = recordings[at].timestamps == "word"
                    said[at] = self._said(trained.model, windows[at], pieces, shown=shown)
        return [said[at] for at in range(len(windows))]

    def warm(self) -> None:
        with self._loan.borrowed():
            pass

    def _tried(self, model: Any) -> _Trained:
        import torch

        def heard(sounds: Sequence[Sound]) -> list[torch.Tensor]:
            states = model.encoder(**together(sounds, model.device, model.dtype)).last_hidden_state
            count = counting(model)
            return [row[: count(one.size)].float() for row, one in zip(states, sounds, strict=True)]

        with torch.inference_mode():
            return _Trained(model, bears_padding(heard, self._extractor, self._placement.dtype))

    def _pieces(self, model: Any, sounds: Sequence[Sound]) -> list[list[Piece]]:
        inputs = together(sounds, model.device, model.dtype)
        frames = [*map(counting(model), (one.size for one in sounds))]
        most = model.max_symbols_per_step * max(frames)
        output = model.generate(**inputs, return_dict_in_generate=True, max_new_tokens=most)
        silent = self._spelling.silent | {model.config.blank_token_id}
        rows = zip(output.sequences.tolist(), output.durations.tolist(), frames, strict=True)
        return [
            [piece for piece in self._placed(ids, durations) if piece[0] not in silent]
            for ids, durations in (_until(*row) for row in rows)
        ]

    def _placed(self, ids: Sequence[int], durations: Sequence[int]) -> Iterator[Piece]:
        """Tokens with their frames; those of RNN-T, which do not say how long they are, have one."""
        at = 0
        for number, duration in zip(ids, durations, strict=True):
            yield number, at, at + (duration if self._timed else 1)
            at += duration

    def _said(self, model: Any, window: Window, pieces: list[Piece], *, shown: bool) -> Said:
        step = seconds_per_frame(model.config, self._extractor.hop)
        assert step is not None, "the config of a transducer tells its subsampling"
        words = in_window(self._spelling.pieced(pieces), step, window)
        return of_words(words, window, len(pieces), shown=shown)


def _until(
    ids: Sequence[int], durations: Sequence[int], frames: int
) -> tuple[Sequence[int], Sequence[int]]:
    """What was written within these frames; of a shorter sound, more is written of its padding."""
    ends = accumulate(durations, initial=0)
    size = sum(1 for _ in takewhile(lambda at: at < frames, islice(ends, len(ids))))
    return ids[:size], durations[:size]
