"""What an output must look like where no schema says it: one of some texts, a pattern, a grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from .errors import BadSetting

__all__ = ["Choice", "Form", "Grammar", "Regex"]


@dataclass(frozen=True)
class Choice:
    """One of these texts, exactly."""

    options: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.options or not all(self.options):
            raise BadSetting(f"a Choice among {self.options!r}", hint="give texts to choose from")


@dataclass(frozen=True)
class Regex:
    """All of the output matches: no anchors, look-around or back-references (Rust's syntax)."""

    pattern: str


@dataclass(frozen=True)
class Grammar:
    """All of the output is a `start` of a grammar in Lark's notation, as llguidance reads it."""

    lark: str


Form: TypeAlias = Choice | Regex | Grammar
