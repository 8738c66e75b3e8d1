"""
A backend that wraps others and tries them in turn.

The next one is asked when one fails, refuses, is cut off or breaks off, and when its answer
is still invalid after all its repairs. What was tried on the way stays on the answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from .backend import Backend, Capabilities, Misfit, Outcome, as_error
from .errors import BackendError, Cancelled, OutOfTime
from .exchange import Attempt, Completion, Finish, Piece, Request

__all__ = ["Fallback", "Member"]


@dataclass(frozen=True)
class Member:
    """One backend of a Fallback, opened when it is first needed."""

    name: str
    capabilities: Capabilities
    open: Callable[[], Backend]

    @cached_property
    def backend(self) -> Backend:
        """The backend itself; raises what opening it raises."""
        return self.open()

    @property
    def opened(self) -> Backend | None:
        """The backend, or None if it cannot be opened: it then fails when it is asked."""
        try:
            return self.backend
        except Exception:  # noqa: BLE001  # raised again, and counted, when it is asked
            return None

    def fits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        """Its own word on a request if it can be opened, else its card's."""
        on_card = self.capabilities.misfits(request, local_only=local_only)
        if on_card or (backend := self.opened) is None:
            return on_card
        return backend.misfits(request, local_only=local_only)


class Fallback(Backend):
    """Tries `members` in order; `repairs` is what each is allowed of the task's repairs."""

    def __init__(self, members: Sequence[Member], *, repairs: int = 1) -> None:
        self.members = tuple(members)
        first = self.members[0]
        # One request a call: each finds its own way along the members.
        self.name, self.capabilities = first.name, replace(first.capabilities, batch=1)
        self._rounds = [
            1 + (repairs if member.capabilities.follows_words else 0) for member in self.members
        ]

    def repairs(self, allowed: int) -> int:
        del allowed  # each member was given its own
        return sum(self._rounds) - 1

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        first: tuple[Misfit, ...] = ()
        for member in self.members:
            if not (found := member.fits(request, local_only=local_only)):
                return ()
            first = first or found
        return first

    def count_tokens(self, text: str) -> int:
        opened = (member.opened for member in self.members)
        first = next((backend for backend in opened if backend is not None), None)
        return super().count_tokens(text) if first is None else first.count_tokens(text)

    def price(self, request: Request) -> Decimal | None:
        opened = [backend for member in self.members if (backend := member.opened)]
        prices = [backend.price(request) for backend in opened]
        known = [price for price in prices if price is not None]
        return max(known, default=None) if len(known) == len(prices) else None

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        for index, request in enumerate(requests):
            yield index, self._complete(request)

    def _complete(self, request: Request) -> Outcome:
        tried: list[Attempt] = []
        last: Outcome = BackendError("no backend of the fallback can do this")
        for member, asked in self._turns(request):
            began = time.monotonic()
            last = _only(member, asked)
            if isinstance(last, Completion) and last.whole:
                return _with(last, tried, member)
            tried.append(_attempt(member, last, time.monotonic() - began))
            request.signal.check()
        return _with(last, tried[:-1], None)

    def stream(self, request: Request) -> Iterator[str | Completion]:
        tried: list[Attempt] = []
        turns = list(self._turns(request))
        for number, (member, asked) in enumerate(turns):
            began = time.monotonic()
            end: Outcome = BackendError(f"{member.name} ended its stream without an end")
            try:
                for item in member.backend.stream(asked):
                    if isinstance(item, Completion):
                        end = item
                    else:
                        yield Piece(item, number)
            except (Cancelled, GeneratorExit):
                raise
            except Exception as error:  # noqa: BLE001  # a backend may raise anything
                end = _failed(member, error)
            if (isinstance(end, Completion) and end.whole) or number == len(turns) - 1:
                yield _ended(_with(end, tried, member))
                return
            tried.append(_attempt(member, end, time.monotonic() - began))
            request.signal.check()

    def close(self) -> None:
        for member in self.members:
            if "backend" in member.__dict__:
                member.backend.close()

    def _turns(self, request: Request) -> Iterator[tuple[Member, Request]]:
        """Whom to ask, from the one whose turn it is by the number of repairs so far."""
        repair = request.earlier.repair if request.earlier else 0
        for position, (member, rounds) in enumerate(zip(self.members, self._rounds, strict=True)):
            if repair >= rounds:
                repair -= rounds
                continue
            # A new member starts afresh: it is not shown the bad answers of another.
            asked = replace(request, earlier=request.earlier if repair else None)
            repair = 0
            if position and type(request.decoding) not in member.capabilities.strategies:
                asked = replace(asked, decoding=None)
            if not member.fits(asked) and _is_short_enough(member, asked):
                yield member, asked


def _is_short_enough(member: Member, request: Request) -> bool:
    context, backend = member.capabilities.context, member.opened
    if context is None or backend is None:
        return True
    words = f"{request.system}{request.words}{request.text}"
    return backend.count_tokens(words) <= context


def _only(member: Member, request: Request) -> Outcome:
    try:
        for _, answer in member.backend.complete([request]):
            return answer
    except Cancelled:
        raise
    except Exception as error:  # noqa: BLE001  # a backend may raise anything
        return _failed(member, error)
    return BackendError(f"{member.name} gave no answer", retryable=True)


def _failed(member: Member, error: Exception) -> BackendError:
    # A member that cannot be opened or refuses the request has failed as well.
    typed = as_error(member.name, error)
    if isinstance(typed, BackendError):
        return typed
    wrapped = BackendError(f"{member.name}: {typed}", hint=typed.hint)
    wrapped.__cause__ = typed
    return wrapped


def _attempt(member: Member, answer: Outcome, seconds: float) -> Attempt:
    if isinstance(answer, Completion):
        return Attempt(
            answer.backend or member.name,
            answer.model or _model(member),
            answer.finish,
            answer.usage,
            answer.cost,
            seconds,
            f"ended by {answer.finish}",
            answer.partial,
        )
    finish = Finish.TIMEOUT if isinstance(answer, OutOfTime) else Finish.ERROR
    backend = member.opened
    spent = backend.price(Request("", ())) if backend else Decimal(0)
    return Attempt(
        member.name,
        _model(member),
        finish,
        # What a failed request cost is known only where nothing costs anything.
        cost=spent if spent == 0 else None,
        seconds=seconds,
        problem=str(answer),
    )


def _model(member: Member) -> str:
    return member.opened.model if member.opened else ""


def _with(answer: Outcome, tried: list[Attempt], member: Member | None) -> Outcome:
    if isinstance(answer, Completion):
        return replace(
            answer,
            attempts=(*tried, *answer.attempts),
            backend=answer.backend or (member.name if member else ""),
            model=answer.model or (_model(member) if member else ""),
        )
    answer.attempts = (*tried, *answer.attempts)
    return answer


def _ended(answer: Outcome) -> Completion:
    if isinstance(answer, Completion):
        return answer
    raise answer
