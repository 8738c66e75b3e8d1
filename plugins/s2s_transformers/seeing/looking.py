"""From a prompt and its pictures to ids and pixels, by the checkpoint's own processor."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.errors import BadInput
from s2s_tasks.media.picture import picture

from .guarded import Guarded
from .processor import processor_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.checkpoint.standins import StandIns
    from s2s_tasks.media import Media

__all__ = ["Looking"]

NOT_EXTRA: Final = frozenset({"input_ids", "attention_mask", "labels"})


class Looking:
    """
    Of one checkpoint; used by many threads at once.

    `placeholder`: what stands for a picture in a prompt without a template; `template`: of chats
    with pictures, "" for none.
    """

    def __init__(self, checkpoint: Checkpoint, codec: Codec) -> None:
        self._name, self._codec = checkpoint.name, codec
        self._processor = processor_of(checkpoint)
        tokenizer = self._processor.tokenizer
        self._bos: str | None = tokenizer.bos_token
        around = tokenizer("")["input_ids"]
        self._begin = around[:1] if around[:1] == [tokenizer.bos_token_id] else []
        self.placeholder = str(getattr(self._processor, "image_token", None) or "")
        self.template = _default(self._processor.chat_template or tokenizer.chat_template)

    def read(
        self, outline: str, stand_ins: StandIns, media: Sequence[Media]
    ) -> tuple[list[int], Mapping[str, torch.Tensor]]:
        """
        Ids, and the tensors that go with them by name.

        `outline`: the prompt, with a placeholder for each picture and stand-ins for texts.
        Raises BadInput for a picture that cannot be read.
        """
        pictures = [picture(one) for one in media]
        processor = copy.copy(self._processor)  # for this prompt only; its parts are shared
        processor.tokenizer = Guarded(
            self._processor.tokenizer, self._codec, stand_ins, self._begin
        )
        found = self._processed(processor, outline, pictures)
        extras = {
            name: value
            for name, value in found.items()
            if isinstance(value, torch.Tensor) and name not in NOT_EXTRA
        }
        return found["input_ids"][0].tolist(), extras

    def _processed(
        self, processor: Any, outline: str, pictures: list[Any]
    ) -> Any:  # transformers' own
        begun = bool(self._bos and outline.startswith(self._bos))
        try:
            return processor(
                images=[pictures] if pictures else None,
                text=[outline],
                add_special_tokens=not begun,
                return_tensors="pt",
            )
        except ValueError as error:
            raise BadInput(
                f"{self._name} cannot read this: {error}", hint="give another size or shape"
            ) from error


def _default(told: object) -> str:
    """A template by its name, where there are several."""
    chosen = told.get("default") if isinstance(told, dict) else told
    return chosen if isinstance(chosen, str) else ""
