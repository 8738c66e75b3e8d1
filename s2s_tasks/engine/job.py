"""What all items of one call or map have in common, and what may be asked on its behalf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Generic, TypeVar

from ..backend import Backend, Misfit, Place, as_error
from ..errors import OverBudget, S2SError, TooLong, Unsupported
from ..exchange import Completed, Decision, Request, Signal
from ..policy import Policy, Timeout
from ..task import Budget, Task

In = TypeVar("In")
Out = TypeVar("Out")


def _nobody(_: Completed) -> None:
    pass


@dataclass(frozen=True)
class Job(Generic[In, Out]):
    """A task on a backend, with the policy it runs under; `completed` is told of each result."""

    task: Task[In, Out]
    backend: Backend
    decision: Decision
    policy: Policy = Policy()
    timeout: Timeout = Timeout()
    completed: Callable[[Completed], None] = field(default=_nobody)

    def budget(self, *, one_by_one: bool) -> Budget:
        capabilities = self.backend.capabilities
        return Budget(
            count=self.backend.count_tokens,
            context=capabilities.context,
            told=capabilities.told,
            window=capabilities.window,
            repairs=self.backend.repairs(self.policy.repairs),
            one_by_one=one_by_one,
        )

    def admit(self, request: Request, signal: Signal) -> tuple[Request, tuple[str, ...]]:
        """
        The request as it may be sent, and warnings of what was dropped from it.

        Raises Unsupported or TooLong: what cannot be honoured is refused before any work.
        """
        request = replace(request, signal=signal)
        try:
            request, warnings = self.check(request)
            self._check_length(request)
        except S2SError:
            raise
        except Exception as error:
            raise as_error(self.backend.name, error) from error
        return request, warnings

    def check(self, request: Request) -> tuple[Request, tuple[str, ...]]:
        """As `admit`, whatever the length of the request. Raises Unsupported."""
        request = replace(request, decoding=request.decoding or self.task.decoding)
        misfits = self._misfits(request)
        return self._without(request, misfits) if misfits else (request, ())

    def _misfits(self, request: Request) -> tuple[Misfit, ...]:
        local_only = self.policy.local_only
        if local_only and self.backend.capabilities.place == Place.REMOTE:
            # The wall does not depend on what a backend says of itself.
            return self.backend.capabilities.misfits(request, local_only=True)
        return self.backend.misfits(request, local_only=local_only)

    def _without(
        self, request: Request, misfits: tuple[Misfit, ...]
    ) -> tuple[Request, tuple[str, ...]]:
        droppable = all(misfit.option == "decoding" for misfit in misfits)
        if not droppable or self.policy.on_unsupported == "refuse":
            raise refusal(self.backend.name, misfits)
        name = self.backend.name
        return (
            replace(request, decoding=None),
            tuple(f"dropped: {name} {misfit}" for misfit in misfits),
        )

    def _check_length(self, request: Request) -> None:
        context = self.backend.capabilities.context
        if context is None:
            return
        told = self.backend.capabilities.told(request)
        tokens = self.backend.count_tokens(told + request.text)
        if tokens > context:
            raise TooLong(
                f"the input has {tokens:,} tokens; {self.backend.name} reads at most {context:,}",
                hint="shorten it, or choose a backend with a longer context",
            )

    def price(self, request: Request) -> Decimal | None:
        """The most it can cost, None if that is not known or cannot be told."""
        try:
            price = self.backend.price(request)
        except Exception:  # noqa: BLE001  # a backend may raise anything
            return None
        return price if isinstance(price, Decimal) and price.is_finite() else None

    def check_cost(self, request: Request, committed: Decimal) -> Decimal:
        """
        The most `request` can cost, on top of what is `committed` already.

        Raises OverBudget before it is sent, also when the price is not known.
        """
        limit = self.policy.max_cost
        if limit is None:
            return Decimal(0)
        price = self.price(request)
        if price is None:
            raise OverBudget(
                f"the price of {self.backend.name} is not known, so max_cost={limit} cannot be kept",
                hint="choose a backend with known prices, or drop max_cost",
            )
        if committed + price > limit:
            raise OverBudget(
                f"the next request can cost {price} USD; {committed} of max_cost={limit} are taken",
                hint="raise Policy(max_cost=...), or choose a cheaper backend",
            )
        return price


def refusal(backend: str, misfits: tuple[Misfit, ...]) -> Unsupported:
    """The error that says why a backend cannot honour a request, and what to do instead."""
    reasons = tuple(str(misfit) for misfit in misfits)
    can_drop = any(misfit.option == "decoding" for misfit in misfits)
    return Unsupported(
        f"{backend} cannot do this: {'; '.join(reasons)}",
        reasons=reasons,
        hint='or Policy(on_unsupported="drop") to go on without the option' if can_drop else "",
    )
