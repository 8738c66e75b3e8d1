"""
ViLT: a question about a picture, answered by the likeliest of some thousand answers it was taught.

Each answer has a probability of its own, since several may be right: they need not add up to one.
"""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.backend import Backend, Capabilities
from s2s_tasks.checkpoint.fork import ForkGuard
from s2s_tasks.checkpoint.notes import notes_of
from s2s_tasks.checkpoint.shelf import SHELF
from s2s_tasks.errors import BackendError, S2SError, TooLong
from s2s_tasks.exchange import Completion, Scores, Usage
from s2s_tasks.media import Modality
from s2s_tasks.media.picture import picture

from ...loading import loaded, weight_bytes
from ...watch import heed, heeding
from ..family import misfits_of_picture, question_of
from ..sight import sight_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from transformers import PreTrainedModel

    from s2s_tasks.backend import Misfit, Outcome
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["Choosing", "opened"]

AUTO: Final = "ViltForQuestionAnswering"
FREE: Final = Decimal(0)

SHOWN: Final = 5
"""Answers named as alternatives; `raw` has the probabilities of all."""


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Choosing:
    """Raises NotConfigured and Unsupported as `sight_of` does."""
    return Choosing(name, sight_of(checkpoint), placement)


class Choosing(Backend):
    """
    Chooses one of the labels of its checkpoint.

    Raises ForkedAfterLoad where it is used in a fork of the process that opened it.
    """

    def __init__(self, name: str, sight: Sight, placement: Placement) -> None:
        self.name, self.model = name, sight.name
        self._sight, self._placement = sight, placement
        self._notes, self._fork = notes_of(sight.checkpoint), ForkGuard()
        named = {int(at): label for at, label in (sight.config.id2label or {}).items()}
        self._labels = [label for _, label in sorted(named.items())]
        self._around = len(sight.codec.wrapped(""))
        self.capabilities = Capabilities(
            architecture="vision-language",
            accepts=frozenset({Modality.IMAGE}),
            tasks=frozenset({"answer"}),
            params=frozenset({"question"}),
            reads_words=False,
            strategies=frozenset(),
            context=max(1, sight.config.max_position_embeddings - self._around),
        )

    # --- answering -------------------------------------------------------------------------

    def complete(self, requests: Sequence[Request]) -> Iterator[tuple[int, Outcome]]:
        self._fork.check()
        for number, request in enumerate(requests):
            request.signal.check()
            try:
                yield number, self._answer(request)
            except S2SError as error:
                yield number, _failed(error)

    def _answer(self, request: Request) -> Completion:
        for misfit in self.misfits(request):
            raise BackendError(f"{self.name} cannot do this: {misfit}")
        ids = self._ids(question_of(request))
        shown = self._sight.images(picture(request.media[0]), return_tensors="pt")
        scores = self._scores(request, ids, {**shown}).tolist()
        ranked = sorted(range(len(scores)), key=lambda at: -scores[at])
        best, *others = (self._labels[at] for at in ranked[: SHOWN + 1])
        return Completion(
            best,
            usage=Usage(len(ids)),
            cost=FREE,
            model=self.model,
            score=scores[ranked[0]],
            alternatives=tuple(others),
            warnings=self._notes,
            raw=Scores({self._labels[at]: scores[at] for at in ranked}),
        )

    def _ids(self, question: str) -> list[int]:
        ids, most = self._sight.codec.wrapped(question), self._sight.config.max_position_embeddings
        if len(ids) > most:
            raise TooLong(
                f"the question has {len(ids):,} tokens; {self.model} reads at most {most:,}",
                hint="ask a shorter one",
            )
        return ids

    @torch.inference_mode()
    def _scores(self, request: Request, ids: list[int], shown: dict[str, Any]) -> torch.Tensor:
        """A probability for each label."""
        row = torch.tensor([ids])
        words = {"input_ids": row, "attention_mask": torch.ones_like(row)}
        with self._model() as model, heeding(request.signal):
            place = model.device
            seen = {name: tensor.to(place) for name, tensor in {**words, **shown}.items()}
            seen["pixel_values"] = seen["pixel_values"].to(model.dtype)
            logits: torch.Tensor = model(**seen).logits[0]
            return logits.float().sigmoid().cpu()

    # --- the model -------------------------------------------------------------------------

    @contextmanager
    def _model(self) -> Iterator[PreTrainedModel]:
        checkpoint, placement = self._sight.checkpoint, self._placement
        key = checkpoint.folder, checkpoint.revision, placement, AUTO
        size = weight_bytes(checkpoint, placement.dtype)
        with SHELF.borrow(key, self._loaded, size) as model:
            yield model

    def _loaded(self) -> PreTrainedModel:
        model = loaded(self._sight.checkpoint, self._placement, AUTO)
        heed(model)
        return model

    # --- what it can do --------------------------------------------------------------------

    def misfits(self, request: Request, *, local_only: bool = False) -> tuple[Misfit, ...]:
        found = self.capabilities.misfits(request, local_only=local_only)
        return found or tuple(misfits_of_picture(request))

    def count_tokens(self, text: str) -> int:
        self._fork.check()
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return max(1, self._sight.codec.count(whole) - self._sight.codec.count(""))

    def warm(self) -> None:
        self._fork.check()
        with self._model():
            pass


def _failed(error: S2SError) -> BackendError:
    return error  # type: ignore[return-value]  # the engine room takes any S2SError of a request
