"""What a task needs of a backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

from ..exchange import Request
from ..policy import Policy

__all__ = ["Needs"]


@dataclass(frozen=True)
class Needs:
    """A request as it would be sent, the policy it would be sent under, and the `model` if named."""

    task: str
    request: Request = field(repr=False)
    policy: Policy = Policy()
    model: str | None = None

    @classmethod
    def of(cls, request: Request, policy: Policy, model: str | None = None) -> Self:
        return cls(request.task, request, policy, model)
