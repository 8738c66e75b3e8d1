"""A checkpoint's vocabulary as llguidance reads it: the bytes that each token writes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...pattern import pattern
from ..rawcodec import RawCodec

if TYPE_CHECKING:
    from llguidance import LLTokenizer

    from ..codec import Codec

__all__ = ["lacking", "spelled"]

_byte = pattern("<0x([0-9A-F]{2})>")


def spelled(codec: Codec, ends: Sequence[int]) -> LLTokenizer:
    """
    Costs up to some seconds for a large vocabulary: make it once for a checkpoint.

    What llguidance cannot read of itself is spelled out piece by piece; then nothing that is
    forced can be told ahead.
    """
    from llguidance import LLTokenizer

    if isinstance(codec, RawCodec):
        try:
            return LLTokenizer(codec.document(), eos_token=[*ends])
        except ValueError:
            pass  # a decoder that it does not know, as T5's
    from llguidance import TokenizerWrapper

    return LLTokenizer(TokenizerWrapper(_Pieces(codec, ends)), eos_token=[*ends])


def lacking(tokenizer: LLTokenizer) -> str:
    """Letters that any JSON needs and no token writes, as T5's have no braces."""
    return "".join(
        letter
        for letter in '{}[]":,'
        if tokenizer.decode_str(tokenizer.greedy_tokenize(letter)) != letter
    )


class _Pieces:
    """What llguidance asks of a tokenizer that it does not know."""

    bos_token_id = None

    def __init__(self, codec: Codec, ends: Sequence[int]) -> None:
        self.eos_token_id = ends[0]
        self.special_token_ids = sorted(codec.control | set(ends))
        self.tokens = [_bytes(codec.token_of(number)) for number in range(codec.size)]
        for number in self.special_token_ids:
            self.tokens[number] = f"<|{number}|>".encode()
        self._ids = {
            token: number
            for number, token in reversed([*enumerate(self.tokens)])
            if token and number not in self.special_token_ids
        }
        self._longest = max(map(len, self._ids))

    def __call__(self, text: bytes) -> list[int]:
        """
        The longest piece first. Its own tokenizer would put a space before the text, which an
        output that goes on has not.
        """
        found, at = [], 0
        while at < len(text):
            ends = range(min(len(text), at + self._longest), at, -1)
            end = next((end for end in ends if text[at:end] in self._ids), None)
            if end is None:
                break
            found.append(self._ids[text[at:end]])
            at = end
        return found


def _bytes(token: str) -> bytes:
    if hexadecimal := _byte().fullmatch(token):
        return bytes.fromhex(hexadecimal[1])
    return token.replace("▁", " ").encode()
