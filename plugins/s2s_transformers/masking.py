"""Masks as a logits processor: every row walks through the grammar of its source."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from transformers import LogitsProcessor

from s2s_tasks.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2s_tasks.checkpoint.mask import Compiled, Walk
    from s2s_tasks.checkpoint.source import Source

    Ids = tuple[int, ...]

__all__ = ["Masking"]

BIAS: Final = np.where(np.arange(256)[:, None] >> np.arange(8) & 1, 0.0, -np.inf).astype(np.float32)
"""What the eight bits of a byte add to the logits of eight tokens, by the byte."""


class Masking(LogitsProcessor):
    """
    `begin`: tokens of each row that stand before the output. Rows of one source stand together;
    those of a beam change places from step to step, so a row is known by what it has written.
    `failed`: what the grammar's engine gave up on, by position of its source.
    """

    def __init__(self, sources: Sequence[Source], begin: int) -> None:
        self._sources, self._begin = sources, begin
        self._walks: list[dict[Ids, Walk]] = [{} for _ in sources]
        self.failed: dict[int, BackendError] = {}

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        each = len(input_ids) // len(self._sources)
        for at, source in enumerate(self._sources):
            if source.mask is None or at in self.failed:
                continue
            begin = self._begin + len(source.start[1:])  # what is forced to begin with is no choice
            part = slice(at * each, (at + 1) * each)
            if input_ids.shape[1] >= begin:
                written = [tuple(row) for row in input_ids[part, begin:].tolist()]
                self._mask(at, written, scores[part])
        return scores

    def _mask(self, at: int, written: list[Ids], scores: torch.Tensor) -> None:
        walks = self._advanced(at, written)
        for ids, row in zip(written, scores, strict=True):
            walk = walks[ids]
            if walk.error:
                self._broken(at, ids, walk)
            elif walk.forced:
                _only(row, walk.forced[0])
            else:
                _masked(row, walk.allowed())

    def walk(self, at: int, ids: Ids) -> Walk:
        """Where the only row of a source stands."""
        walk = self._advanced(at, [ids])[ids]
        if walk.error:
            self._broken(at, ids, walk)
        return walk

    def _advanced(self, at: int, written: list[Ids]) -> dict[Ids, Walk]:
        known, fresh = self._walks[at], {}
        twins = Counter(ids[:-1] for ids in set(written) if ids not in known)
        for ids in written:
            if ids in fresh:
                continue
            if (walk := known.get(ids)) is None:
                walk = self._next(at, ids, known, alone=twins[ids[:-1]] == 1)
            fresh[ids] = walk
        self._walks[at] = fresh
        return fresh

    def _next(self, at: int, ids: Ids, known: dict[Ids, Walk], *, alone: bool) -> Walk:
        """From where it stood before; what guesses ahead takes tokens back, and begins anew."""
        before = ids[:-1]
        if before not in known:
            before = max((one for one in known if ids[: len(one)] == one), key=len, default=())
        walk = known.get(before)
        if walk is None or walk.error:
            before, walk = (), self._compiled(at).walk()
        elif not alone:
            walk = walk.fork()
        for one in ids[len(before) :]:
            walk.step(one)
        return walk

    def _compiled(self, at: int) -> Compiled:
        mask = self._sources[at].mask
        assert mask is not None
        return mask

    def _broken(self, at: int, ids: Ids, walk: Walk) -> None:
        # A beam fills its places with what it was not allowed to write, and never chooses it;
        # neither is a guess ahead chosen once one before it was wrong.
        if self._compiled(at).accepts(ids):
            self.failed[at] = BackendError(f"the mask gave up: {walk.error}")


def _only(row: torch.Tensor, token: int) -> None:
    kept = row[token].item()
    row.fill_(-torch.inf)
    row[token] = max(kept, -1e9)  # a penalty may have ruled it out


def _masked(row: torch.Tensor, allowed: bytes) -> None:
    """By addition: several times as fast as filling where a bit is not set."""
    bias = np.take(BIAS, np.frombuffer(allowed, np.uint8), axis=0).reshape(-1)
    size = min(len(bias), len(row))
    row[size:] = -torch.inf
    row[:size] += torch.from_numpy(bias[:size]).to(row.device)
