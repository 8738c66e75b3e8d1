"""
BLIP-2 and InstructBLIP: a picture in a few tokens, ahead of the prompt of a language model.

InstructBLIP lets the prompt choose what is looked at, by a reader with a tokenizer of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.checkpoint.codec import codec_of
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.checkpoint.generating import Generating
from s2s_tasks.errors import NotConfigured, TooLong

from ...engine import TorchEngine
from ..family import Family, Said, question_of
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PIL.Image import Image
    from transformers import PreTrainedModel

    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

    Inputs = dict[str, Any]

__all__ = ["opened"]

BATCH: Final = 4

CLASSES: Final = {
    "blip-2": "Blip2ForConditionalGeneration",
    "instructblip": "InstructBlipForConditionalGeneration",
}
LOOKED_FOR: Final = ("qformer_input_ids", "qformer_attention_mask")


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured for one from before its pictures had tokens, else as `sight_of` does."""
    sight = sight_of(checkpoint)
    if not isinstance(sight.config.image_token_id, int):
        raise NotConfigured(
            f"{sight.name} does not say which token stands for a picture",
            hint="take its newer revision: config.json needs an image_token_index",
        )
    instructed = checkpoint.model_type == "instructblip"
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto=CLASSES[checkpoint.model_type],
        encodes=sight.config.text_config.is_encoder_decoder,
        batch=BATCH,
        entered=_entered,
    )
    lowering = _Instructed(sight) if instructed else _Blip2(sight)
    return Generating(name, checkpoint, sight.codec, lowering, engine)


class _Blip2(Family):
    """Prompts as Li et al. 2023 have them: none for a caption."""

    caption, answer = "", "Question: {} Answer:"

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption", "answer"})
        self._seen = (sight.config.image_token_id,) * sight.config.num_query_tokens
        self.positions = sight.places
        self.overhead = len(self._seen) + len(sight.codec.wrapped(self.answer))

    def said(self, request: Request, image: Image) -> Said:
        del image
        prompt = self.prompt(request)
        bos = self.sight.writer.bos_token_id
        ids = self.sight.codec.wrapped(prompt) if prompt or bos is None else [bos]
        encodes = self.sight.config.text_config.is_encoder_decoder
        return Said((*self._seen, *ids), self.sight.start if encodes else ())

    def prompt(self, request: Request) -> str:
        """What the language model goes on from."""
        if request.task == "caption":
            return self.caption
        return self.answer.replace("{}", question_of(request))


class _Instructed(_Blip2):
    """Prompts as Dai et al. 2023 evaluate with (appendix E), short ones."""

    caption, answer = "A short image description.", "Question: {} Short answer:"

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight)
        folder = sight.checkpoint.folder / "qformer_tokenizer"
        self._reader = codec_of(Checkpoint(folder, f"{sight.name}/qformer_tokenizer"))

    def pixels(self, request: Request, image: Image) -> Mapping[str, torch.Tensor]:
        ids = torch.tensor([self._reader.wrapped(self.prompt(request))])
        most = self.sight.config.qformer_config.max_position_embeddings
        if ids.shape[1] > most:
            raise TooLong(
                f"the question has {ids.shape[1]:,} tokens; {self.sight.name} reads at most {most:,}",
                hint="ask a shorter one",
            )
        told = dict(zip(LOOKED_FOR, (ids, torch.ones_like(ids)), strict=True))
        return {**super().pixels(request, image), **told}


def _entered(model: Any, inputs: Inputs) -> tuple[PreTrainedModel, Inputs]:
    """Its own `generate` does this, and takes no settings beside its own."""
    ids, told = inputs["input_ids"], {name: inputs[name] for name in LOOKED_FOR if name in inputs}
    seen = model.get_image_features(inputs["pixel_values"], **told).pooler_output
    words = model.get_input_embeddings()(ids)
    here = (ids == model.config.image_token_id).unsqueeze(-1)
    given = {
        "inputs_embeds": words.masked_scatter(here, seen.to(words)),
        "attention_mask": inputs["attention_mask"],
    }
    if model.language_model.config.is_encoder_decoder:
        return model.language_model, given
    return model.language_model, {**given, "input_ids": ids}
