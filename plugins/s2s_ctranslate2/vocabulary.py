"""The strings that CTranslate2 knows a checkpoint's ids by: one for each, and all different."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.codec import Codec

__all__ = ["Vocabulary"]


class Vocabulary:
    """
    Tokens by id and ids by token, for `size` ids.

    Models have more ids than their tokenizers have tokens: the others are named by number.
    """

    def __init__(self, codec: Codec, size: int) -> None:
        self.ids: dict[str, int] = {}
        self.tokens: list[str] = []
        for number in range(size):
            token = codec.token_of(number) if number < codec.size else ""
            if not token or token in self.ids:
                token = f"<unused {number}>"
            self.ids[token] = number
            self.tokens.append(token)

    def spell(self, ids: tuple[int, ...]) -> list[str]:
        return [self.tokens[one] for one in ids]

    def read(self, tokens: list[str]) -> list[int]:
        return [self.ids[one] for one in tokens]
