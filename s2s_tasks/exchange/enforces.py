"""How an output was kept to its schema or form."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Enforces"]


class Enforces(StrEnum):
    """By the provider's own means, by a mask over the tokens, or not: told in words and checked."""

    NATIVELY = "natively"
    BY_MASK = "by mask"
    NOT = "not"
