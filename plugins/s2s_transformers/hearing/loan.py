"""A speech model on loan from the shelf, with those who wait for it heeded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch

from s2s_tasks.checkpoint.shelf import SHELF

from ..loading import loaded, weight_bytes
from ..watch import heed, heeding
from .heeded import Heeded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Signal

    from ..device import Placement

__all__ = ["Loan"]

T = TypeVar("T")


class Loan(Generic[T]):
    """
    One checkpoint on one device, loaded by the Auto class called `auto` when it is first needed.

    `ready` makes what is worked with of the model that was loaded.
    """

    def __init__(
        self, checkpoint: Checkpoint, placement: Placement, auto: str, ready: Callable[[Any], T]
    ) -> None:
        self._checkpoint, self._placement = checkpoint, placement
        self._auto, self._ready = auto, ready

    @contextmanager
    def at_work(self, signals: Sequence[Signal] = ()) -> Iterator[T]:
        """While inside, every layer of the model checks the signals on this thread."""
        heeded = Heeded(signals)
        with self.borrowed() as found, torch.inference_mode(), heeding(heeded):
            heeded.check()
            yield found

    @contextmanager
    def borrowed(self) -> Iterator[T]:
        """From the shelf of the process, by whoever uses this checkpoint in the same way."""
        checkpoint, placement = self._checkpoint, self._placement
        key = checkpoint.folder, checkpoint.revision, placement, self._auto
        with SHELF.borrow(key, self._load, weight_bytes(checkpoint, placement.dtype)) as found:
            yield found

    def _load(self) -> T:
        model: Any = loaded(self._checkpoint, self._placement, self._auto)
        heed(model)
        return self._ready(model)
