"""
Tokens of frames as words with times.

Where each frame has a token (connectionist temporal classification), those that follow each
other and are the same are one, unless a blank stands between.
"""

from __future__ import annotations

import inspect
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


__all__ = ["Piece", "Spelled", "Spelling"]

BEGINS: Final = ("▁", "Ġ", " ")
"""How pieces that begin a word are marked."""


Piece: TypeAlias = tuple[int, int, int]
"""A token, its first frame, and the first one after it."""


class Spelled(NamedTuple):
    """A word, its first frame, and the first one after it."""

    word: str
    start: int
    end: int


class Spelling:
    """By the rules of the checkpoint's own tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        told = inspect.signature(type(tokenizer).decode).parameters
        self._tells_words = "output_word_offsets" in told

    def count(self, ids: Sequence[int]) -> int:
        """Tokens that the frames stand for."""
        return sum(1 for _ in self._runs(ids))

    def words(self, ids: Sequence[int]) -> list[Spelled]:
        """Of the likeliest token of each frame."""
        if not self._tells_words:
            return self.pieced(self._runs(ids))
        found = self._tokenizer.decode([*ids], skip_special_tokens=True, output_word_offsets=True)
        return [
            Spelled(one["word"], int(one["start_offset"]), int(one["end_offset"]))
            for one in found.word_offsets
        ]

    def pieced(self, pieces: Iterable[Piece]) -> list[Spelled]:
        """Of tokens with their frames: a word begins where a piece says so."""
        words: list[list[Piece]] = []
        for piece in pieces:
            if not words or str(self._tokenizer.convert_ids_to_tokens(piece[0])).startswith(BEGINS):
                words.append([])
            words[-1].append(piece)
        return [*filter(None, map(self._word, words))]

    def _word(self, pieces: list[Piece]) -> Spelled | None:
        """A mark at its end takes no time: some models write it long after the word."""
        text = self._joined([number for number, _, _ in pieces])
        said = [piece for piece in pieces if self._joined([piece[0]]).isalnum()] or pieces
        return Spelled(text, pieces[0][1], said[-1][2]) if text else None

    def _joined(self, ids: list[int]) -> str:
        blank = self._tokenizer.pad_token_id
        apart = [one for number in ids for one in (number, blank)]  # the same twice is two
        text: str = self._tokenizer.decode(apart, skip_special_tokens=True)
        return text.strip()

    @cached_property
    def silent(self) -> frozenset[int]:
        """Tokens that are no text."""
        return frozenset(self._tokenizer.all_special_ids)

    def _runs(self, ids: Sequence[int]) -> Iterator[Piece]:
        at = 0
        for number, run in groupby(ids):
            length = sum(1 for _ in run)
            if number not in self.silent:
                yield number, at, at + length
            at += length
