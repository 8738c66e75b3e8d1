"""A backend that says what it is told to say, and remembers what it was asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ..backend import ANY_DECODING, Backend, BackendSpec, Capabilities
from ..errors import BackendError, S2SError
from ..exchange import (
    Completion,
    Finish,
    Modality,
    Output,
    Request,
    Scores,
    Speech,
    Spoken,
    Usage,
    Vector,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..backend import Outcome

__all__ = ["Reply", "Script", "Scripted", "broken", "cut", "refused"]

Reply: TypeAlias = Output | Completion | Exception
Script: TypeAlias = Reply | Iterable[Reply] | Callable[[Request], Reply]

ALL = Capabilities(
    architecture="scripted",
    accepts=frozenset(Modality),
    follows_words=True,
    strategies=ANY_DECODING,
    streams=True,
    batch=8,
)
"""What a Scripted backend can do unless told otherwise: everything but keep to a schema."""

_FREE = Decimal(0)
_UNCOUNTED = Usage()
_outputs = (str, Scores, Vector, Speech)
_pieces = re.compile(r"\s*\S+|\s+$")


def cut(text: str) -> Completion:
    """
    An answer that stopped at its limit of length.

    >>> cut("Once upon a").finish
    <Finish.LENGTH: 'length'>
    """
    return Completion(text, Finish.LENGTH)


def refused(text: str = "") -> Completion:
    """The model's refusal, in its own words if it has any."""
    return Completion(text, Finish.REFUSAL)


def broken(text: str) -> Completion:
    """An answer whose stream broke after `text`."""
    return Completion(text, Finish.BROKEN)


class Scripted(Backend):
    """
    Answers from a script: one reply for all, an iterable of replies, or a function.

    A reply is a text or another output, a Completion (see `cut`, `refused`, `broken`), or an
    exception: a BackendError answers its own request, any other is raised, as is whatever
    the function raises. An iterable gives one reply a request, in the order of asking; at its
    end each further request fails with a BackendError.

    Words count as tokens, in `count_tokens` and in the usage of replies that state none.
    `price` is the cost of each reply that states none; None makes it unknown. `delay` is
    the seconds that one request takes, spread over the pieces when it is streamed.

    >>> from s2s_tasks.exchange import Request
    >>> backend = Scripted(["Hallo", cut("Guten")])
    >>> [(n, answer.partial) for n, answer in backend.complete([Request("translate", ("Hi",))])]
    [(0, 'Hallo')]
    >>> backend.requests[0].text
    'Hi'
    >>> shouting = Scripted(lambda request: request.text.upper())
    >>> [*shouting.stream(Request("echo", ("well then",)))][:2]
    ['WELL', ' THEN']
    """

    def __init__(
        self,
        answers: Script,
        *,
        capabilities: Capabilities = ALL,
        name: str = "scripted",
        model: str = "scripted",
        price: Decimal | None = _FREE,
        delay: float = 0.0,
    ) -> None:
        self.name, self.model, self.capabilities = name, model, capabilities
        self.requests: list[Request] = []
        """Every request that was begun, in order."""
        self.rounds: list[list[Request]] = []
        """The same by calls; a stream is a round of one."""
        self.warmed = self.closed = False
        self._price, self._delay = price, delay
        self._lock = threading.Lock()
        self._reply = self._replies(answers)

    @property
    def spec(self) -> BackendSpec:
        """A recipe that opens this very backend, whatever model is named."""
        return BackendSpec(self.name, self.capabilities, lambda _: self)

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        """In order, each after its delay."""
        self._note(requests)
        for number, request in enumerate(requests):
            self._wait(request, self._delay)
            yield number, self._answer(request)

    def stream(self, request: Request) -> Iterator[str | Completion]:
        """By words, with the space before each; speech by segments."""
        self._note([request])
        request.signal.check()
        answer = self._answer(request)
        if isinstance(answer, BackendError):
            self._wait(request, self._delay)
            raise answer
        pieces = _in_pieces(answer.output) or [""]
        for piece in pieces:
            self._wait(request, self._delay / len(pieces))
            if piece:
                yield piece
        yield answer

    def count_tokens(self, text: str) -> int:
        """One for a word."""
        return max(1, len(text.split())) if text else 0

    def price(self, request: Request) -> Decimal | None:
        """The same for every request."""
        del request
        return self._price

    def warm(self) -> None:
        """Nothing but remember it."""
        self.warmed = True

    def close(self) -> None:
        """Nothing but remember it; it answers as before."""
        self.closed = True

    def _note(self, requests: Sequence[Request]) -> None:
        with self._lock:
            self.requests.extend(requests)
            self.rounds.append(list(requests))

    def _wait(self, request: Request, seconds: float) -> None:
        if seconds:
            request.signal.wait(seconds)
        else:
            request.signal.check()

    def _replies(self, answers: Script) -> Callable[[Request], Reply]:
        if isinstance(answers, Exception):
            return lambda _: answers.fresh() if isinstance(answers, S2SError) else answers
        if isinstance(answers, (*_outputs, Completion)):
            return lambda _: answers
        return answers if callable(answers) else self._one_by_one(iter(answers))

    def _one_by_one(self, replies: Iterator[Reply]) -> Callable[[Request], Reply]:
        def reply(request: Request) -> Reply:
            with self._lock:  # a generator cannot be advanced by two threads at once
                for given in replies:
                    return given
            return BackendError(
                f"the script of {self.name!r} is at its end, and was asked to {request.task}",
                hint="give it more replies, or a function of the request",
            )

        return reply

    def _answer(self, request: Request) -> Outcome:
        reply = self._reply(request)
        if isinstance(reply, BackendError):
            return reply
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, Completion):
            return self._completed(request, reply)
        if isinstance(reply, _outputs):
            return Completion(
                reply, Finish.STOP, self._usage(request, reply), self._price, self.model
            )
        raise TypeError(f"a script replies with an output, a Completion or an error: {reply!r}")

    def _completed(self, request: Request, reply: Completion) -> Completion:
        return replace(
            reply,
            usage=self._usage(request, reply.output) if reply.usage == _UNCOUNTED else reply.usage,
            cost=self._price if reply.cost is None else reply.cost,
            model=reply.model or self.model,
        )

    def _usage(self, request: Request, output: Output) -> Usage:
        asked = [request.system, request.instruction, request.text]
        if request.earlier:
            asked += [request.earlier.answer, request.earlier.complaint]
        said = output if isinstance(output, str) else Completion(output).partial
        return Usage(sum(map(self.count_tokens, asked)), self.count_tokens(said))


def _in_pieces(output: Output) -> list[str]:
    if isinstance(output, Speech):
        return [*Spoken.each_of(output)]
    return _pieces.findall(Completion(output).partial)
