"""What a Whisper is told before it writes: a hint to the spelling, then what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .vocabulary import WhisperVocabulary

__all__ = ["Hint", "Prompts"]

TASK: Final = 4
"""Positions of start, language, task and "no timestamps"."""


@dataclass(frozen=True)
class Hint:
    """The tokens of a text that is said to come before; `cut`: not all of it had room."""

    tokens: tuple[int, ...] = ()
    cut: bool = False


class Prompts:
    """
    Of a model with `positions` for the prompt and what it writes.

    One half is for the hint, the other for the task and the text, as in training; `limit` is
    what that leaves to be written, the end included.
    """

    def __init__(self, vocabulary: WhisperVocabulary, positions: int) -> None:
        self._vocabulary = vocabulary
        self._most = positions // 2 - 1
        self.limit = positions - positions // 2 - TASK

    def task(self, language: str, *, translate: bool) -> tuple[int, ...]:
        """Start, language (by the vocabulary's code) and task; a model for English has one of these."""
        known = self._vocabulary
        if not known.languages:
            return (known.start,)
        task = known.translate if translate else known.transcribe
        steps = (known.start, known.languages.get(language), task)
        return tuple(number for number in steps if number is not None)

    def hint(self, text: str) -> Hint:
        """The end of a text that is too long: what stands last counts most."""
        known = self._vocabulary
        if not text.strip() or known.previous is None:
            return Hint(cut=bool(text.strip()))
        ids = known.encode(f" {text.strip()}")
        return Hint((known.previous, *ids[-self._most :]), cut=len(ids) > self._most)

    def whole(self, hint: Hint, task: tuple[int, ...], *, timestamps: bool) -> tuple[int, ...]:
        """All of it; without timestamps, the model is told so last."""
        last = () if timestamps else (self._vocabulary.no_timestamps,)
        return (*hint.tokens, *task, *last)
