"""Encoders as a backend: labels and vectors, by one pass over each row of ids."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Self

from s2s_tasks.backend import Backend, Capabilities
from s2s_tasks.checkpoint.fork import ForkGuard
from s2s_tasks.checkpoint.notes import notes_of
from s2s_tasks.errors import BackendError, S2SError, TooLong
from s2s_tasks.exchange import Usage

from .device import choose
from .network import Network
from .rows import Asked, Round
from .skill import skill_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import torch

    from s2s_tasks.backend import Misfit, Outcome
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Completion, Request

    from .rows import Row
    from .skill import Skill

__all__ = ["EncoderOnly"]

BATCH: Final = 64
"""Requests worth giving to one call: enough to find rows of like length among them."""


class EncoderOnly(Backend):
    """
    Answers `classify`, `embed` or both.

    Raises ForkedAfterLoad where it is used in a fork of the process that opened it.
    """

    def __init__(
        self, name: str, model: str, skill: Skill, network: Network, notes: tuple[str, ...] = ()
    ) -> None:
        self.name, self.model, self._notes = name, model, notes
        self._skill, self._network = skill, network
        self._fork = ForkGuard()
        self.capabilities = Capabilities(
            architecture="encoder-only",
            tasks=frozenset(skill.readings),
            params=skill.params,
            reads_words=False,
            strategies=frozenset(),
            context=skill.context,
            batch=BATCH,
        )

    @classmethod
    def open(
        cls,
        checkpoint: Checkpoint,
        *,
        device: str | None = None,
        dtype: str | None = None,
        name: str = "encoder-only",
    ) -> Self:
        """
        Weights are loaded at the first request, or by `warm()`.

        Raises Unsupported for a checkpoint that was trained for something else, BadSetting for
        a device or dtype that is not there, NotConfigured for files that cannot be used.
        """
        skill = skill_of(checkpoint)
        network = Network(checkpoint, skill, choose(checkpoint, device, dtype))
        return cls(
            name, checkpoint.name or checkpoint.folder.name, skill, network, notes_of(checkpoint)
        )

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        self._fork.check()
        asked: dict[int, Asked] = {}
        for number, request in enumerate(requests):
            try:
                asked[number] = self._asked(request)
            except S2SError as error:
                yield number, _failed(error)
        yield from self._answered(Round(asked))

    def stream(self, request: Request) -> Iterator[str | Completion]:
        for _, answer in self.complete([request]):
            if isinstance(answer, S2SError):  # of any kind, see _failed
                raise answer
            if answer.partial:
                yield answer.partial
            yield answer

    def _answered(self, waiting: Round) -> Iterator[tuple[int, Outcome]]:
        for batch in self._network.batches(waiting.rows):
            self._read(batch, waiting)
            for number, error in waiting.stopped():
                yield number, _failed(error)
            for number, asked, vectors in waiting.due():
                yield number, self._answer(asked, vectors)

    def _read(self, batch: Sequence[Row], waiting: Round) -> None:
        """A signal that raises stops its own request; the pass goes on for the others."""
        wanted = frozenset(waiting.rows)
        if rows := [row for row in batch if row in wanted]:
            try:
                waiting.put(rows, self._network.vectors(rows, waiting))
            except S2SError:
                if not waiting.abandoned:
                    raise

    def _asked(self, request: Request) -> Asked:
        request.signal.check()
        for misfit in self.misfits(request):
            raise BackendError(f"{self.name} cannot do this: {misfit}")
        rows = self._skill.readings[request.task].rows(request)
        longest, most = max(len(row.ids) for row in rows), self._skill.positions
        if most is not None and longest > most:
            raise TooLong(
                f"with what stands around it, the input has {longest:,} tokens; {self.model} reads"
                f" at most {most:,}",
                hint="shorten it, or choose a model with a longer context",
            )
        return Asked(request, rows)

    def _answer(self, asked: Asked, vectors: Sequence[torch.Tensor]) -> Completion:
        completion = self._skill.readings[asked.request.task].answer(asked.request, vectors)
        usage = Usage(sum(len(row.ids) for row in asked.rows))
        warnings = (*self._notes, *completion.warnings)
        return replace(
            completion, usage=usage, cost=Decimal(0), model=self.model, warnings=warnings
        )

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = self.capabilities.misfits(request, local_only=local_only)
        return found or tuple(self._skill.readings[request.task].misfits(request))

    def count_tokens(self, text: str) -> int:
        self._fork.check()
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        count = self._skill.codec.count
        return max(1, count(whole) - count(""))  # what is put around it is not the text's

    def warm(self) -> None:
        self._fork.check()
        self._network.warm()


def _failed(error: S2SError) -> BackendError:
    return error  # type: ignore[return-value]  # the engine room takes any S2SError of a request
