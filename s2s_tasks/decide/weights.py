"""What counts how much when candidates are ranked."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

from ..errors import BadSetting

__all__ = ["ASPECTS", "Weights"]

EMPHASIS = 4.0
"""How much more an aspect counts that the caller puts first."""


@dataclass(frozen=True)
class Weights:
    """Shares of the four aspects; they add up to 1. Each candidate has 0 to 1 in each."""

    quality: float = 0.40
    cost: float = 0.35
    latency: float = 0.20
    privacy: float = 0.05

    def __post_init__(self) -> None:
        total = sum(self.shares)
        if not (min(self.shares) >= 0 and 0 < total < float("inf")):
            raise BadSetting(f"{self} are no weights", hint="numbers from 0 on, not all of them 0")
        for name in ASPECTS:
            object.__setattr__(self, name, getattr(self, name) / total)

    @property
    def shares(self) -> tuple[float, ...]:
        """In the order of ASPECTS."""
        return self.quality, self.cost, self.latency, self.privacy

    def first(self, aspect: str | None) -> Self:
        """With this one ahead of the others."""
        if aspect is None:
            return self
        return replace(self, **{aspect: EMPHASIS * max(getattr(self, aspect), 0.1)})

    def __str__(self) -> str:
        return ", ".join(f"{name} {getattr(self, name):.0%}" for name in ASPECTS)


ASPECTS = tuple(field.name for field in fields(Weights))
