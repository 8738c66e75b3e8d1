"""transformers' `generate` as an engine: many sources, many threads, one model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.backend import Misfit
from s2s_tasks.checkpoint.batches import batches
from s2s_tasks.checkpoint.shelf import SHELF
from s2s_tasks.checkpoint.source import Engine, Found
from s2s_tasks.decoding import Assistant, Beam, PromptLookup, Sample
from s2s_tasks.errors import S2SError
from s2s_tasks.worker import handed_over

from .assistant import assisting, obstacle
from .draws import Draws, warpers
from .extras import alike, placed
from .inputs import encoder_inputs, prompt_inputs, shared_by
from .loading import loaded, weight_bytes
from .lowered import lowered, speculation
from .masking import Masking
from .prefixes import Prefixes
from .recurrence import recurrent
from .settled import Settled
from .skipping import skipping
from .watch import Watch, heed, heeding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from transformers import LogitsProcessor, PreTrainedModel, StoppingCriteria

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.checkpoint.search import Search
    from s2s_tasks.checkpoint.source import Source

    from .device import Placement

    Inputs = dict[str, Any]
    Entered = Callable[[PreTrainedModel, Inputs], tuple[PreTrainedModel, Inputs]]

__all__ = ["TorchEngine"]

ROWS: Final = {"cpu": 32, "cuda": 128, "mps": 32}
TOKENS: Final = {"cpu": 8_192, "cuda": 65_536, "mps": 8_192}
"""Of one batch: on a CPU, more rows gain little and delay the first answer."""

Outcome = Found | S2SError


class TorchEngine(Engine):
    """
    One checkpoint on one device. The model is loaded when it is first needed.

    `auto`: the Auto class of transformers that loads it. `encodes`: whether its decoder has an
    encoder to look back at; by default its config says so. `batch`: sources worth giving to
    one call, and computed together at most. `entered`: which part of the model writes, and what
    it is given in the place of these inputs; by default all of it, and the inputs. `pads`:
    whether rows of fewer ids can be padded.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        codec: Codec,
        placement: Placement,
        *,
        auto: str | None = None,
        encodes: bool | None = None,
        batch: int | None = None,
        entered: Entered | None = None,
        pads: bool = True,
    ) -> None:
        self._checkpoint, self._codec, self._placement = checkpoint, codec, placement
        self._encodes = bool(checkpoint.config.get("is_encoder_decoder"))
        self._encodes = self._encodes if encodes is None else encodes
        self._recurrent = recurrent(checkpoint)
        self._sees = checkpoint.architecture == "vision-language"
        self._auto = auto or ("AutoModelForSeq2SeqLM" if self._encodes else "AutoModelForCausalLM")
        self._entered, self._pads = entered or _as_it_is, pads
        self._prefixes = Prefixes()
        self.masks = True
        self.batch = batch or ROWS[placement.device.type]

    # --- the engine's verbs ----------------------------------------------------------------

    def generate(self, sources: Sequence[Source]) -> Iterator[tuple[int, Outcome]]:
        rows = 1 if speculation(sources[0]) else self.batch
        tokens = TOKENS[self._placement.device.type]
        for group in alike(sources, pads=self._pads):
            lengths = [len(sources[at].ids) for at in group]
            for batch in batches(lengths, tokens=tokens, rows=rows):
                places = [group[at] for at in batch]
                yield from zip(places, self._searched([sources[at] for at in places]), strict=True)

    def stream(self, source: Source) -> Iterator[tuple[int, ...] | Found]:
        def work(hand_over: Callable[[tuple[int, ...] | Found], None]) -> None:
            [outcome] = self._searched([source], hand_over)
            if isinstance(outcome, S2SError):
                raise outcome
            hand_over(outcome)

        return handed_over(work)

    def misfits(self, search: Search) -> tuple[Misfit, ...]:
        decoding = search.decoding
        ahead = getattr(decoding, "speculation", None)
        if ahead is None:
            return ()
        chosen = isinstance(decoding, Sample) and (
            decoding.seed is not None or decoding.results > 1
        )
        reasons = {
            "cannot keep to a seed or give several results while it speculates": chosen,
            "has no prompt before its output to look ahead in": (
                self._encodes and isinstance(ahead, PromptLookup)
            ),
            "keeps a state that cannot be taken back after a wrong guess": self._recurrent,
            "looks at pictures, which what guesses ahead does not see": self._sees,
        }
        if isinstance(ahead, Assistant) and (why := obstacle(self._codec, ahead)):
            reasons[why] = True
        return tuple(
            Misfit("decoding", why, "leave speculation out")
            for why, holds in reasons.items()
            if holds
        )

    def warm(self) -> None:
        with self._model():
            pass

    def close(self) -> None:
        self._prefixes.clear()

    # --- one batch -------------------------------------------------------------------------

    def _searched(
        self, sources: list[Source], hand_over: Callable[[tuple[int, ...]], None] | None = None
    ) -> list[Outcome]:
        begin = 1 if self._encodes else max(len(source.ids) for source in sources)
        watch = Watch(sources, begin, self._codec.decode)
        with (
            self._model() as model,
            assisting(sources[0], self._borrowed) as assistant,
            torch.inference_mode(),
            heeding(watch),
        ):
            try:
                watch.check()
                return self._run(model, sources, watch, hand_over, assistant)
            except S2SError:
                if len(watch.failed) < len(sources):
                    raise
                return [watch.failed[at] for at in range(len(sources))]

    def _run(
        self,
        model: PreTrainedModel,
        sources: list[Source],
        watch: Watch,
        hand_over: Callable[[tuple[int, ...]], None] | None,
        assistant: dict[str, object],
    ) -> list[Outcome]:
        first = sources[0]
        decoding, rows = first.search.decoding, _rows(first)
        inputs, reused = self._inputs(model, sources, rows)
        writer, inputs = self._entered(model, inputs)
        if hand_over is not None and rows == 1:
            watch.listen(self._settled(first, watch.begin, hand_over))
        masking = Masking(sources, watch.begin)
        processors = self._processors(sources, rows, masking, model.device)
        generate: Any = writer.generate

        def generated(inputs: dict[str, Any], limit: int, criteria: list[StoppingCriteria]) -> Any:
            settings = lowered(first, limit)
            criteria = [watch, *criteria]
            return generate(
                **inputs, generation_config=settings, logits_processor=[*processors],
                stopping_criteria=criteria, **assistant,
            )  # fmt: skip

        if self._skips(sources, rows):
            ids, cache = skipping(generated, inputs, first, masking)
            sequences = [ids]
        else:
            limit = max(one.search.limit for one in sources)
            output = generated(inputs, limit, [])
            sequences, cache = output.sequences.tolist(), output.cache
        self._remember(sources, sequences, cache, reused)
        each = max(rows, getattr(decoding, "results", 1))
        new = [ids[watch.begin :] for ids in sequences]
        failed = {**masking.failed, **watch.failed}
        return [
            failed.get(at) or _found(source, new[at * each : (at + 1) * each], reused)
            for at, source in enumerate(sources)
        ]

    def _inputs(
        self, model: PreTrainedModel, sources: list[Source], rows: int
    ) -> tuple[dict[str, Any], int]:
        if self._encodes:
            return encoder_inputs(model, sources, rows), 0
        # What guesses ahead must count the cache's tokens itself: of a begun one it counts wrong.
        # And the ids of what sees say nothing of the pixels behind them, nor where they stand.
        anew = self._recurrent or self._sees or speculation(sources[0]) is not None
        begun = (None, 0) if anew else shared_by(model, self._prefixes, sources)
        return prompt_inputs(model, sources, rows, begun), begun[1]

    def _processors(
        self, sources: list[Source], rows: int, masking: Masking, device: torch.device
    ) -> list[LogitsProcessor]:
        decoding = sources[0].search.decoding
        masks = [masking] if any(source.mask for source in sources) else []
        if not isinstance(decoding, Sample) or decoding.speculation is not None:
            return [*masks]
        return [*masks, *warpers(decoding), Draws(sources, rows, device)]

    def _skips(self, sources: list[Source], rows: int) -> bool:
        """Whether forced runs are skipped: a single row, whose cache takes many tokens at once."""
        first = sources[0]
        single = len(sources) == rows == 1 and not isinstance(first.search.decoding, Beam)
        takes_runs = not (self._encodes or self._recurrent or speculation(first) or placed(first))
        return first.mask is not None and single and takes_runs

    def _remember(
        self, sources: list[Source], sequences: list[list[int]], cache: Any, reused: int
    ) -> None:
        [*others, first] = sources
        reusable = not (self._encodes or self._sees or isinstance(first.search.decoding, Beam))
        alone = not others and reusable
        if alone and cache is not None and len(sequences) == 1 and len(first.ids) > reused:
            self._prefixes.keep(first.ids, cache)

    def _settled(
        self, source: Source, begin: int, hand_over: Callable[[tuple[int, ...]], None]
    ) -> Settled:
        decoding = source.search.decoding
        width = decoding.width if isinstance(decoding, Beam) else 1
        begin += len(source.start[1:])
        return Settled(hand_over, begin=begin, ends=source.search.ends, width=width)

    # --- the model -------------------------------------------------------------------------

    def _model(self) -> AbstractContextManager[PreTrainedModel]:
        return self._borrowed(self._checkpoint)

    def _borrowed(self, checkpoint: Checkpoint) -> AbstractContextManager[PreTrainedModel]:
        """From the shelf that all engines of the process share."""
        placement, auto = self._placement, self._auto
        key = checkpoint.folder, checkpoint.revision, placement, auto
        size = weight_bytes(checkpoint, placement.dtype)
        return SHELF.borrow(key, lambda: _loaded(checkpoint, placement, auto), size)


def _loaded(checkpoint: Checkpoint, placement: Placement, auto: str) -> PreTrainedModel:
    model = loaded(checkpoint, placement, auto)
    settings = model.generation_config
    settings.max_length = None  # the search says it, and two limits are one too many
    settings.forced_eos_token_id = None  # else an output that was cut ends as if it were whole
    heed(model)
    return model


def _as_it_is(model: PreTrainedModel, inputs: Inputs) -> tuple[PreTrainedModel, Inputs]:
    return model, inputs


def _rows(source: Source) -> int:
    decoding = source.search.decoding
    return decoding.results if isinstance(decoding, Sample) else 1


def _found(source: Source, rows: list[list[int]], reused: int) -> Found:
    best, *others = map(partial(_ended, source), rows)
    return Found(best[0], best[1], others=tuple(others), reused=reused)


def _ended(source: Source, ids: list[int]) -> tuple[tuple[int, ...], bool]:
    """The new tokens up to the one that ends them, and whether there is one."""
    new = ids[len(source.start[1:]) :]
    ends = [at for at, one in enumerate(new) if one in source.search.ends]
    limit = source.search.limit
    return (tuple(new[: ends[0]]), ends[0] < limit) if ends else (tuple(new[:limit]), False)
