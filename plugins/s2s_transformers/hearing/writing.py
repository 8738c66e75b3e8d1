"""Encoder-decoders that write what they hear: Moonshine, Speech2Text, SpeechT5 and their like."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import ANY_DECODING, Misfit
from s2s_tasks.checkpoint.search import Search, default_decoding, end_tokens
from s2s_tasks.checkpoint.source import Source
from s2s_tasks.decoding import Sample
from s2s_tasks.loops import has_loop
from s2s_tasks.speech.listener import Listener, Said, misfits_over_windows

from ..draws import Draws, warpers
from ..lowered import lowered
from .loan import Loan
from .padding import alike, bears_padding
from .parts import tokenizer_of
from .sounds import Extractor, together
from .stretched import of_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch
    from transformers import LogitsProcessor

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.decoding import Decoding
    from s2s_tasks.exchange import Request
    from s2s_tasks.speech.listener import Recording
    from s2s_tasks.speech.window import Window

    from ..device import Placement
    from .sounds import Sound

__all__ = ["Writing"]

ROWS: Final = {"cpu": 8, "cuda": 32, "mps": 8}

FASTEST: Final = 30
"""Tokens of a second of speech, more than anybody says, even spelled in letters."""

POSITIONS: Final = ("max_target_positions", "max_text_positions", "max_position_embeddings")
"""How configs call the places of the decoder."""

SECOND: Final = (Sample(temperature=0.4, seed=0), Sample(temperature=0.8, seed=0))
"""What is tried where the first text has no end, or is a loop."""


@dataclass(frozen=True)
class _Trained:
    model: Any
    pads: bool


@dataclass(frozen=True)
class _Text:
    """`whole`: it has an end, and is no loop. `tokens`: all that were written for it."""

    text: str = ""
    tokens: int = 0
    whole: bool = False


class Writing(Listener):
    """One window, one text. When its words are said, these models do not tell."""

    def __init__(self, checkpoint: Checkpoint, placement: Placement) -> None:
        self._checkpoint, self._placement = checkpoint, placement
        self._extractor = Extractor(checkpoint)
        self._tokenizer = tokenizer_of(checkpoint)
        self._loan = Loan(checkpoint, placement, "AutoModelForSpeechSeq2Seq", self._tried)
        self.batch = ROWS[placement.device.type]
        self.strategies = ANY_DECODING

    def hear(self, windows: Sequence[Window], recordings: Sequence[Recording]) -> list[Said]:
        texts = [_Text()] * len(windows)
        sounds = [self._extractor.sound(window.samples) for window in windows]
        with self._loan.at_work([one.request.signal for one in recordings]) as trained:
            for step in range(1 + len(SECOND)):
                for decoding, places in _waiting(recordings, texts, step):
                    found = self._written(trained, [sounds[at] for at in places], decoding)
                    for at, text in zip(places, found, strict=True):
                        texts[at] = replace(text, tokens=text.tokens + texts[at].tokens)
        return [self._said(*pair) for pair in zip(texts, windows, strict=True)]

    def misfits(self, request: Request) -> tuple[Misfit, ...]:
        found: list[Misfit] = []
        if request.params.get("timestamps") == "word":
            instead = "take segments, or a model that does: Whisper, Wav2Vec2"
            found.append(Misfit("timestamps", "does not tell when words are said", instead))
        return (*found, *misfits_over_windows(request))

    def warm(self) -> None:
        with self._loan.borrowed():
            pass

    # --- one batch ---------------------------------------------------------------------------

    def _written(
        self, trained: _Trained, sounds: Sequence[Sound], decoding: Decoding | None
    ) -> list[_Text]:
        found: dict[int, _Text] = {}
        for places in alike(sounds, rows=self.batch, pads=trained.pads):
            batch = [sounds[at] for at in places]
            found |= zip(places, self._generated(trained.model, batch, decoding), strict=True)
        return [found[at] for at in range(len(sounds))]

    def _generated(
        self, model: Any, sounds: Sequence[Sound], decoding: Decoding | None
    ) -> list[_Text]:
        source = self._source(model, decoding, max(one.seconds for one in sounds))
        inputs = together(sounds, model.device, model.dtype)
        if "attention_mask" not in inputs:  # all of it is sound, or padding that is borne
            inputs["attention_mask"] = _all_of(next(iter(inputs.values())))
        output = model.generate(
            **inputs,
            generation_config=lowered(source, source.search.limit),
            logits_processor=self._chance(source, len(sounds)),
        )
        return [self._text(row[1:], source) for row in output.sequences.tolist()]

    def _source(self, model: Any, decoding: Decoding | None, seconds: float) -> Source:
        settings = model.generation_config.to_dict()
        ends = end_tokens(settings)
        pad = settings.get("pad_token_id")
        limit = min(int(16 + FASTEST * seconds), _positions(model.config) - 2)
        chosen = decoding or default_decoding(settings)
        return Source((), (), Search(chosen, limit, ends, ends[0] if pad is None else pad))

    def _chance(self, source: Source, rows: int) -> list[LogitsProcessor]:
        decoding = source.search.decoding
        if not isinstance(decoding, Sample):
            return []
        return [*warpers(decoding), Draws([source] * rows, 1, self._placement.device)]

    def _text(self, row: list[int], source: Source) -> _Text:
        ends = [at for at, one in enumerate(row) if one in source.search.ends]
        ids = row[: ends[0]] if ends else row
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True).strip()
        return _Text(text, len(ids), whole=bool(ends) and not has_loop(text))

    def _said(self, text: _Text, window: Window) -> Said:
        if text.whole:
            return of_text(text.text, window, text.tokens)
        return Said((), text.tokens, lost=((window.start, window.end),))

    # --- the model ---------------------------------------------------------------------------

    def _tried(self, model: Any) -> _Trained:
        import torch

        settings = model.generation_config
        settings.max_length = None  # the sound says it
        settings.forced_eos_token_id = None  # else a text that was cut ends as if it were whole

        def heard(sounds: Sequence[Sound]) -> Sequence[torch.Tensor]:
            start = [[settings.decoder_start_token_id]] * len(sounds)
            begun = torch.tensor(start, device=model.device)
            inputs = together(sounds, model.device, model.dtype)
            return [*model(**inputs, decoder_input_ids=begun).logits.float()]

        with torch.inference_mode():
            return _Trained(model, bears_padding(heard, self._extractor, self._placement.dtype))


def _waiting(
    recordings: Sequence[Recording], texts: Sequence[_Text], step: int
) -> Iterator[tuple[Decoding | None, list[int]]]:
    """Windows without a whole text, by how they are to be decoded in this step."""
    groups: dict[Decoding | None, list[int]] = defaultdict(list)
    for at, (recording, text) in enumerate(zip(recordings, texts, strict=True)):
        told = recording.request.decoding
        if not text.whole and (not step or told is None):
            groups[SECOND[step - 1] if step else told].append(at)
    yield from groups.items()


def _positions(config: Any) -> int:
    decoder = getattr(config, "decoder", config)
    told = (getattr(decoder, name, None) for name in POSITIONS)
    return next(filter(None, told), 448)


def _all_of(values: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.ones(values.shape[:2], dtype=torch.long, device=values.device)
