"""
What is looked at after every token: who went away, who has enough, what stands already.

`generate` asks its stopping criteria with one row for each sequence, or with all candidates of
a beam, the best first. Rows of one source stand together.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

import torch
from transformers import StoppingCriteria

from s2s_tasks.errors import S2SError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2s_tasks.checkpoint.source import Source

    Decode = Callable[[Sequence[int]], str]
    Listener = Callable[[torch.Tensor], None]

__all__ = ["Checks", "Watch", "heed", "heeding"]

TAIL = 8
"""Tokens beyond a stop string's characters that are looked at for it: it may begin inside one."""

_present = threading.local()


class Checks(Protocol):
    """Whoever knows if the work should stop."""

    def check(self) -> None:
        """Raise if it should."""


class Watch(StoppingCriteria):
    """
    Ends rows one by one. `begin`: tokens of the decoder that were given. `failed`: what the
    signals of sources raised, by position.
    """

    def __init__(self, sources: Sequence[Source], begin: int, decode: Decode) -> None:
        self._sources, self.begin, self._decode = sources, begin, decode
        self._listen: Listener | None = None
        self.failed: dict[int, S2SError] = {}
        self._limits = [len(s.start[1:]) + s.search.limit for s in sources]
        self._uneven = len(set(self._limits)) > 1

    def __call__(self, input_ids: torch.Tensor, scores: object, **_: object) -> torch.Tensor:
        del scores
        rows, length = input_ids.shape
        self.check()
        if self._listen is not None:
            self._listen(input_ids)
        each = rows // len(self._sources)
        done = torch.zeros(rows, dtype=torch.bool)
        for at, source in enumerate(self._sources):
            part = slice(at * each, (at + 1) * each)
            if at in self.failed or (self._uneven and length - self.begin >= self._limits[at]):
                done[part] = True
            elif source.search.stops:
                done[part] = self._stopped(input_ids[part, self.begin :], source.search.stops)
        return done.to(input_ids.device)

    def listen(self, listener: Listener) -> None:
        """Have it given the rows after each step."""
        self._listen = listener

    def check(self) -> None:
        """Note whose signal raises; raise it once nobody is left."""
        for at, source in enumerate(self._sources):
            if at not in self.failed:
                try:
                    source.signal.check()
                except S2SError as error:
                    self.failed[at] = error
        if len(self.failed) == len(self._sources):
            raise self.failed[0]

    def _stopped(self, rows: torch.Tensor, stops: tuple[str, ...]) -> torch.Tensor:
        tail = max(map(len, stops)) + TAIL
        texts = [self._decode(row) for row in rows[:, -tail:].tolist()]
        return torch.tensor([any(stop in text for stop in stops) for text in texts])


class heeding:  # noqa: N801  # read as a word: `with heeding(watch)`
    """While inside, every layer of a model that runs on this thread checks `watch`."""

    def __init__(self, watch: Checks) -> None:
        self._watch = watch

    def __enter__(self) -> None:
        _present.watch = self._watch

    def __exit__(self, *_: object) -> None:
        _present.watch = None


def heed(model: torch.nn.Module) -> None:
    """Have each layer check the watch: one pass over a long prompt may take seconds."""
    for module in model.modules():
        if isinstance(module, torch.nn.ModuleList):
            for layer in module:
                layer.register_forward_pre_hook(_check)


def _check(*_: object) -> None:
    watch: Checks | None = getattr(_present, "watch", None)
    if watch is not None:
        watch.check()
