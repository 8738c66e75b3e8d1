"""Words that stand in for the texts of a chat, to tell these from the template's own words."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import Final

__all__ = ["StandIns"]

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
        for found in re.finditer(
            f"({EDGE}?)({'|'.join(self._texts) or '(?!)'})({EDGE}?)", rendered
        ):
            yield rendered[at : found.start()], True
            yield self._edged(*found.groups()), False
            at = found.end()
        yield rendered[at:], True

    def _edged(self, before: str, word: str, after: str) -> str:
        text = self._texts[word]
        text = text if before else text.lstrip()
        return text if after else text.rstrip()
