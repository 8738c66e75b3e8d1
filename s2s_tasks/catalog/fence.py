"""A Markdown fence around a whole answer, which models like to add."""

from __future__ import annotations

import re

from ..pattern import pattern

__all__ = ["has_fence", "settled", "unfenced"]

_opening = pattern(r"\s*(?P<fence>`{3,}|~{3,})[^\n`]*(?:\n|\Z)")
_begins = pattern(r"\s*(?:`{1,2}|~{1,2})?\Z")
_line = pattern(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_blank_lines = pattern(r"\A(?:[ \t]*\r?\n)+")


def unfenced(text: str) -> str:
    """The text without its fence, if all of it is in one; else without blank ends only."""
    opening = _opening().match(text)
    if opening is None:
        return _trimmed(text)
    body = text[opening.end() :].rstrip()
    closing = opening["fence"]
    last = body.rpartition("\n")[2]
    if last.strip() == closing:
        body = body[: len(body) - len(last)]
    return _trimmed(body)


def settled(partial: str) -> str:
    """How much of `unfenced` of the whole is sure, when `partial` is how it begins."""
    if _begins().match(partial):
        return ""
    opening = _opening().match(partial)
    if opening is None:
        return _trimmed(partial)
    if not partial[: opening.end()].endswith("\n"):
        return ""
    body = partial[opening.end() :].rstrip()
    start, _, last = body.rpartition("\n")
    held = opening["fence"].startswith(last.strip())
    return _trimmed(start if held else body)


def has_fence(text: str) -> bool:
    """Whether a line begins a fence."""
    return _line().search(text) is not None


def _trimmed(text: str) -> str:
    return _blank_lines().sub("", text).rstrip()
