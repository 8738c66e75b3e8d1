"""What one model made of one request, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self, TypeAlias

from ..errors import (
    BrokenOff,
    Cancelled,
    CutOff,
    Incomplete,
    InvalidOutput,
    OutOfTime,
    Refused,
    S2SError,
)
from ..words import joined
from .enforces import Enforces
from .span import Span

__all__ = [
    "Attempt",
    "Completion",
    "Finish",
    "Output",
    "Piece",
    "Scores",
    "Segment",
    "Speech",
    "Usage",
    "Vector",
    "Word",
]


class Finish(StrEnum):
    """How an answer ended. Only `STOP` is whole; the last four are states of a Result."""

    STOP = "stop"
    LENGTH = "length"
    REFUSAL = "refusal"
    BROKEN = "broken"
    INVALID = "invalid"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    ERROR = "error"

    @classmethod
    def of(cls, error: S2SError | None) -> Finish:
        """How a request ended that ended with `error`."""
        match error:
            case None:
                return cls.STOP
            case Incomplete():
                return error.completion.finish
            case InvalidOutput():
                return cls.INVALID
            case OutOfTime():
                return cls.TIMEOUT
            case Cancelled():
                return cls.CANCELLED
            case _:
                return cls.ERROR


def _nothing() -> None:
    pass


class Piece(str):
    """
    Text as it settles. Pieces of a later `attempt` replace those of an earlier one.

    An attempt is followed by another only when the finished answer broke a rule of the task,
    or its value had to be put otherwise.
    """

    __slots__ = ("_value", "attempt")
    attempt: int
    _value: Callable[[], Any]

    def __new__(cls, text: str, attempt: int = 0, value: Callable[[], Any] = _nothing) -> Self:
        piece = super().__new__(cls, text)
        piece.attempt, piece._value = attempt, value
        return piece

    @property
    def value(self) -> Any:
        """
        What the attempt says so far, as JSON, where a value is data; None where it is text.

        Lists and objects may still grow, and nothing else in them changes. Made when it is
        asked for; not to be changed, since later ones share what is finished of it.
        """
        return self._value()


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and seconds of sound that a provider or model counted."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    audio_seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.audio_seconds + other.audio_seconds,
        )


@dataclass(frozen=True)
class Scores:
    """A probability for each label."""

    by_label: Mapping[str, float]


@dataclass(frozen=True)
class Vector:
    """An embedding."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word with its times in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech with its times in seconds."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Speech:
    """
    What was said, in order of time. `language` is a BCP-47 code or empty.

    `duration`: of the recording in seconds, 0 if it is not known. `lost`: from and to, in seconds,
    where somebody speaks and nothing could be written.
    """

    segments: tuple[Segment, ...]
    language: str = ""
    duration: float = 0.0
    lost: tuple[tuple[float, float], ...] = ()

    @property
    def text(self) -> str:
        """All of it, with spaces between segments where the script has them."""
        return joined(segment.text for segment in self.segments)


Output: TypeAlias = str | Scores | Vector | Speech


@dataclass(frozen=True, slots=True)
class Completion:
    """
    What one model made of one request.

    `cost` is in US dollars: None if unknown, never 0 for "unknown". `citations` are the
    spans of the request's parts that the answer was taken from. `attempts` are failed ones
    that a wrapping backend made on the way.
    """

    output: Output
    finish: Finish = Finish.STOP
    usage: Usage = Usage()
    cost: Decimal | None = None
    model: str = ""
    score: float | None = None
    alternatives: tuple[str, ...] = ()
    citations: tuple[Span, ...] = ()
    warnings: tuple[str, ...] = ()
    enforced: Enforces = Enforces.NOT
    backend: str = ""
    attempts: tuple[Attempt, ...] = ()
    raw: object = field(default=None, repr=False, compare=False)

    @property
    def partial(self) -> str:
        """The text as far as it got, whole or not."""
        match self.output:
            case str(text):
                return text
            case Speech() as speech:
                return speech.text
            case Scores(by_label):
                return max(by_label, key=by_label.__getitem__, default="")
            case Vector():
                return ""

    @property
    def whole(self) -> bool:
        return self.finish is Finish.STOP

    @property
    def text(self) -> str:
        """The text of a whole answer; raises CutOff, Refused or BrokenOff if it is not whole."""
        return self.checked().partial

    def checked(self) -> Completion:
        """Itself if whole. Nothing reads a value out of an answer that is not."""
        if self.finish is Finish.STOP:
            return self
        if self.finish is Finish.LENGTH:
            raise CutOff(
                "the answer was cut off at its limit of length",
                completion=self,
                hint="allow more with decoding=Greedy(max_tokens=...), or ask for less",
            )
        if self.finish is Finish.REFUSAL:
            raise Refused("the model refused to answer", completion=self)
        raise BrokenOff("the answer broke off before its end", completion=self)


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    One request and what it cost: how it ended, and the complaint or error if it failed.

    `maybe_billed`: it was sent, and whether it has to be paid for is not known.
    """

    backend: str
    model: str
    finish: Finish
    usage: Usage = Usage()
    cost: Decimal | None = None
    seconds: float = 0.0
    problem: str = ""
    partial: str = field(default="", repr=False)
    maybe_billed: bool = False
