"""A loaded model does not survive a fork: its engine's threads and locks stay in the parent."""

from __future__ import annotations

import os

from ..errors import ForkedAfterLoad

__all__ = ["ForkGuard"]


class ForkGuard:
    """Remembers the process that it was made in."""

    def __init__(self) -> None:
        self._home = os.getpid()

    def check(self) -> None:
        """Raise ForkedAfterLoad in any other process, before a lock can hang."""
        if os.getpid() != self._home:
            raise ForkedAfterLoad(
                f"the model was loaded in process {self._home}, and this is a fork of it",
                hint="load it after the fork, or start processes with the 'spawn' method",
            )
