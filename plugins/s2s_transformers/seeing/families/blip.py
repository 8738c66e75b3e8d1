"""
BLIP: captions, or answers to questions, by which of its two classes a checkpoint is.

Its `generate` takes no settings beside its own, so what it does is done here: pictures and
questions are read first, and the text decoder writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.checkpoint.generating import Generating

from ...engine import TorchEngine
from ..family import Family, Said, question_of
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image
    from transformers import PreTrainedModel

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

    Inputs = dict[str, Any]

__all__ = ["opened"]

BATCH: Final = 8
CAPTIONS: Final = "BlipForConditionalGeneration"
ANSWERS: Final = "BlipForQuestionAnswering"


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured and Unsupported as `sight_of` does."""
    answers, sight = ANSWERS in checkpoint.classes, sight_of(checkpoint)
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto=ANSWERS if answers else CAPTIONS,
        encodes=answers,
        batch=BATCH,
        entered=_asked if answers else _shown,
        pads=False,
    )
    lowering = _Answers(sight) if answers else _Captions(sight)
    return Generating(name, checkpoint, sight.codec, lowering, engine)


class _Blip(Family):
    @property
    def settings(self) -> Mapping[str, object]:
        """What its config calls the end is none: texts end where BERT parts them."""
        return {**super().settings, "eos_token_id": self.sight.writer.sep_token_id}

    @property
    def begin(self) -> tuple[int, ...]:
        return (self.sight.writer.bos_token_id,)


class _Captions(_Blip):
    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption"})

    def said(self, request: Request, image: Image) -> Said:
        del request, image
        return Said(ids=self.begin)


class _Answers(_Blip):
    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"answer"})
        self.positions = sight.places
        self.overhead = len(sight.codec.wrapped(""))

    def said(self, request: Request, image: Image) -> Said:
        del image
        ids = self.sight.codec.wrapped(question_of(request))
        return Said(ids=tuple(ids), start=self.begin)


def _shown(model: Any, inputs: Inputs) -> tuple[PreTrainedModel, Inputs]:
    told = {name: inputs[name] for name in ("input_ids", "attention_mask")}
    return model.text_decoder, {**told, "encoder_hidden_states": _seen(model, inputs)}


def _asked(model: Any, inputs: Inputs) -> tuple[PreTrainedModel, Inputs]:
    """Questions are of one length, since its decoder looks at padding, whatever the mask says."""
    ids, seen = inputs["input_ids"], _seen(model, inputs)
    read = model.text_encoder(ids, encoder_hidden_states=seen).last_hidden_state
    begin = torch.full((len(ids), 1), model.decoder_start_token_id, device=ids.device)
    return model.text_decoder, {"input_ids": begin, "encoder_hidden_states": read}


def _seen(model: Any, inputs: Inputs) -> torch.Tensor:
    seen: torch.Tensor = model.vision_model(pixel_values=inputs["pixel_values"]).last_hidden_state
    return seen
