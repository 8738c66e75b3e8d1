"""Models that write a token or go on by some frames: transducers, as Parakeet TDT and RNN-T are."""

from __future__ import annotations

from itertools import accumulate, islice, takewhile
from typing import TYPE_CHECKING, Any, Final

from .framed import Framed, Read
from .frames import counting
from .sounds import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from threading import Lock

    import torch

    from s2s_tasks.checkpoint.folder import Checkpoint

    from ..device import Placement
    from .sounds import Sound
    from .spelling import Piece

__all__ = ["AUTO", "Transducer"]

AUTO: Final = {"ParakeetForRNNT": "AutoModelForRNNT", "ParakeetForTDT": "AutoModelForTDT"}
"""The Auto class by the class of the model."""


class Transducer(Framed):
    """Each token has the frame that it was written at."""

    def __init__(self, checkpoint: Checkpoint, placement: Placement) -> None:
        [auto] = {AUTO[name] for name in checkpoint.classes}
        self._timed = auto == "AutoModelForTDT"
        super().__init__(checkpoint, placement, auto)

    def _read(self, model: Any, sounds: Sequence[Sound], lock: Lock) -> list[Read]:
        frames = [*map(counting(model), (one.size for one in sounds))]
        most = model.max_symbols_per_step * max(frames)
        with lock:  # `generate` of these classes counts frames on the model itself
            output = model.generate(
                **together(sounds, model.device, model.dtype),
                return_dict_in_generate=True,
                max_new_tokens=most,
            )
        rows = zip(output.sequences.tolist(), output.durations.tolist(), frames, strict=True)
        silent = self._spelling.silent | {model.config.blank_token_id}
        return [self._spelled([*self._placed(*row)], row[-1], silent) for row in rows]

    def _placed(self, ids: Sequence[int], durations: Sequence[int], frames: int) -> Iterator[Piece]:
        """
        Tokens within the frames of their sound: of a shorter one, more is written of its padding.

        Those of RNN-T do not say how long they are, and have one frame.
        """
        begins = takewhile(lambda at: at < frames, accumulate(durations, initial=0))
        for number, duration, at in zip(ids, durations, islice(begins, len(ids)), strict=False):
            yield number, at, at + (duration if self._timed else 1)

    def _spelled(self, pieces: Sequence[Piece], frames: int, silent: frozenset[int]) -> Read:
        said = [piece for piece in pieces if piece[0] not in silent]
        return Read(self._spelling.pieced(said), len(said), frames)

    def _states(self, model: Any, sounds: Sequence[Sound]) -> list[torch.Tensor]:
        states = model.encoder(**together(sounds, model.device, model.dtype)).last_hidden_state
        count = counting(model)
        return [row[: count(one.size)].float() for row, one in zip(states, sounds, strict=True)]
