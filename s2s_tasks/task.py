"""
A task is two pure functions, value to request and completion to value, and their flow.

A flow is the conversation that turns a value into an output. It does no I/O: it yields the
requests of one round and is sent their completions. Most tasks need only the default flow
(ask, read, repair); `ask` and `together` are the pieces from which others are made.

A flow may also yield a Remark, which becomes a warning of the result, or a Shown, the text
in which a stream ends whose value is data; it is sent nothing in return and goes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from .decoding import Decoding
from .errors import InvalidOutput, S2SError
from .exchange import Completion, Remark, Request, Shown
from .policy import Policy, Timeout

__all__ = ["Budget", "Draft", "Flow", "Said", "Task", "ask", "together"]

In = TypeVar("In")
Out = TypeVar("Out", covariant=True)
T = TypeVar("T")

Said: TypeAlias = Sequence[Request] | Remark | Shown
Flow: TypeAlias = Generator[Said, Sequence[Completion], T]


@dataclass(frozen=True)
class Budget:
    """
    How much fits into one request, by the backend's own measure, and how patient to be.

    `context`: tokens of input, None for no limit. `told`: what of a request stands in the
    input beside the text. `window`: the most tokens
    of a sentence for models that take one at a time, else None. `repairs`: how often to ask again.
    `one_by_one`: ask for shown parts in turn, since somebody reads them as they come.
    """

    count: Callable[[str], int] = len
    context: int | None = None
    told: Callable[[Request], str] = lambda request: request.system + request.words
    window: int | None = None
    repairs: int = 1
    one_by_one: bool = False

    def room(self, request: Request, *, reserve: int = 0) -> int | None:
        """Tokens left for the text itself, beside the words of `request` and `reserve`."""
        if self.context is None:
            return None
        told = self.told(request)
        return max(1, self.context - (self.count(told) if told else 0) - reserve)


class Draft:
    """One answer as it grows, and what of it stands: `text` is sure to begin the final text."""

    def __init__(self, settled: Callable[[str], str]) -> None:
        self.text = ""
        self._settled, self._partial = settled, ""

    @property
    def value(self) -> Callable[[], Any] | None:
        """What `text` says now, made when it is called for; None where the value is text."""
        return None

    def more(self, text: str) -> None:
        """More of the answer as the model writes it."""
        self._partial += text
        self.text = self._settled(self._partial)

    def whole(self, text: str) -> None:
        """All of it, as the value has it."""
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Task(ABC, Generic[In, Out]):
    """What to make of a value. Subclasses are frozen dataclasses; their fields are settings."""

    name: ClassVar[str]

    backend: str | None = None
    model: str | None = None
    decoding: Decoding | None = None
    policy: Policy | None = None
    timeout: Timeout | float | None = None

    def prepare(self, value: In) -> In:
        """
        Read what the value names (a path to a picture), once, before it is asked about.

        Called before `request`, `flow` and `extent`; must leave a prepared value as it is.
        """
        return value

    @abstractmethod
    def request(self, value: In) -> Request:
        """Say what is wanted, both ways. Raises BadInput for a value that cannot be read."""

    @abstractmethod
    def read(self, completion: Completion) -> Out:
        """Read the answer, or raise InvalidOutput with words the model can act on."""

    def flow(self, value: In, budget: Budget) -> Flow[Out]:
        """The conversation that turns `value` into the output."""
        return (yield from ask(self.request(value), self.read, budget))

    def settled(self, partial: str) -> str:
        """How much of a partial answer is sure to begin the final value, for streaming."""
        return partial.strip()

    def draft(self) -> Draft:
        """What stands of an answer as it grows; a task whose value is data may say the data."""
        return Draft(self.settled)

    def extent(self, value: In) -> int:
        """Length of the input: characters of text, else its number of parts."""
        if isinstance(value, str):
            return len(value)
        if isinstance(value, list | tuple):
            return sum(len(part) if isinstance(part, str) else 1 for part in value)
        return 1


def ask(request: Request, read: Callable[[Completion], T], budget: Budget) -> Flow[T]:
    """One answer; while it breaks a rule of the task, show it to the model and ask again."""
    for left in range(budget.repairs, -1, -1):
        [completion] = yield [request]
        try:
            return read(completion)
        except InvalidOutput as error:
            error.completion = error.completion or completion
            if not left:
                raise
            request = request.after(completion, str(error))
    raise AssertionError("unreachable")  # pragma: no cover


def together(flows: Sequence[Flow[T]], budget: Budget) -> Flow[list[T]]:
    """Run flows side by side: each round asks for all that any of them waits for."""
    if budget.one_by_one:
        return (yield from _in_turn(flows))
    return (yield from _abreast(flows))


def _in_turn(flows: Sequence[Flow[T]]) -> Flow[list[T]]:
    values: list[T] = []
    for flow in flows:
        value = yield from flow
        values.append(value)
    return values


def _abreast(flows: Sequence[Flow[T]]) -> Flow[list[T]]:
    values: dict[int, T] = {}
    rounds: dict[int, Sequence[Request]] = {}
    try:
        for n, flow in enumerate(flows):
            yield from _advance(n, flow, None, rounds, values)
        while rounds:
            asked, rounds = rounds, {}
            answers = iter((yield [request for round_ in asked.values() for request in round_]))
            for n, round_ in asked.items():
                given = [next(answers) for _ in round_]
                yield from _advance(n, flows[n], given, rounds, values)
    except S2SError:
        for flow in flows:
            flow.close()
        raise
    return [values[n] for n in range(len(flows))]


def _advance(
    n: int,
    flow: Flow[T],
    answers: Sequence[Completion] | None,
    rounds: dict[int, Sequence[Request]],
    values: dict[int, T],
) -> Flow[None]:
    """Take one flow to its next round or to its end; what it says on the way is passed on."""
    try:
        said = flow.send(answers)  # type: ignore[arg-type]  # None starts it
        while isinstance(said, Remark | Shown):
            yield said
            said = flow.send(())
    except StopIteration as end:
        values[n] = end.value
    else:
        rounds[n] = said
