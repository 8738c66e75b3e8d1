"""What a flow says beside its requests: a warning about the value, or the text of the value."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Remark", "Shown"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What the caller should know of the value; it becomes one of the result's warnings."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """
    The text of the value, in which a stream of it ends; not needed for a value that is text.

    It counts until the flow asks for more.
    """

    text: str
