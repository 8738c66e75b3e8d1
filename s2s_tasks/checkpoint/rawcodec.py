"""The tokenizer.json of a checkpoint, through the tokenizers library itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ..pattern import pattern
from .codec import OPEN, Codec, broken, sound
from .rawtokenizer import raw_tokenizer
from .specials import named_tokens
from .tidying import JOINING, tidied, wants_tidying
from .twin import Twin

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from .folder import Checkpoint

__all__ = ["RawCodec"]

BLANK: Final = " \t\r\n▁"
"""Runs of these are often added tokens, but control nothing."""

_language = pattern("<2[A-Za-z_]{2,12}>")


class RawCodec(Codec):
    """Two tokenizers that nobody changes: one that reads control tokens, one that does not."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._trusting = raw_tokenizer(checkpoint)
        special = tuple(dict.fromkeys(_special(self._trusting)))
        self._twin = _twin(checkpoint, self._trusting, special)
        self._plain = self._twin.tokenizer
        unknown = _unknown(named_tokens(checkpoint))
        self.controls = tuple(token for token in special if token != unknown)
        self.control = frozenset(self._numbers(self.controls))
        self.size = self._trusting.get_vocab_size()
        self._bytes = frozenset(self._numbers(f"<0x{one:02X}>" for one in range(256)))
        self._passing = self._bytes.union(self._numbers(special))
        self._tidies = _tidies(checkpoint, self._trusting)
        self.open = OPEN + JOINING * self._tidies

    def encode(self, text: str) -> list[int]:
        return self._plain.encode(sound(text), add_special_tokens=False).ids

    def wrapped(self, text: str) -> list[int]:
        return self._plain.encode(sound(text)).ids

    def typed_pair(self, one: str, other: str) -> tuple[list[int], list[int]]:
        encoding = self._plain.encode(sound(one), sound(other))
        return encoding.ids, encoding.type_ids

    def marked(self, text: str) -> list[int]:
        return self._trusting.encode(sound(text), add_special_tokens=False).ids

    def mixed(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        return self.encode("".join(self._twin.disguised(t) if ours else t for t, ours in parts))

    def decode(self, ids: Sequence[int]) -> str:
        text = self._trusting.decode(list(ids), skip_special_tokens=True)
        return tidied(text) if self._tidies else text

    def id_of(self, token: str) -> int | None:
        return self._trusting.token_to_id(token)

    def token_of(self, number: int) -> str:
        return self._trusting.id_to_token(number) or ""

    def document(self) -> str:
        """The tokenizer as JSON, with all control tokens in it."""
        return self._trusting.to_str()

    def closed(self, ids: Sequence[int]) -> int:
        """A run of bytes is decoded as a whole, and control tokens do not part it."""
        end = len(ids)
        if self._bytes:
            while end and ids[end - 1] in self._passing:
                end -= 1
        return end

    def _numbers(self, tokens: Iterable[str]) -> Iterator[int]:
        return (number for token in tokens if (number := self.id_of(token)) is not None)


def _twin(checkpoint: Checkpoint, tokenizer: Tokenizer, special: Iterable[str]) -> Twin:
    try:
        return Twin(tokenizer, special)
    except Exception as error:  # the library raises Exception itself
        raise broken(checkpoint, f"its control tokens cannot be told apart: {error}") from error


def _special(tokenizer: Tokenizer) -> Iterator[str]:
    """What stands for something else than its letters."""
    for token in tokenizer.get_added_tokens_decoder().values():
        if token.content.strip(BLANK):
            yield token.content
    if tokenizer.token_to_id("<2en>") is not None:  # the languages of MADLAD are plain pieces
        ids = tokenizer.get_vocab(with_added_tokens=False)
        yield from sorted(filter(_language().fullmatch, ids), key=ids.__getitem__)


def _unknown(named: dict[str, str]) -> str:
    """The token of what has no piece, unless it stands for something else besides."""
    token = named.pop("unk_token", "<unk>")
    return "" if token in named.values() else token


def _tidies(checkpoint: Checkpoint, tokenizer: Tokenizer) -> bool:
    return wants_tidying(checkpoint) and type(tokenizer.model).__name__ != "BPE"
