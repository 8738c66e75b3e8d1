"""
CTranslate2 as an engine: sorted batches, one worker for each core, each with one thread.

One worker with two threads gives half of what two workers with one thread give, and each
sentence stops at its own end: together that is several times a naive loop's speed.
"""

from __future__ import annotations

import json
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import ctranslate2

from s2s_tasks.backend import Misfit
from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.checkpoint.computing import cores
from s2s_tasks.checkpoint.shelf import SHELF
from s2s_tasks.checkpoint.source import Engine, Found
from s2s_tasks.decoding import Beam
from s2s_tasks.errors import S2SError
from s2s_tasks.worker import handed_over

from .lowered import lowered, misfits, remarks
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.search import Search
    from s2s_tasks.checkpoint.source import Source

    from .vocabulary import Vocabulary

__all__ = ["CT2Engine"]

ROWS: Final = 32
TOKENS: Final = 2_048
"""Of one batch, which is one worker's: more gains nothing and makes the last one wait."""

BATCHES: Final = 8
"""For each worker in one call, so that all of them end at about the same time."""

LOOK: Final = 0.05
"""Seconds between two looks at whether the work is still wanted."""

Outcome = Found | S2SError


class CT2Engine(Engine):
    """One converted checkpoint. It is loaded when it is first needed."""

    def __init__(
        self,
        folder: Path,
        codec: Codec,
        vocabulary: Vocabulary,
        *,
        encodes: bool,
        device: str,
        compute: str,
    ) -> None:
        self._codec, self._vocabulary, self._encodes = codec, vocabulary, encodes
        self._folder, self._device, self._compute = folder, device, compute
        self._workers = cores() if device == "cpu" else 1
        self.batch = ROWS * BATCHES * self._workers
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="s2s-fast")

    # --- the engine's verbs ----------------------------------------------------------------

    def generate(self, sources: Sequence[Source]) -> Iterator[tuple[int, Outcome]]:
        watch = Watch(sources, self._codec.decode)
        lengths = [len(source.ids) for source in sources]
        outputs = [source.search.limit for source in sources]
        plan = batches(lengths, tokens=TOKENS, rows=ROWS, outputs=outputs)
        with self._model() as model:
            running = {self._pool.submit(self._run, model, watch, at): at for at in plan}
            try:
                yield from self._finished(watch, running)
            finally:
                for future in running:
                    future.cancel()
                watch.leave()

    def _finished(
        self, watch: Watch, running: dict[Future[list[Found]], list[int]]
    ) -> Iterator[tuple[int, Outcome]]:
        """Answers as they come; whose signal raises is answered at once."""
        told: set[int] = set()
        while running:
            done, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            for at in watch.check() - told:
                told.add(at)
                yield at, watch.failed[at]
            if len(told) == watch.size:
                return
            for future in done:
                for at, found in zip(running.pop(future), future.result(), strict=True):
                    if at not in told:
                        yield at, found

    def stream(self, source: Source) -> Iterator[tuple[int, ...] | Found]:
        if (
            isinstance(source.search.decoding, Beam)
            or getattr(source.search.decoding, "results", 1) > 1
        ):
            return self._whole(source)

        def work(hand_over: Callable[[tuple[int, ...] | Found], None]) -> None:
            watch = Watch([source], self._codec.decode, hand_over)
            with self._model() as model:
                [found] = self._run(model, watch, [0])
            watch.check()
            if watch.failed:
                raise watch.failed[0]
            hand_over(found)

        return handed_over(work)

    def _whole(self, source: Source) -> Iterator[Found]:
        for _, outcome in self.generate([source]):
            if isinstance(outcome, S2SError):
                raise outcome
            yield outcome

    def misfits(self, search: Search) -> tuple[Misfit, ...]:
        return tuple(misfits(search, encodes=self._encodes))

    def remarks(self, search: Search) -> tuple[str, ...]:
        return remarks(search)

    def warm(self) -> None:
        with self._model():
            pass

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- one batch -------------------------------------------------------------------------

    def _run(self, model: Any, watch: Watch, places: list[int]) -> list[Found]:
        sources = [watch.sources[at] for at in places]
        search = sources[0].search
        options = lowered(search, self._vocabulary, encodes=self._encodes)
        most = max(source.search.limit for source in sources)
        if options["beam_size"] == 1:
            options["callback"] = watch.callback(places)
        spelled = [self._vocabulary.spell(source.ids) for source in sources]
        if self._encodes:
            return self._translated(model, sources, spelled, most, options)
        results = model.generate_batch(
            spelled, max_length=most, include_prompt_in_result=False, **options
        )
        return [
            _found(one, result.sequences_ids, result.scores)
            for one, result in zip(sources, results, strict=True)
        ]

    def _translated(
        self,
        model: Any,
        sources: list[Source],
        spelled: list[list[str]],
        most: int,
        options: dict[str, Any],
    ) -> list[Found]:
        begin = sources[0].start[1:] if self._starts_itself else sources[0].start
        prefix = self._vocabulary.spell(begin)
        results = model.translate_batch(
            spelled,
            target_prefix=[prefix] * len(sources) if prefix else None,
            max_input_length=0,
            max_decoding_length=most + len(prefix),
            **options,
        )
        return [
            _found(
                one,
                [
                    self._vocabulary.read(tokens)[len(one.start[1:]) :]
                    for tokens in result.hypotheses
                ],
                result.scores,
            )
            for one, result in zip(sources, results, strict=True)
        ]

    # --- the model -------------------------------------------------------------------------

    def _model(self) -> AbstractContextManager[Any]:
        """From the shelf that all engines of the process share."""
        key = self._folder, self._device, self._compute
        return SHELF.borrow(key, self._load, (self._folder / "model.bin").stat().st_size)

    def _load(self) -> Any:
        kind = ctranslate2.Translator if self._encodes else ctranslate2.Generator
        return kind(
            str(self._folder),
            device=self._device,
            compute_type=self._compute,
            inter_threads=self._workers,
            intra_threads=1 if self._workers > 1 else 0,
            max_queued_batches=-1,
        )

    @cached_property
    def _starts_itself(self) -> bool:
        """Whether CTranslate2 puts the decoder's start token in front by itself."""
        settings = json.loads((self._folder / "config.json").read_text("utf-8"))
        return settings.get("decoder_start_token") is not None


def _found(source: Source, rows: list[list[int]], scores: list[float]) -> Found:
    best, *others = [_ended(source, row) for row in rows]
    return Found(best[0], best[1], score=scores[0] if scores else None, others=tuple(others))


def _ended(source: Source, ids: list[int]) -> tuple[tuple[int, ...], bool]:
    """The new tokens up to the one that ends them, and whether there is one."""
    ends = [at for at, one in enumerate(ids) if one in source.search.ends]
    limit = source.search.limit
    return (tuple(ids[: ends[0]]), ends[0] < limit) if ends else (tuple(ids[:limit]), False)
