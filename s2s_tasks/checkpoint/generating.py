"""
A local checkpoint as a backend, whatever engine runs it.

Request → ids (the checkpoint's manner), ids → ids (the engine), ids → text: lowering and
lifting are pure, and an engine sees neither words nor tasks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ..backend import ANY_DECODING, Backend, Capabilities, Misfit, Outcome
from ..capabilities import unwritten
from ..errors import BackendError, S2SError, TooLong
from ..exchange import Completion, Enforces, Finish, Request, Usage
from .codec import Codec
from .folder import Checkpoint
from .fork import ForkGuard
from .holding import Holding
from .lowering import Lowered, Lowering
from .mask import Masks, Spelling
from .mask.bounds import cut_short
from .notes import notes_of
from .search import anti_patterns, end_tokens, masked, settled_search
from .settling import Settling
from .source import Engine, Found, Source
from .stops import Stops, cut

__all__ = ["Generating"]

FREE: Final = Decimal(0)


@dataclass(frozen=True)
class _Asked:
    request: Request
    source: Source
    warnings: tuple[str, ...]


class Generating(Backend):
    """Raises ForkedAfterLoad where it is used in a fork of the process that opened it."""

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        codec: Codec,
        lowering: Lowering,
        engine: Engine,
    ) -> None:
        self.name = name
        self.model = checkpoint.name
        self.engine = engine
        self._codec, self._lowering, self._notes = codec, lowering, notes_of(checkpoint)
        self._fork = ForkGuard()
        able = engine.masks and Masks.at_hand() and not lowering.writes_json
        masks = Masks(codec, end_tokens(checkpoint.generation)) if able else None
        self._holding = Holding(masks, follows_words=lowering.follows_words)
        self.capabilities = _capabilities(checkpoint, lowering, engine, self._holding)

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        self._fork.check()
        asked: dict[int, _Asked] = {}
        for number, request in enumerate(requests):
            request.signal.check()
            try:
                asked[number] = self._asked(request)
            except S2SError as error:
                yield number, _failed(error)
        for numbers in _alike(asked):
            yield from self._answered({number: asked[number] for number in numbers})

    def _answered(self, asked: dict[int, _Asked]) -> Iterator[tuple[int, Outcome]]:
        numbers = [*asked]
        found = self.engine.generate([one.source for one in asked.values()])
        for place, outcome in found:
            number = numbers[place]
            if isinstance(outcome, Found):
                yield number, self._lifted(asked[number], outcome)
            else:
                yield number, _failed(outcome)

    def stream(self, request: Request) -> Iterator[str | Completion]:
        self._fork.check()
        request.signal.check()
        asked = self._asked(request)
        settling, stops, shown = self._settling(asked), Stops(asked.source.search.stops), ""
        for item in self.engine.stream(asked.source):
            if isinstance(item, Found):
                completion = self._lifted(asked, item)
                if rest := completion.partial[len(shown) :]:
                    yield rest
                yield completion
            elif not self._lowering.shapes(request):
                piece = stops.clear(settling.push(item))
                shown += piece
                if piece:
                    yield piece

    def _asked(self, request: Request) -> _Asked:
        lowered = self._lowering.lower(request)
        self._check_length(lowered)
        room = self._lowering.room(lowered)
        search = settled_search(request, lowered.settings, most=room)
        mask, unmasked = self._holding.mask(request)
        if mask is not None:
            search = masked(search, told=request.decoding is not None)
        source = Source(lowered.ids, lowered.start, search, mask, request.signal, lowered.extras)
        own = self.engine.remarks(search) if request.decoding else ()
        said = (*lowered.warnings, *unmasked, *own, *anti_patterns(request, lowered.settings))
        return _Asked(request, source, said)

    def _settling(self, asked: _Asked) -> Settling | Spelling:
        mask = asked.source.mask
        return Settling(self._codec) if mask is None else mask.spelling()

    def _check_length(self, lowered: Lowered) -> None:
        most = self._lowering.positions
        if most is not None and len(lowered.ids) > most:
            raise TooLong(
                f"the input has {len(lowered.ids):,} tokens; {self.model} reads at most {most:,}",
                hint="shorten it, or choose a model with a longer context",
            )

    def _lifted(self, asked: _Asked, found: Found) -> Completion:
        stops = asked.source.search.stops
        decode = asked.source.mask.text if asked.source.mask else self._codec.decode
        text, stopped = cut(decode(found.ids), stops)
        text, said = self._lowering.shaped(asked.request, text)
        whole = (found.ended or stopped) and not _cut_by_mask(asked, text)
        return Completion(
            text,
            finish=Finish.STOP if whole else Finish.LENGTH,
            usage=Usage(len(asked.source.ids), len(found.ids), cache_read_tokens=found.reused),
            cost=FREE,
            model=self.model,
            score=found.score,
            alternatives=tuple(cut(decode(ids), stops)[0] for ids, ended in found.others if ended),
            enforced=Enforces.BY_MASK if asked.source.mask else Enforces.NOT,
            warnings=(*self._notes, *asked.warnings, *said),
            raw=found,
        )

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = self.capabilities.misfits(request, local_only=local_only)
        if found:
            return found
        own = (
            *unwritten(request),
            *self._lowering.misfits(request),
            *self._holding.misfits(request),
        )
        if request.decoding is None:
            return own
        return (*own, *self.engine.misfits(settled_search(request, {}, most=None)))

    def count_tokens(self, text: str) -> int:
        self._fork.check()
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        around = self._codec.count("")  # is not the text's, and in the overhead
        return max(1, self._codec.count(whole) - around)

    def warm(self) -> None:
        self._fork.check()
        self.engine.warm()

    def close(self) -> None:
        self.engine.close()


def _capabilities(
    checkpoint: Checkpoint, lowering: Lowering, engine: Engine, holding: Holding
) -> Capabilities:
    positions = lowering.positions
    return Capabilities(
        architecture=checkpoint.architecture,
        accepts=lowering.modalities,
        tasks=lowering.tasks,
        params=lowering.params,
        languages=lowering.languages,
        window=lowering.window,
        follows_words=lowering.follows_words,
        reads_words=lowering.reads_words,
        writes_json=lowering.writes_json,
        enforces=holding.enforces,
        strategies=ANY_DECODING,
        streams=True,
        context=None if positions is None else max(1, positions - lowering.overhead),
        batch=engine.batch,
        concurrency=engine.concurrency,
    )


def _alike(asked: dict[int, _Asked]) -> list[list[int]]:
    """Numbers of requests whose searches can share a batch."""
    groups: dict[object, list[int]] = {}
    for number, one in asked.items():
        key = one.source.search.batch_key, one.source.start
        groups.setdefault(key, []).append(number)
    return [*groups.values()]


def _cut_by_mask(asked: _Asked, text: str) -> bool:
    """Whether a value came up to a bound that only the mask has: then its end is not its own."""
    if asked.source.mask is None or asked.request.schema is None:
        return False
    try:
        return cut_short(json.loads(text))
    except ValueError:
        return False  # not ended, or stopped: who reads it will say so


def _failed(error: S2SError) -> BackendError:
    return error  # type: ignore[return-value]  # the engine room takes any S2SError of a request
