"""
CTranslate2's Whisper as an Ear: one worker for each core, each with one thread.

Windows are encoded one by one, since the encoder gains nothing from batches, and decoded in as
many batches as there are workers, since every step of the decoder gains much.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import ctranslate2
import numpy as np

from s2s_tasks.checkpoint.computing import cores
from s2s_tasks.checkpoint.shelf import SHELF
from s2s_tasks.errors import NotConfigured
from s2s_tasks.speech.engine import Ear, Heard, Wish

from .lowered import heard, lowered, misfits, remarks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from s2s_tasks.backend import Misfit
    from s2s_tasks.decoding import Decoding
    from s2s_tasks.exchange import Signal
    from s2s_tasks.speech.engine import Features
    from s2s_tasks.speech.vocabulary import WhisperVocabulary

    Encoded = np.ndarray[tuple[int, int], np.dtype[np.float32]]
    Tokens = tuple[int, ...]

__all__ = ["CT2Ear"]

T = TypeVar("T")
Part = TypeVar("Part")

ROWS: Final = 4
"""Windows that a worker decodes at once: more are no faster on one core, and wait for the last."""

LOOK: Final = 0.05
"""Seconds between two looks at whether the work is still wanted."""

TOKENS_A_SECOND: Final = 50
"""Of encoded sound, by which the decoder's attention is timed."""


class CT2Ear(Ear):
    """
    One converted checkpoint with `positions` for a prompt and what follows it. It is loaded
    when it is first needed.
    """

    def __init__(
        self,
        folder: Path,
        vocabulary: WhisperVocabulary,
        *,
        positions: int,
        device: str,
        compute: str,
    ) -> None:
        self._folder, self._device, self._compute = folder, device, compute
        self._known, self._positions = vocabulary, positions
        self._workers = cores() if device == "cpu" else 1
        self.batch = ROWS * self._workers
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="s2s-whisper")

    # --- the ear's verbs -------------------------------------------------------------------

    def encode(self, features: Sequence[Features], signals: Sequence[Signal]) -> list[object]:
        return [*self._each(self._encoded, features, signals)]

    def languages(self, encoded: Sequence[object]) -> list[Mapping[str, float]]:
        parts = _parts(range(len(encoded)), self._workers, ROWS)
        work = partial(self._languages, cast("Sequence[Encoded]", encoded))
        return [found for part in self._each(work, parts) for found in part]

    def decode(
        self,
        encoded: Sequence[object],
        prompts: Sequence[Tokens],
        wish: Wish,
        signals: Sequence[Signal],
    ) -> list[Heard]:
        parts = [
            part for group in self._alike(prompts) for part in _parts(group, self._workers, ROWS)
        ]
        work = partial(self._decoded, cast("Sequence[Encoded]", encoded), prompts, wish)
        found = self._each(work, parts, signals)
        by_place = {
            at: one
            for places, heard in zip(parts, found, strict=True)
            for at, one in zip(places, heard, strict=True)
        }
        return [by_place[at] for at in range(len(prompts))]

    def align(
        self,
        encoded: Sequence[object],
        starts: Sequence[Tokens],
        texts: Sequence[Tokens],
        frames: Sequence[int],
    ) -> list[list[float]]:
        windows = zip(cast("Sequence[Encoded]", encoded), starts, texts, frames, strict=True)
        return [*self._each(self._aligned, windows)]

    def misfits(self, decoding: Decoding) -> tuple[Misfit, ...]:
        return tuple(misfits(decoding))

    def remarks(self, decoding: Decoding) -> tuple[str, ...]:
        return remarks(decoding)

    def warm(self) -> None:
        with self._model():
            pass

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- the work of one worker ------------------------------------------------------------

    def _encoded(self, features: Features) -> Encoded:
        with self._model() as model:
            found = model.encode(_view(features[None]), to_cpu=True)
        if found.dtype != ctranslate2.DataType.float32:
            found = found.to(ctranslate2.DataType.float32)
        return cast("Encoded", np.array(found)[0])

    def _languages(
        self, encoded: Sequence[Encoded], places: Sequence[int]
    ) -> list[Mapping[str, float]]:
        with self._model() as model:
            if not model.is_multilingual:
                raise NotConfigured(
                    "this model was converted as one that cannot tell languages",
                    hint="say it: language=...",
                )
            found = model.detect_language(_stacked(encoded, places))
        return [{token[2:-2]: share for token, share in shares} for shares in found]

    def _decoded(
        self,
        encoded: Sequence[Encoded],
        prompts: Sequence[Tokens],
        wish: Wish,
        places: Sequence[int],
    ) -> list[Heard]:
        size = len(prompts[places[0]])
        limit = min(wish.limit, self._positions - size)
        options = lowered(wish, self._known, size, limit)
        told = [[*prompts[at]] for at in places]
        with self._model() as model:
            found = model.generate(_stacked(encoded, places), told, **options)
        return [heard(result, wish, limit) for result in found]

    def _aligned(self, window: tuple[Encoded, Tokens, Tokens, int]) -> list[float]:
        encoded, start, text, frames = window
        with self._model() as model:
            [found] = model.align(_view(encoded[None]), [*start], [[*text]], [max(2, frames)])
        begins: dict[int, int] = {}
        for token, moment in found.alignments:
            begins.setdefault(token, moment)
        return [begins[token] / TOKENS_A_SECOND for token in range(len(text) + 1)]

    # --- workers ---------------------------------------------------------------------------

    def _each(
        self, work: Callable[[Part], T], parts: Iterable[Part], signals: Sequence[Signal] = ()
    ) -> list[T]:
        """What comes of each part, in order. What a signal raises, is raised at once."""
        for signal in signals:
            signal.check()
        running = [self._pool.submit(work, part) for part in parts]
        try:
            for _ in _looks(running):
                for signal in signals:
                    signal.check()
        finally:
            for future in running:
                future.cancel()
        return [future.result() for future in running]

    def _alike(self, prompts: Sequence[Tokens]) -> Iterable[list[int]]:
        """Places of prompts that can share a batch: those of one length begin at one place."""
        groups: dict[int, list[int]] = defaultdict(list)
        for at, prompt in enumerate(prompts):
            groups[len(prompt)].append(at)
        return groups.values()

    def _model(self) -> AbstractContextManager[Any]:
        """From the shelf that all engines of the process share."""
        key = "whisper", self._folder, self._device, self._compute
        return SHELF.borrow(key, self._load, (self._folder / "model.bin").stat().st_size)

    def _load(self) -> Any:
        return ctranslate2.models.Whisper(
            str(self._folder),
            device=self._device,
            compute_type=self._compute,
            inter_threads=self._workers,
            intra_threads=1 if self._workers > 1 else 0,
            max_queued_batches=-1,
        )


def _looks(running: Sequence[Future[Any]]) -> Iterator[None]:
    """One for every moment that there is still something to wait for."""
    left = {*running}
    while left:
        _, left = wait(left, timeout=LOOK)
        yield


def _parts(places: Sequence[int], workers: int, rows: int) -> list[Sequence[int]]:
    """In parts of at most so many rows, as many for each worker, and about as large."""
    if not places:
        return []
    rounds = -(-len(places) // (workers * rows))
    count = min(len(places), rounds * workers)
    edges = [len(places) * at // count for at in range(count + 1)]
    return [places[begin:end] for begin, end in pairwise(edges)]


def _stacked(encoded: Sequence[Encoded], places: Sequence[int]) -> Any:
    return _view(np.stack([encoded[at] for at in places]))


def _view(array: np.ndarray[Any, np.dtype[np.float32]]) -> Any:
    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))
