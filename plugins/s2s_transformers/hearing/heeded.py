"""The signals of those who wait for one batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.exchange import Signal

__all__ = ["Heeded"]


@dataclass(frozen=True)
class Heeded:
    """What every layer of a model checks: nobody has gone yet."""

    signals: Sequence[Signal]

    def check(self) -> None:
        """Raise what one of the signals raises."""
        for signal in self.signals:
            signal.check()
