"""
Rows of ids that stand for requests: read by an encoder in any order, each of them once.

A Reading says which rows a request needs and what their vectors mean for it. A Round has them
read for many requests together, and hands each answer out when its last row is there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from s2s_tasks.errors import S2SError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch

    from s2s_tasks.backend import Misfit
    from s2s_tasks.exchange import Completion, Request

__all__ = ["Asked", "Reading", "Round", "Row"]


class Row(NamedTuple):
    """`types`: which text each id is of, 0 or 1; empty where there is but one text."""

    ids: tuple[int, ...]
    types: tuple[int, ...] = ()


class Reading(ABC):
    """
    How a checkpoint answers one task.

    `params` as in Capabilities. `overhead`: tokens of a row that are not the text's.
    """

    params: frozenset[str] = frozenset()
    overhead: int = 0

    @abstractmethod
    def rows(self, request: Request) -> tuple[Row, ...]:
        """What to read for it. Raises BadInput for a text that cannot be read."""

    @abstractmethod
    def answer(self, request: Request, vectors: Sequence[torch.Tensor]) -> Completion:
        """What the vectors of its rows say: float32 on the CPU, one dimension."""

    def misfits(self, request: Request) -> Iterator[Misfit]:
        """What of a request this checkpoint cannot honour."""
        del request
        yield from ()


@dataclass(frozen=True)
class Asked:
    """A request and the rows that it waits for."""

    request: Request
    rows: tuple[Row, ...]


class Round:
    """Requests by number. A row that several of them wait for is read once."""

    def __init__(self, asked: Mapping[int, Asked]) -> None:
        self._open = dict(asked)
        self._stopped: dict[int, S2SError] = {}
        self._read: dict[Row, torch.Tensor] = {}

    @property
    def rows(self) -> list[Row]:
        """Those that are waited for and not read yet."""
        wanted = dict.fromkeys(row for asked in self._open.values() for row in asked.rows)
        return [row for row in wanted if row not in self._read]

    @property
    def abandoned(self) -> bool:
        """Nobody is left who waits."""
        return bool(self._open) and len(self._stopped) == len(self._open)

    def check(self) -> None:
        """Note whose signal raises; raise it once nobody is left."""
        for number, asked in self._open.items():
            if number not in self._stopped:
                try:
                    asked.request.signal.check()
                except S2SError as error:
                    self._stopped[number] = error
        if self.abandoned:
            raise next(iter(self._stopped.values()))

    def stopped(self) -> Iterator[tuple[int, S2SError]]:
        """Those whose signal raised; nobody waits for them any more."""
        for number in [*self._stopped]:
            del self._open[number]
            yield number, self._stopped.pop(number)

    def put(self, rows: Sequence[Row], vectors: Sequence[torch.Tensor]) -> None:
        self._read.update(zip(rows, vectors, strict=True))

    def due(self) -> Iterator[tuple[int, Asked, list[torch.Tensor]]]:
        """Those whose rows are all read, with the vectors of these."""
        for number, asked in [*self._open.items()]:
            if all(row in self._read for row in asked.rows):
                del self._open[number]
                yield number, asked, [self._read[row] for row in asked.rows]
