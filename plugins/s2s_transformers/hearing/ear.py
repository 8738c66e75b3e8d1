"""
Whisper through transformers: `generate` step by step, with the windows' own prompts.

It is GenerationMixin's, not Whisper's: that one has its own notions of windows, prompts and
second tries, which stand in s2s_tasks.speech for every engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import torch
from transformers import GenerationConfig, GenerationMixin, WhisperTimeStampLogitsProcessor

from s2s_tasks.checkpoint.search import Search
from s2s_tasks.checkpoint.source import Source
from s2s_tasks.decoding import Beam, Sample
from s2s_tasks.speech.engine import Ear, Heard

from ..draws import Draws, warpers
from ..lowered import lowered
from .begun import begun
from .heads import Looks, show
from .likelihood import Likelihood
from .loan import Loan
from .size import Size
from .warping import beginnings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from transformers import LogitsProcessor, WhisperForConditionalGeneration

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Signal
    from s2s_tasks.speech.engine import Features, Wish
    from s2s_tasks.speech.vocabulary import WhisperVocabulary

    from ..device import Placement
    from .begun import Begun

    Prompts = Sequence[tuple[int, ...]]

__all__ = ["TorchEar"]

AUTO: Final = "AutoModelForSpeechSeq2Seq"

ROWS: Final = {"cpu": 8, "cuda": 32, "mps": 8}
ROOM: Final = {"cpu": 1_000_000_000, "cuda": 12_000_000_000, "mps": 1_000_000_000}
"""Windows of one batch, and bytes that what the decoder keeps of their sound may take."""

FRAMES: Final = 2
"""Frames of features to a frame of the encoder."""

STEP: Final = 0.02
"""Seconds from one frame of the encoder to the next."""


class TorchEar(Ear):
    """One Whisper on one device. It is loaded when it is first needed."""

    def __init__(
        self, checkpoint: Checkpoint, vocabulary: WhisperVocabulary, placement: Placement
    ) -> None:
        self._checkpoint, self._vocabulary, self._placement = checkpoint, vocabulary, placement
        self._loan = Loan(checkpoint, placement, AUTO, _ready)
        self._size = Size.of(checkpoint)
        kind = placement.device.type
        held = self._size.kept * placement.dtype.itemsize
        self.batch = max(1, min(ROWS[kind], ROOM[kind] // held))

    # --- the ear's verbs ---------------------------------------------------------------------

    def encode(self, features: Sequence[Features], signals: Sequence[Signal]) -> list[object]:
        with self._loan.at_work(signals) as model:
            heard = torch.from_numpy(np.stack(features)).to(model.device, model.dtype)
            return [*model.model.encoder(heard).last_hidden_state]

    def languages(self, encoded: Sequence[object]) -> list[Mapping[str, float]]:
        known = self._vocabulary.languages
        with self._loan.at_work() as model:
            start = begun(model, _sounds(encoded), [(self._vocabulary.start,)] * len(encoded), 0)
            scores = model.proj_out(start.states[:, 0])[:, [*known.values()]]
            shares = scores.float().softmax(-1).tolist()
        return [dict(zip(known, row, strict=True)) for row in shares]

    def decode(
        self,
        encoded: Sequence[object],
        prompts: Prompts,
        wish: Wish,
        signals: Sequence[Signal],
    ) -> list[Heard]:
        width = wish.decoding.width if isinstance(wish.decoding, Beam) else 1
        rows = max(1, self.batch // width)
        with self._loan.at_work(signals) as model:
            return [
                heard
                for at in range(0, len(encoded), rows)
                for heard in self._decoded(
                    model, _sounds(encoded[at : at + rows]), prompts[at : at + rows], wish
                )
            ]

    def align(
        self,
        encoded: Sequence[object],
        starts: Prompts,
        texts: Prompts,
        frames: Sequence[int],
    ) -> list[list[float]]:
        plain = (self._vocabulary.no_timestamps,)
        end = self._vocabulary.end
        begins = [start if start[-1:] == plain else start + plain for start in starts]
        rows = [(*begin, *text, end) for begin, text in zip(begins, texts, strict=True)]
        with self._loan.at_work() as model, Looks(self._heads) as looks:
            # Padded on the left like any prompts, so what is asked for stands at the end of a row.
            start = begun(model, _sounds(encoded), rows, end)
            return [
                self._beginnings(
                    looks.weights(start.cache, row, size // FRAMES)[:, start.width - len(ids) :],
                    len(begin) - 1,
                )
                for row, (ids, begin, size) in enumerate(zip(rows, begins, frames, strict=True))
            ]

    def warm(self) -> None:
        with self._loan.borrowed():
            pass

    # --- one batch ---------------------------------------------------------------------------

    def _decoded(
        self,
        model: WhisperForConditionalGeneration,
        sounds: Sequence[torch.Tensor],
        prompts: Prompts,
        wish: Wish,
    ) -> list[Heard]:
        start = begun(model, sounds, prompts, self._vocabulary.end)
        silences = self._silences(model, start, prompts)
        likelihood = Likelihood(len(prompts), start.width, self._vocabulary.end)
        width = wish.decoding.width if isinstance(wish.decoding, Beam) else 1
        source = self._source(wish, max(map(len, prompts)))
        output: Any = GenerationMixin.generate(
            model,
            **start.inputs(width),
            generation_config=lowered(source, source.search.limit),
            logits_processor=self._rules(source, wish, start, likelihood),
        )
        rows = output.sequences[:, start.width :].tolist()
        return [
            self._heard(window, row, likelihood, silence)
            for window, (row, silence) in enumerate(zip(rows, silences, strict=True))
        ]

    def _source(self, wish: Wish, prompt: int) -> Source:
        end = self._vocabulary.end
        limit = max(1, min(wish.limit, self._size.positions - prompt))
        return Source((), (), Search(wish.decoding, limit, ends=(end,), pad=end))

    def _rules(
        self, source: Source, wish: Wish, start: Begun, likelihood: Likelihood
    ) -> list[LogitsProcessor]:
        """What tokens may follow, how likely each is, and which one is drawn if chance decides."""
        rules: list[LogitsProcessor] = [likelihood]
        if wish.timestamps:
            rules.insert(0, WhisperTimeStampLogitsProcessor(self._timing, start.width))
        if isinstance(wish.decoding, Sample):
            draws = Draws([source] * len(start.ids), 1, self._placement.device)
            rules += [*warpers(wish.decoding), draws]
        return rules

    @property
    def _timing(self) -> GenerationConfig:
        return GenerationConfig(
            eos_token_id=self._vocabulary.end,
            no_timestamps_token_id=self._vocabulary.no_timestamps,
            max_initial_timestamp_index=self._vocabulary.latest_first,
        )

    def _silences(
        self, model: WhisperForConditionalGeneration, start: Begun, prompts: Prompts
    ) -> list[float]:
        """How likely the model held it, where its answer began, that nobody speaks."""
        token = self._vocabulary.no_speech
        if token is None:
            return [0.0] * len(prompts)
        first = [start.width - len(one) + one.index(self._vocabulary.start) for one in prompts]
        scores = model.proj_out(start.states[range(len(first)), first])
        silences: list[float] = scores.float().softmax(-1)[:, token].tolist()
        return silences

    def _heard(self, window: int, row: list[int], likelihood: Likelihood, silence: float) -> Heard:
        end = self._vocabulary.end
        ended = end in row
        ids = tuple(row[: row.index(end)] if ended else row)
        return Heard(ids, ended, likelihood.mean(window, ids, ended=ended), silence)

    # --- times ---------------------------------------------------------------------------------

    def _beginnings(self, weights: torch.Tensor, before: int) -> list[float]:
        """
        As openai-whisper finds them (`timing.find_alignment`): heads that look at each frame
        more or less than for other tokens, smoothed over time, and averaged.
        """
        spread, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        looks = _smoothed((weights - mean) / spread, self._size.smoothing).mean(0)[before:-1]
        return [frame * STEP for frame in beginnings(-looks.double().cpu().numpy())]

    @property
    def _heads(self) -> list[tuple[int, int]]:
        """Those that follow the words; where it is not known which, all of the later layers."""
        told = self._checkpoint.generation.get("alignment_heads")
        if isinstance(told, list) and told:
            return [(layer, head) for layer, head in told]
        layers = range(self._size.layers // 2, self._size.layers)
        return [(layer, head) for layer in layers for head in range(self._size.heads)]


def _ready(model: Any) -> WhisperForConditionalGeneration:
    model.generation_config.max_length = None  # the wish says it
    show(model)
    return model  # type: ignore[no-any-return]


def _sounds(encoded: Sequence[object]) -> list[torch.Tensor]:
    return cast("list[torch.Tensor]", [*encoded])


def _smoothed(looks: torch.Tensor, width: int) -> torch.Tensor:
    """The medians of `width` frames [heads, tokens, frames], mirrored at the ends."""
    half = width // 2
    if looks.shape[-1] <= half:
        return looks
    mirrored = torch.nn.functional.pad(looks, (half, half), mode="reflect")
    return mirrored.unfold(-1, width, 1).sort().values[..., half]
