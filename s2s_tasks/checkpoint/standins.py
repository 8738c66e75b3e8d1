"""Words that stand in for the texts of a chat, to tell these from the template's own words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .codec import Codec

__all__ = ["StandIns", "controls", "guarded"]

EDGE: Final = "\u2003"
"""A space that templates strip, but do not write."""


class StandIns:
    """Put into the turns before they are rendered, and looked for afterwards."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def for_text(self, text: str) -> str:
        """A word that nobody can guess, with a space on either side; nothing for no text."""
        if not text:
            return ""
        word = f"x{secrets.token_hex(12)}x"
        self._texts[word] = text
        return EDGE + word + EDGE

    def parts(self, rendered: str) -> Iterator[tuple[str, bool]]:
        """The template's words (True) and the texts (False), stripped where it strips them."""
        at = 0
        for found in self._found().finditer(rendered):
            yield rendered[at : found.start()], True
            yield self._edged(*found.groups()), False
            at = found.end()
        yield rendered[at:], True

    def whole(self, rendered: str) -> str:
        """The text with all texts in their places."""
        return "".join(part for part, _ in self.parts(rendered))

    def bare(self, rendered: str) -> str:
        """
        The words without the spaces that were put beside them; those of the texts themselves
        stand beside them now, for one who looks what stands there.
        """
        return self._found().sub(self._spaced, rendered)

    def _spaced(self, found: re.Match[str]) -> str:
        word, text = found[2], self._edged(found[1], found[2], found[3])
        self._texts[word] = text.strip()
        return text.replace(self._texts[word], word) if self._texts[word] else text

    def _found(self) -> re.Pattern[str]:
        return re.compile(f"({EDGE}?)({'|'.join(self._texts) or '(?!)'})({EDGE}?)")

    def among(self, rendered: str) -> bool:
        """Whether every text stands in it."""
        return all(word in rendered for word in self._texts)

    def _edged(self, before: str, word: str, after: str) -> str:
        text = self._texts[word]
        text = text if before else text.lstrip()
        return text if after else text.rstrip()


def guarded(codec: Codec, stand_ins: StandIns, outline: str) -> list[int]:
    """Ids of a prompt, as the tokenizer gives them unless the texts bring control tokens in."""
    ids = codec.marked(stand_ins.whole(outline))
    if controls(codec, ids) == controls(codec, codec.marked(outline)):
        return ids
    return codec.mixed(stand_ins.parts(outline))


def controls(codec: Codec, ids: list[int]) -> list[int]:
    """Those that control something, in their order."""
    return [number for number in ids if number in codec.control]
