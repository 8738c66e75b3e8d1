"""What is asked of a backend that is measured: a task about texts of known length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Self, TypeAlias

from ..backend import Backend, Capabilities, Misfit
from ..catalog import Answer, Classify, Codegen, Embed, Extract, Summarize, Translate
from ..errors import Unsupported
from ..exchange import Completion, Request, Signal
from ..schema import Json
from ..task import Task
from .drawn import drawn

__all__ = ["TASKS", "Workload", "asked", "example"]

AnyTask: TypeAlias = Task[Any, Any]

SHAPE: Final[Mapping[str, Json]] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "year": {"type": "integer"}},
    "required": ["title", "year"],
    "additionalProperties": False,
}
LANGUAGES: Final = ("de", "fr", "es", "zh", "ja", "ru")


def _translations() -> Iterator[AnyTask]:
    for language in LANGUAGES:
        yield Translate(to=language, source="en")
    for language in LANGUAGES:
        yield Translate(to="en", source=language)


TASKS: Final[Mapping[str, Callable[[], Iterator[AnyTask]]]] = {
    "summarize": lambda: iter([Summarize()]),
    "translate": _translations,
    "answer": lambda: iter([Answer(question="What is it about?")]),
    "codegen": lambda: iter([Codegen()]),
    "extract": lambda: iter([Extract(schema=SHAPE)]),
    "classify": lambda: iter([Classify(labels=("news", "sport", "science"))]),
    "embed": lambda: iter([Embed()]),
}
"""Tasks that texts can be drawn for; called, they give the ways in which it may be asked."""


TOKENS_A_WORD: Final = 4 / 3
"""Of English, where a backend counts none: 1.23 to 1.39 by the vocabularies of cl100k, Qwen, T5
and NLLB on FLORES-200 (Petrov et al. 2023, arXiv 2305.15425)."""

SAMPLE: Final = 6
"""Words of the text by which it is seen what a backend can do."""

SHARE: Final = 0.75
"""Of the room that a text may take: what is drawn is not to stand at the very limit."""


def example(task: str, can: Capabilities, *, local_only: bool = False) -> Request | None:
    """A request of that task that a backend's card does not refuse; None if there is none."""
    misfits = partial(can.misfits, local_only=local_only)
    return next((request for _, request in _fitting(task, misfits)), None)


@dataclass(frozen=True)
class Workload:
    """
    Requests of one task to one backend.

    `counts`: whether the backend counts tokens itself; else they are taken from the words.
    """

    task: AnyTask
    backend: Backend
    counts: bool = True

    @classmethod
    def of(cls, tasks: Sequence[str], backend: Backend, signal: Signal) -> Self:
        """
        Of the first task that the backend can do; it is asked once, which warms it up.

        Raises Unsupported if it can do none of them, or no text can be drawn for any.
        """
        if not (drawable := [task for task in tasks if task in TASKS]):
            raise Unsupported(
                f"no inputs can be drawn for {' or '.join(tasks)}",
                hint=f"measure one of {', '.join(TASKS)}",
            )
        fitting = (pair for task in drawable for pair in _fitting(task, backend.misfits))
        for task, request in fitting:
            [answer] = asked(backend, [replace(request, max_tokens=1, signal=signal)])
            return cls(task, backend, counts=answer.usage.input_tokens > 0)
        misfits = backend.misfits(_request(next(TASKS[drawable[0]]())))
        raise Unsupported(
            f"{backend.name} with {backend.model} can do none of {', '.join(drawable)}",
            reasons=tuple(map(str, misfits)),
        )

    @property
    def longest(self) -> int | None:
        """Tokens of a text that the backend surely reads; None for no limit."""
        can = self.backend.capabilities
        limits = [limit for limit in (can.context, can.window) if limit is not None]
        if not limits:
            return None
        told = can.told(_request(self.task))
        return max(1, int(SHARE * (min(limits) - (self.count(told) if told else 0))))

    def count(self, text: str) -> int:
        """Tokens of a text."""
        if self.counts:
            return self.backend.count_tokens(text)
        return round(TOKENS_A_WORD * len(text.split()))

    def written(self, answer: Completion) -> int:
        """Tokens of an answer: one at least, as for a label or a vector."""
        counted = answer.usage.output_tokens or (0 if self.counts else self.count(answer.partial))
        return max(1, counted)

    def request(self, tokens: int, most: int, seed: int, signal: Signal) -> Request:
        """About a text of so many tokens or few less, to be answered by at most `most`."""
        request = self.task.request(drawn(tokens, self.count, seed))
        return replace(request, max_tokens=most, signal=signal)


def asked(backend: Backend, requests: Sequence[Request]) -> list[Completion]:
    """Their answers, in the order of coming. Raises what went wrong with any of them."""
    answers = []
    for _, outcome in backend.complete(requests):
        if not isinstance(outcome, Completion):
            raise outcome
        answers.append(outcome)
    return answers


def _fitting(
    task: str, misfits: Callable[[Request], Sequence[Misfit]]
) -> Iterator[tuple[AnyTask, Request]]:
    for way in TASKS[task]() if task in TASKS else ():
        request = _request(way)
        if not misfits(request):
            yield way, request


def _request(task: AnyTask) -> Request:
    request: Request = task.request(drawn(SAMPLE, lambda text: len(text.split()), seed=0))
    return request
