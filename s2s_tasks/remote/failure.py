"""What one attempt came to that did not succeed, as a backend explains it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..errors import S2SError

__all__ = ["Billed", "Failure", "passing"]

PASSING = frozenset({408, 409, 425, 429})
"""Statuses below 500 after which the same request may succeed in a moment."""


class Billed(StrEnum):
    """Whether an attempt has to be paid for; MAYBE: it was sent, and what came of it is unknown."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True)
class Failure:
    """
    What one attempt came to: a typed error without secrets in it.

    `retry`: the same request may succeed in a moment, and is safe to send again. `after`: the
    seconds that the server asked to wait.
    """

    error: S2SError
    retry: bool = False
    after: float | None = None
    billed: Billed = Billed.NO


def passing(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a status says that the same request may succeed later; the server's word counts."""
    said = headers.get("x-should-retry", "").lower()
    if said in {"true", "false"}:
        return said == "true"
    return status in PASSING or status >= 500  # noqa: PLR2004  # the server's own errors
