"""
A processor's tokenizer, which knows the template's words from the user's.

The processor writes a picture's tokens into the prompt where the template has put a placeholder.
It is shown the prompt with words that stand in for all texts of users, so that no text can spell
a placeholder; the texts come in where the prompt is turned into ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from transformers import BatchEncoding

from s2s_tasks.checkpoint.standins import guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.checkpoint.standins import StandIns

__all__ = ["Guarded"]


class Guarded:
    """
    In the place of `tokenizer`, for one prompt; all but the ids are as it says.

    `begin`: what it puts before a text.
    """

    def __init__(
        self,
        tokenizer: Any,  # a PreTrainedTokenizerBase
        codec: Codec,
        stand_ins: StandIns,
        begin: Sequence[int],
    ) -> None:
        self._tokenizer, self._codec = tokenizer, codec
        self._stand_ins, self._begin = stand_ins, begin

    def __call__(
        self,
        text: str | Sequence[str],
        *,
        add_special_tokens: bool = True,
        return_token_type_ids: bool = False,
        **_: object,
    ) -> BatchEncoding:
        outlines = [text] if isinstance(text, str) else [*text]
        begin = self._begin if add_special_tokens else ()
        rows = [[*begin, *guarded(self._codec, self._stand_ins, one)] for one in outlines]
        found = {"input_ids": rows, "attention_mask": [[1] * len(row) for row in rows]}
        if return_token_type_ids:
            found["token_type_ids"] = [[0] * len(row) for row in rows]
        return _Rows(found)

    def __getattr__(self, name: str) -> object:
        return getattr(self._tokenizer, name)


class _Rows(BatchEncoding):
    def char_to_token(self, *_: object, **__: object) -> int:
        """Idefics asks this of every picture, to mark its tokens where somebody wants them marked."""
        return 0
