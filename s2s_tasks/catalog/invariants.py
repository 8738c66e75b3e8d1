"""What every task expects of a text, given or answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadInput, InvalidOutput
from ..loops import has_loop
from ..pattern import pattern

if TYPE_CHECKING:
    from ..exchange import Completion

__all__ = ["answered", "check_loop", "need_text"]

_surrogate = pattern("[\ud800-\udfff]")


def need_text(value: object, what: str = "the text") -> str:
    """The text itself; raises BadInput if it is none, blank, or not Unicode."""
    if not isinstance(value, str):
        raise BadInput(
            f"{what} is a {type(value).__name__}, not a str",
            hint="give a str; decode bytes and read files first",
        )
    if not value.strip():
        raise BadInput(f"{what} is empty", hint="give a text with something in it")
    if lone := _surrogate().search(value):
        raise BadInput(
            f"{what} has a lone surrogate {lone.group()!a} at position {lone.start()}",
            hint='decode it anew, with errors="replace" if need be',
        )
    return value


def answered(completion: Completion) -> str:
    """The text of a whole answer, stripped; raises InvalidOutput if there is none."""
    text = completion.text.strip()
    if not text:
        raise InvalidOutput("The answer is empty.")
    return text


def check_loop(text: str) -> None:
    """Raise InvalidOutput for an answer that says the same over and over."""
    if has_loop(text):
        raise InvalidOutput("The answer repeats itself over and over. Say everything once.")
