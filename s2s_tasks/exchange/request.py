"""What is asked of a model, said both ways: as a trained task and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from ..decoding import Decoding
from ..form import Form
from ..media import Media, Modality
from .completion import Completion
from .signal import Signal
from .span import Span

if TYPE_CHECKING:
    from ..schema import Schema

__all__ = ["Earlier", "Part", "Request"]

Part: TypeAlias = str | Media


@dataclass(frozen=True)
class Earlier:
    """
    The last bad answer and what was wrong with it; `repair` counts from 1.

    `streak` counts the bad answers in a row of the `backend` that gave this one.
    """

    answer: str
    complaint: str
    repair: int
    backend: str = ""
    streak: int = 1


@dataclass(frozen=True)
class Request:
    """
    One source sequence, and what to make of it.

    `instruction` does not repeat the schema: a backend that is not held to it otherwise sends
    `words` instead.

    `reads` are the spans of the caller's input that this request shows to the model: None for
    all of it, () for a request over intermediate text. `lead` is the text that stands before this answer
    when it is streamed as a part of the value; None for an intermediate answer, which is not
    shown. `creative`: many answers are right, and the likeliest is a dull one.
    `form`: what the output must look like where no schema says it.
    `language`: of the text, as far as it was told or can be guessed from more of it. `max_tokens` and `stop` are the task's own bounds; those of `decoding` win.
    """

    task: str
    parts: tuple[Part, ...]
    instruction: str = ""
    system: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    schema: Schema[Any] | None = None
    form: Form | None = None
    decoding: Decoding | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    earlier: Earlier | None = None
    reads: tuple[Span, ...] | None = None
    lead: str | None = ""
    creative: bool = False
    language: str = ""
    signal: Signal = field(default_factory=Signal, compare=False, repr=False)

    @property
    def text(self) -> str:
        """All text parts, joined by blank lines."""
        return "\n\n".join(part for part in self.parts if isinstance(part, str))

    @property
    def media(self) -> tuple[Media, ...]:
        return tuple(part for part in self.parts if not isinstance(part, str))

    @property
    def modalities(self) -> frozenset[Modality]:
        return frozenset(
            Modality.TEXT if isinstance(part, str) else part.modality for part in self.parts
        )

    @property
    def words(self) -> str:
        """The whole instruction for a model that reads words, with the schema if there is one."""
        if self.schema is None:
            return self.instruction
        import json

        document = json.dumps(self.schema.json, ensure_ascii=False)
        return f"{self.instruction}\nAnswer with JSON that fits this JSON Schema:\n{document}"

    @property
    def output_limit(self) -> int | None:
        """Most tokens of output: the caller's bound if given, else the task's."""
        return (self.decoding and self.decoding.max_tokens) or self.max_tokens

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end the output: the caller's if given, else the task's."""
        return (self.decoding and self.decoding.stop) or self.stop

    def after(self, completion: Completion, complaint: str) -> Request:
        """The same request, shown its last bad answer only."""
        last, backend = self.earlier, completion.backend
        repair = last.repair + 1 if last else 1
        streak = last.streak + 1 if last and last.backend == backend else 1
        earlier = Earlier(completion.partial, complaint, repair, backend, streak)
        return replace(self, earlier=earlier)
