"""
Text to ids and back, for one checkpoint, under any number of threads.

A shared tokenizer of transformers gives wrong ids under threads, since it sets truncation on
itself for every call. Here its parts are used raw and never changed. And what a user writes
never becomes a control token: only the words of a template, which are the checkpoint's own, may.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ..errors import BadInput, NotConfigured
from ..pattern import pattern

if TYPE_CHECKING:
    from .folder import Checkpoint

__all__ = ["OPEN", "Codec", "broken", "codec_of", "sound"]

STRETCH: Final = 100_000
"""Characters counted at a time, so that a huge text needs no memory to match."""

HALF: Final = "\ufffd"
"""What half a character is decoded to."""

OPEN: Final = HALF + "".join(filter(str.isspace, map(chr, range(0x3001))))
"""Characters at the end of a text that the next token may complete or strip."""

_lone = pattern("[\ud800-\udfff]")


class Codec(ABC):
    """
    `control`: ids of control tokens (ends, pads, languages, roles), `controls` their strings;
    `size`: number of ids; `open`: characters that are not settled at the end of a text.

    All that takes a text raises BadInput for one that is not Unicode.
    """

    control: frozenset[int]
    controls: tuple[str, ...]
    size: int
    open: str = OPEN

    @abstractmethod
    def encode(self, text: str) -> list[int]:
        """Of a user's text: nothing before or after it, and no control token in it."""

    @abstractmethod
    def wrapped(self, text: str) -> list[int]:
        """A user's text within what the tokenizer puts around a single input."""

    @abstractmethod
    def marked(self, text: str) -> list[int]:
        """Of a template's text: its control tokens count as such; nothing around it."""

    @abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """The text of an output, without control tokens."""

    @abstractmethod
    def id_of(self, token: str) -> int | None:
        """The id of a token by its string, None if the vocabulary has none."""

    @abstractmethod
    def token_of(self, number: int) -> str:
        """The string of a token by its id, as it stands in the vocabulary of outputs."""

    @abstractmethod
    def typed_pair(self, one: str, other: str) -> tuple[list[int], list[int]]:
        """Two texts as the tokenizer joins them, and its token types: which text each is of."""

    def wrapped_pair(self, one: str, other: str) -> list[int]:
        """Two texts as the tokenizer joins them."""
        return self.typed_pair(one, other)[0]

    def mixed(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        """Of one text in parts, of which the trusted ones (True) may hold control tokens."""
        return [
            number
            for text, trusted in parts
            for number in (self.marked(text) if trusted else self.encode(text))
        ]

    def closed(self, ids: Sequence[int]) -> int:
        """How many of the ids are decoded to the same whatever ids follow, but for `open`."""
        return len(ids)

    def count(self, text: str) -> int:
        """
        Length of what `wrapped` gives.

        A text over a hundred thousand characters is counted in stretches, which may differ by
        a few tokens for each.
        """
        if len(text) <= STRETCH:
            return len(self.wrapped(text))
        around = len(self.wrapped("")) + 1  # a stretch may begin with a space of its own
        return around + sum(len(self.encode(part)) for part in _stretches(text))


def codec_of(checkpoint: Checkpoint) -> Codec:
    """Raises NotConfigured for a folder without a tokenizer that can be read here."""
    from .rawcodec import RawCodec
    from .spiece import M2MCodec, MarianCodec

    folder = checkpoint.folder
    if (folder / "tokenizer.json").is_file():
        return RawCodec(checkpoint)
    if (folder / "source.spm").is_file() and (folder / "vocab.json").is_file():
        return MarianCodec(checkpoint)
    if (folder / "sentencepiece.bpe.model").is_file() and (folder / "vocab.json").is_file():
        return M2MCodec(checkpoint)
    raise NotConfigured(
        f"{checkpoint.name or folder} has no tokenizer: neither tokenizer.json, nor vocab.json"
        " with source.spm or sentencepiece.bpe.model",
        hint="save it there: AutoTokenizer.from_pretrained(model).save_pretrained(folder)",
    )


def broken(checkpoint: Checkpoint, why: str) -> NotConfigured:
    """The error for files that are there but of no use."""
    return NotConfigured(
        f"the tokenizer of {checkpoint.name or checkpoint.folder} cannot be read: {why}",
        hint="download or save the checkpoint anew",
    )


def sound(text: str) -> str:
    """The text itself; raises BadInput if it is not Unicode."""
    if found := _lone().search(text):
        raise BadInput(
            f"the text has a lone surrogate {found.group()!a} at position {found.start()}",
            hint='decode it anew, with errors="replace" if need be',
        )
    return text


def _stretches(text: str) -> Iterator[str]:
    """Parts that end before a space where there is one, as most tokenizers part a text."""
    at = 0
    while at < len(text):
        end = at + STRETCH
        if end < len(text):
            space = text.rfind(" ", at + STRETCH // 2, end)
            end = space if space > 0 else end
        yield text[at:end]
        at = end
