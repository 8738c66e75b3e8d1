"""Strings that end an output: cut there, and never shown, not even in part."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Stops", "cut"]


def cut(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """The text up to the string that is complete first, and whether there is one."""
    found = [(at + len(stop), at) for stop in stops if stop and (at := text.find(stop)) >= 0]
    return (text[: min(found)[1]], True) if found else (text, False)


class Stops:
    """Lets text of a stream through, but for what a stop string begins with."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self._ended = False

    def clear(self, text: str) -> str:
        """What may be shown now."""
        if self._ended:
            return ""
        held, self._ended = cut(self._held + text, self._stops)
        keep = 0 if self._ended else max((_begun(held, stop) for stop in self._stops), default=0)
        self._held = held[len(held) - keep :]
        return held[: len(held) - keep]


def _begun(text: str, stop: str) -> int:
    """Length of the longest end of the text that the stop string begins with."""
    return next(
        (n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0
    )
