"""
How a model is to search for its answer, as data. Backends lower it to their engine.

A strategy holds only what makes sense together: a beam has no temperature, a greedy search
has no width. What a backend's engine cannot honour, it refuses before any work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .errors import BadSetting

__all__ = ["Assistant", "Beam", "Decoding", "Greedy", "PromptLookup", "Sample", "Speculation"]


@dataclass(frozen=True)
class PromptLookup:
    """Speculate that the answer copies from the prompt: guess up to `tokens` ahead."""

    tokens: int = 10

    def __post_init__(self) -> None:
        _within("tokens", self.tokens, 1, 256)


@dataclass(frozen=True)
class Assistant:
    """Speculate with a smaller `model` of the same vocabulary, up to `tokens` ahead."""

    model: str
    tokens: int = 5

    def __post_init__(self) -> None:
        _within("tokens", self.tokens, 1, 256)


Speculation: TypeAlias = PromptLookup | Assistant


@dataclass(frozen=True, kw_only=True)
class _Strategy:
    """What every strategy may bound: `max_tokens` of output, `stop` strings that end it."""

    max_tokens: int | None = None
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_tokens is not None:
            _within("max_tokens", self.max_tokens, 1, 10_000_000)


@dataclass(frozen=True)
class Greedy(_Strategy):
    """The likeliest token at every step."""

    no_repeat_ngram: int = 0
    repetition_penalty: float = 1.0
    speculation: Speculation | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("no_repeat_ngram", self.no_repeat_ngram, 0, 100)
        _within("repetition_penalty", self.repetition_penalty, 0.1, 10)


@dataclass(frozen=True)
class Beam(_Strategy):
    """
    The likeliest of `width` sequences kept side by side.

    Scores are summed log-probabilities divided by length ** `length_penalty`: above 0
    favours long outputs (as in Wu et al. 2016, section 7, without their +5 smoothing).
    """

    width: int = 4
    length_penalty: float = 1.0
    early_stopping: bool | Literal["never"] = False
    no_repeat_ngram: int = 0
    repetition_penalty: float = 1.0
    results: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("width", self.width, 2, 1024)
        _within("length_penalty", self.length_penalty, -20, 20)
        _within("no_repeat_ngram", self.no_repeat_ngram, 0, 100)
        _within("repetition_penalty", self.repetition_penalty, 0.1, 10)
        _within("results", self.results, 1, self.width)


@dataclass(frozen=True)
class Sample(_Strategy):
    """
    Drawn by chance: logits over `temperature`, then cut to the likeliest.

    `top_k` tokens, those within `top_p` of the probability mass, those at least `min_p` as
    likely as the likeliest. `seed` makes one request reproducible, alone or in a batch.
    """

    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    seed: int | None = None
    repetition_penalty: float = 1.0
    results: int = 1
    speculation: Speculation | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _within("temperature", self.temperature, 0.01, 10)
        _within("top_k", self.top_k, 1, 1_000_000)
        _within("top_p", self.top_p, 0.0001, 1)
        _within("min_p", self.min_p, 0, 1)
        _within("seed", self.seed, 0, 2**63 - 1)
        _within("repetition_penalty", self.repetition_penalty, 0.1, 10)
        _within("results", self.results, 1, 1024)


Decoding: TypeAlias = Greedy | Beam | Sample


def _within(name: str, value: object, low: float, high: float) -> None:
    if value is None:
        return
    number = (
        float("nan") if isinstance(value, bool) or not isinstance(value, int | float) else value
    )
    # `not (a <= b)` rather than `a > b`: a NaN is out of every range.
    if not (low <= number <= high):
        raise BadSetting(f"{name}={value!r} is out of range: {low} to {high}")
