"""What language is spoken: the first windows are asked until they are sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..language import language_code, language_name
from .listener import Recording

__all__ = ["guess", "is_sure"]

SURE: Final = 0.5
"""Probability from which a language is taken for the one that is spoken."""


def is_sure(recording: Recording) -> bool:
    """Whether the language was told, or need not be guessed again."""
    if not recording.guesses:
        return bool(recording.language)
    return _likeliest(recording)[1] >= SURE


def guess(recording: Recording, probabilities: Mapping[str, float]) -> None:
    """Take the likeliest so far, by one more window; say so as long as it is in doubt."""
    recording.guesses.update(probabilities)
    code, share = _likeliest(recording)
    recording.language = language_code(code)
    recording.remarks.pop("language", None)
    if share < SURE:
        name = language_name(recording.language)
        recording.remarks["language"] = (
            f"the language is taken for {name}, with a probability of {share:.2f}:"
            " name it with language="
        )


def _likeliest(recording: Recording) -> tuple[str, float]:
    guesses = recording.guesses
    code = max(guesses, key=guesses.__getitem__)
    return code, guesses[code] / max(sum(guesses.values()), 1e-9)
