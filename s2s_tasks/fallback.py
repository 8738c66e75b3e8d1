"""
A backend that wraps others and tries them in turn.

The next one is asked when one fails, refuses, is cut off or breaks off, and when its answer
is still invalid after all its repairs. What was tried on the way stays on the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from .backend import Backend, Capabilities, Misfit, Outcome, Place, as_error
from .errors import BackendError, S2SError
from .exchange import Attempt, Completion, Finish, Piece, Request, Spoken
from .policy import Policy

__all__ = ["Fallback", "Member"]


@dataclass(frozen=True)
class Member:
    """One backend of a Fallback, opened when it is first needed, and only once."""

    name: str
    capabilities: Capabilities
    open: Callable[[], Backend]

    @cached_property
    def _opened(self) -> Backend | S2SError:
        try:
            return self.open()
        except Exception as error:  # noqa: BLE001  # told, and counted, when it is asked
            return as_error(self.name, error)

    @property
    def opened(self) -> Backend | None:
        """The backend, or None if it cannot be opened."""
        return self._opened if isinstance(self._opened, Backend) else None

    @property
    def backend(self) -> Backend:
        """The backend; raises why it cannot be opened."""
        if isinstance(self._opened, Backend):
            return self._opened
        raise self._opened.fresh()

    @property
    def model(self) -> str:
        return self.opened.model if self.opened else ""

    def fits(self, request: Request, policy: Policy) -> tuple[Misfit, ...]:
        """Its card's word on a request and, if it can be opened, its own."""
        walled = policy.local_only
        on_card = self.capabilities.misfits(request, local_only=walled)
        if on_card or (backend := self.opened) is None:
            return on_card
        if walled and backend.capabilities.place == Place.REMOTE:
            return backend.capabilities.misfits(request, local_only=True)
        return backend.misfits(request, local_only=walled)

    def is_long_enough(self, request: Request) -> bool:
        """Whether its context holds the request."""
        context, backend = self.capabilities.context, self.opened
        if context is None or backend is None:
            return True
        told = backend.capabilities.told(request)
        return backend.count_tokens(told + request.text) <= context


@dataclass
class _Trail:
    """What was tried for one request, and how the last member ended."""

    tried: list[Attempt] = field(default_factory=list)
    last: Outcome = field(
        default_factory=lambda: BackendError("no backend of the fallback can do this")
    )

    def failed(self, member: Member, answer: Outcome, began: float) -> None:
        if isinstance(answer, BackendError):
            answer.backend = member.name
        self.last = answer
        self.tried += (*answer.attempts, _attempt(member, answer, time.monotonic() - began))

    def end(self) -> Outcome:
        """The last answer; its own attempt is counted by whoever asked, and those before it are on it."""
        return _with(self.last, self.tried[: -1 - len(self.last.attempts)])


class Fallback(Backend):
    """Tries `members` in order, each with the repairs that the policy allows."""

    def __init__(self, members: Sequence[Member], policy: Policy | None = None) -> None:
        self.members = tuple(members)
        self.policy = policy or Policy()
        first = self.members[0]
        # One request a call: each finds its own way along the members.
        self.name, self.capabilities = first.name, replace(first.capabilities, batch=1)
        self._rounds = [
            1 + (self.policy.repairs if member.capabilities.follows_words else 0)
            for member in self.members
        ]

    def repairs(self, allowed: int) -> int:
        del allowed  # each member was given its own
        return sum(self._rounds) - 1

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        policy = replace(self.policy, local_only=local_only or self.policy.local_only)
        first: tuple[Misfit, ...] = ()
        for member in self.members:
            found = member.fits(self._adapted(member, request)[0], policy)
            if not found:
                return ()
            first = first or found
        return first

    def count_tokens(self, text: str) -> int:
        opened = (member.opened for member in self.members)
        first = next((backend for backend in opened if backend is not None), None)
        return super().count_tokens(text) if first is None else first.count_tokens(text)

    def price(self, request: Request) -> Decimal | None:
        """All of them may have to be paid."""
        opened = [backend for member in self.members if (backend := member.opened)]
        prices = [backend.price(request) for backend in opened]
        known = [price for price in prices if price is not None]
        return sum(known, Decimal(0)) if len(known) == len(prices) else None

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        for index, request in enumerate(requests):
            yield index, self._complete(request)

    def _complete(self, request: Request) -> Outcome:
        trail = _Trail()
        for member, asked, warnings in self._turns(request):
            began = time.monotonic()
            answer = _only(member, asked)
            if isinstance(answer, Completion) and answer.whole:
                return _with(_signed(answer, member, warnings), trail.tried)
            trail.failed(member, answer, began)
        return trail.end()

    def stream(self, request: Request) -> Iterator[str | Completion]:
        trail = _Trail()
        for number, (member, asked, warnings) in enumerate(self._turns(request)):
            began = time.monotonic()
            end: Outcome = BackendError(f"{member.name} ended its stream without an end")
            try:
                steps = member.backend.gate.steps(member.backend.stream(asked), asked.signal.check)
                for item in steps:
                    if isinstance(item, Completion):
                        end = item
                    else:
                        yield _voiced(item, number)
            except (GeneratorExit, KeyboardInterrupt):
                raise
            except BaseException as error:  # noqa: BLE001  # a backend may raise anything
                end = _failed(member, error)
            if isinstance(end, Completion) and end.whole:
                yield _ended(_with(_signed(end, member, warnings), trail.tried))
                return
            trail.failed(member, end, began)
        yield _ended(trail.end())

    def close(self) -> None:
        """The members belong to whoever opened them."""

    def _turns(self, request: Request) -> Iterator[tuple[Member, Request, tuple[str, ...]]]:
        """Whom to ask and how: first the one whose answer is to be repaired, if it may be."""
        start, repairing = self._start(request)
        for position in range(start, len(self.members)):
            member = self.members[position]
            asked, warnings = self._adapted(member, request)
            if position > start or not repairing:
                # A new member starts afresh: it is not shown the bad answers of another.
                asked = replace(asked, earlier=None)
            if request.signal.aborted or request.signal.remaining() == 0:
                return
            if not member.fits(asked, self.policy) and member.is_long_enough(asked):
                yield member, asked, warnings

    def _start(self, request: Request) -> tuple[int, bool]:
        names = [member.name for member in self.members]
        if request.earlier is None or request.earlier.backend not in names:
            return 0, False
        position = names.index(request.earlier.backend)
        repairing = request.earlier.streak < self._rounds[position]
        return (position, True) if repairing else (position + 1, False)

    def _adapted(self, member: Member, request: Request) -> tuple[Request, tuple[str, ...]]:
        """Without an option that the policy lets be dropped, and the words that say so."""
        kind = type(request.decoding)
        known = request.decoding is None or kind in member.capabilities.strategies
        if known or self.policy.on_unsupported == "refuse":
            return request, ()
        said = f"dropped: {member.name} does not decode by {kind.__name__}"
        return replace(request, decoding=None), (said,)


def _only(member: Member, request: Request) -> Outcome:
    try:
        items = iter(member.backend.complete([request]))
        for _, answer in member.backend.gate.steps(items, request.signal.check):
            return answer.fresh() if isinstance(answer, BackendError) else answer
    except (GeneratorExit, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # a backend may raise anything
        return _failed(member, error)
    return BackendError(f"{member.name} gave no answer", retryable=True)


def _voiced(text: str, number: int) -> str:
    return text.of_attempt(number) if isinstance(text, Spoken) else Piece(text, number)


def _failed(member: Member, error: BaseException) -> BackendError:
    # A member that cannot be opened or refuses the request has failed as well.
    typed = as_error(member.name, error)
    if isinstance(typed, BackendError):
        return typed.fresh()
    wrapped = BackendError(str(typed), hint=typed.hint)
    wrapped.__cause__ = typed
    return wrapped


def _attempt(member: Member, answer: Outcome, seconds: float) -> Attempt:
    if isinstance(answer, Completion):
        return Attempt(
            answer.backend or member.name,
            answer.model or member.model,
            answer.finish,
            answer.usage,
            answer.cost,
            seconds,
            "; ".join([f"ended by {answer.finish}", *answer.warnings]),
            answer.partial,
        )
    backend = member.opened
    spent = backend.price(Request("", ())) if backend else Decimal(0)
    return Attempt(
        member.name,
        member.model,
        Finish.of(answer),
        # What a failed request cost is known where nothing costs anything, or nothing was sent.
        cost=spent if spent == 0 else answer.cost,
        seconds=seconds,
        problem=str(answer),
        maybe_billed=answer.maybe_billed,
    )


def _signed(completion: Completion, member: Member, warnings: tuple[str, ...]) -> Completion:
    return replace(
        completion,
        backend=completion.backend or member.name,
        model=completion.model or member.model,
        warnings=(*completion.warnings, *warnings),
    )


def _with(answer: Outcome, tried: list[Attempt]) -> Outcome:
    if isinstance(answer, Completion):
        return replace(answer, attempts=(*tried, *answer.attempts))
    answer.attempts = (*tried, *answer.attempts)
    return answer


def _ended(answer: Outcome) -> Completion:
    if isinstance(answer, Completion):
        return answer
    raise answer
