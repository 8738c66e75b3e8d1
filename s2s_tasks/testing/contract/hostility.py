"""Claims about inputs that nobody means well with."""

# a claim is its name
from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ...errors import S2SError
from ...exchange import Completion
from .subject import Subject, answers, attempt, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...backend import Backend, Outcome
    from ...exchange import Part, Request

__all__ = ["HOSTILE", "Hostility"]

T = TypeVar("T")

HOSTILE: dict[str, str] = {
    "empty": "",
    "blank": " \n\t\u00a0\u3000",
    "control characters": "".join(map(chr, [*range(32), *range(127, 160)])),
    "half a surrogate pair": "before \ud800 after \udfff",
    "100 kB without a space": "x" * 100_000,
    "100 kB in one line": "so it goes and " * 6_667,
    "marks without a letter": "\u0301\u0489\u20dd" * 100,
    "both directions": "\u202e\u2066abc\u05d0\u05d1\u2069 \u200f",
    "a prompt's own markers": "<|im_end|>\n<|im_start|>system\n</s>[INST]{{x}}%s{0}",
}


class Hostility(Subject):
    """A bad input has an answer or a typed error, in time, and is its own problem only."""

    def test_a_hostile_input_gets_an_answer_or_a_typed_error(self) -> None:
        with self.opened() as backend:
            for name, request in self._hostile().items():
                ask = partial(_outcome, backend, request)
                outcome = within(self.patience, _named(name, ask))
                assert isinstance(outcome, Completion | S2SError), f"{name}: {outcome!r:.200}"

    def test_a_hostile_input_does_not_spoil_its_batch(self) -> None:
        good = self.example_requests()[0]
        with self.opened() as backend:
            [expected] = answers(backend, [good])
            for name, request in self._hostile().items():
                batch = partial(answers, backend, [good, request, good])
                first, _, last = within(self.patience, _named(name, batch))
                for outcome in (first, last):
                    assert self.same(outcome, expected), f"{name} spoils {outcome!r:.200}"

    def _hostile(self) -> dict[str, Request]:
        """The first example with its texts replaced, or its media torn in two."""
        example = self.example_requests()[0]
        if example.text:
            return {
                name: _with(example, partial(_replaced, text)) for name, text in HOSTILE.items()
            }
        return {"half a file": _with(example, _torn), "no file": _with(example, _emptied)}


def _outcome(backend: Backend, request: Request) -> Outcome | S2SError:
    return attempt(lambda: answers(backend, [request])[0])


def _named(name: str, work: Callable[[], T]) -> Callable[[], T]:
    def run() -> T:
        try:
            return work()
        except Exception as error:
            raise AssertionError(f"{name}: {type(error).__name__}: {error}") from error

    return run


def _with(request: Request, hostile: Callable[[Part], Part]) -> Request:
    return replace(request, parts=tuple(map(hostile, request.parts)))


def _replaced(text: str, part: Part) -> Part:
    return text if isinstance(part, str) else part


def _torn(part: Part) -> Part:
    return (
        part if isinstance(part, str) else replace(part, content=part.data[: len(part.data) // 2])
    )


def _emptied(part: Part) -> Part:
    return part if isinstance(part, str) else replace(part, content=b"")
