"""A client and the script it plays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .scripted import Scripted

if TYPE_CHECKING:
    from ..client import Tasks
    from .scripted import Script

__all__ = ["Stage"]


class Stage(NamedTuple):
    """
    A client whose every call is answered by a script, and the backend that remembers them.

    >>> tasks, backend = Stage.of("Hallo")
    >>> print(tasks.translate("Hello", to="de"))
    Hallo
    >>> backend.requests[0].params["to"]
    'de'
    """

    tasks: Tasks
    backend: Scripted

    @classmethod
    def of(cls, script: Script | Scripted) -> Stage:
        """Give a Scripted backend where its name, price, delay or capabilities matter."""
        from ..client import Tasks

        backend = script if isinstance(script, Scripted) else Scripted(script)
        return cls(Tasks(backend=backend), backend)
