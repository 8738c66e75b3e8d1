"""Needs with all that follows from them, and the world they are judged in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Protocol

from ..exchange import Modality, Usage
from .architecture import Architecture, Speed
from .checks import Output
from .evidence import BLANK, Book, Evidence
from .load import TYPICAL, Load, load_of, reads
from .needs import Needs
from .rows import BUILT_IN

__all__ = ["HAIKU", "NAMED_PRICE", "Known", "Prices", "Situation", "World", "haiku"]

OUTPUTS: Final[dict[str, Output]] = {"classify": "label", "embed": "vector", "extract": "schema"}
TASKS: Final = {output: task for task, output in OUTPUTS.items()}

HAIKU: Final = "claude-haiku-5-5"
NAMED_PRICE: Final = f"the price of {HAIKU} of 2026-11-22 ($0.10 and $0.50 for a million tokens)"


class Prices(Protocol):
    """US dollars for what a model read and wrote; None if that is not known."""

    def __call__(self, model: str, usage: Usage, /) -> Decimal | None: ...


def haiku(model: str, usage: Usage) -> Decimal:
    """What Haiku 5.5 costs, whatever the model: five times as much above 100,000 tokens."""
    del model
    dear = 5 if usage.input_tokens > 100_000 else 1  # noqa: PLR2004  # as above
    return (
        dear * (usage.input_tokens * Decimal("0.1") + usage.output_tokens * Decimal("0.5")) / 10**6
    )


@dataclass(frozen=True)
class Known:
    """The model that stands for a kind of model here, and what was measured of it."""

    model: str = HAIKU
    evidence: Evidence | None = None


UNKNOWN: Final = Known()


@dataclass(frozen=True)
class World:
    """What is known beside the needs: kinds of models, measurements, prices, who stands for whom."""

    rows: Sequence[Architecture] = BUILT_IN
    book: Book = BLANK
    prices: Prices = haiku
    known: Mapping[str, Known] = field(default_factory=dict)
    ready: frozenset[str] | None = None
    """The kinds of models that are here, model and all; None where that is not looked at."""

    def of(self, architecture: str) -> Known:
        return self.known.get(architecture, UNKNOWN)


@dataclass(frozen=True)
class Situation:
    """One set of needs in one world; what follows is worked out once."""

    needs: Needs
    world: World

    @cached_property
    def load(self) -> Load:
        return load_of(self.needs)

    @cached_property
    def reads(self) -> frozenset[Modality]:
        return reads(self.needs)

    @cached_property
    def output(self) -> Output:
        return self.needs.output or OUTPUTS.get(self.needs.task, "free")

    @cached_property
    def as_task(self) -> Needs:
        """The needs under the name of a task that is known, where the output tells it."""
        if self.needs.task in TYPICAL and self.needs.task:
            return self.needs
        return self.needs.but(task=TASKS.get(self.output, self.needs.task))

    def but(self, **changes: Any) -> Situation:
        """
        The same with some of the needs changed to what makes sense: they are not checked again,
        which would take half the time where hundreds are tried.
        """
        needs = copy(self.needs)
        for name, value in changes.items():
            object.__setattr__(needs, name, value)
        return Situation(needs, self.world)

    def prior(self, speed: Speed) -> tuple[Evidence, float]:
        """How fast it is on such a machine, or one with an accelerator; how many times so in batches."""
        if self.needs.hardware.has_gpu is False:
            return speed.cpu, speed.cpu_gain
        return speed.gpu, speed.gpu_gain
