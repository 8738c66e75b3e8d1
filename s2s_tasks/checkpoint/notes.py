"""What a user should know of a checkpoint whenever it answers."""

from __future__ import annotations

from .folder import Checkpoint
from .licence import licence, non_commercial

__all__ = ["notes_of"]


def notes_of(checkpoint: Checkpoint) -> tuple[str, ...]:
    """Warnings that go with every result: a licence that forbids commercial use is named."""
    name = licence(checkpoint)
    if not non_commercial(name):
        return ()
    return (f"the licence of {checkpoint.name}, {name}, does not allow commercial use",)
