"""A bound on words, kept to by leaving out whole sentences: for models that cannot be told one."""

from __future__ import annotations

from ..text import count_words, sentences

__all__ = ["shortened"]


def shortened(text: str, most: int) -> tuple[str, tuple[str, ...]]:
    """
    As many of its leading sentences as have at most so many words, and a warning of what was
    left out; all of it if none has.
    """
    if count_words(text) <= most:
        return text, ()
    spans = [*sentences(text)]
    ends = [end for _, end in spans if count_words(text[:end]) <= most]
    if not ends:
        return text, ()
    left = len(spans) - len(ends)
    return text[: ends[-1]], (f"{left} sentences were left out to keep to {most} words",)
