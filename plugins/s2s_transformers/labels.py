"""
Three ways in which an encoder puts labels on a text.

A model that was trained to tell what follows from a text can be asked whether it is about a
label, any label. One that was trained on labels knows these and no others. And one that only
places texts near each other can say which label lies nearest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import torch

from s2s_tasks.backend import Misfit
from s2s_tasks.errors import Unsupported
from s2s_tasks.exchange import Completion, Scores

from .rows import Reading, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from transformers import PretrainedConfig

    from s2s_tasks.checkpoint.codec import Codec
    from s2s_tasks.exchange import Request

__all__ = ["Entailed", "Nearest", "Trained", "labelling"]

HYPOTHESIS: Final = "This text is about {}."
"""Fits labels that are nouns; the zero-shot models of M. Laurer are shown with it."""

TEMPERATURE: Final = 0.05
"""Of a softmax over cosines: the scale of 20 that sentence-transformers trains with."""

SHOWN: Final = 30
"""Labels listed in a refusal."""

MULTIPLE: Final = frozenset({"multiple"})


def labelling(config: PretrainedConfig, codec: Codec, name: str) -> Reading:
    """How a model with a classification head does it. Raises Unsupported if it has no labels."""
    named: Mapping[int, str] = {int(at): name for at, name in (config.id2label or {}).items()}
    labels = [str(label) for _, label in sorted(named.items())]
    if len(labels) < 2:  # noqa: PLR2004  # else there is no choice
        raise Unsupported(
            f"{name} has one output: it scores texts, and has no labels to choose from",
            hint="choose a classifier, a zero-shot (NLI) model or an embedder",
        )
    entailing = _first(labels, "entail")
    if entailing is None:
        return Trained(codec, labels, several=config.problem_type == "multi_label_classification")
    against = _first(labels, "contradict")
    others = [number for number in range(len(labels)) if number != entailing]
    return Entailed(codec, entailing, others if against is None else [against])


class Entailed(Reading):
    """
    Zero-shot: one pass for each label, over the text and the hypothesis that it is about it.

    One label: a softmax over the labels' logits of entailment. Several: for each, entailment
    against contradiction, or against all else for a model that has none.
    """

    params = MULTIPLE

    def __init__(self, codec: Codec, entailing: int, against: Sequence[int]) -> None:
        self._codec, self._classes = codec, [*against, entailing]
        self.overhead = len(codec.wrapped_pair("", HYPOTHESIS.format("")))

    def rows(self, request: Request) -> tuple[Row, ...]:
        return tuple(self._row(request.text, label) for label in request.labels)

    def _row(self, text: str, label: str) -> Row:
        ids, types = self._codec.typed_pair(text, HYPOTHESIS.format(label))
        return Row(tuple(ids), tuple(types))

    def answer(self, request: Request, vectors: Sequence[torch.Tensor]) -> Completion:
        logits = torch.stack([*vectors])[:, self._classes]  # entailment comes last
        several = logits.softmax(dim=1)[:, -1]
        return _scored(request, several if _may_be_several(request) else _share(logits[:, -1]))


class Trained(Reading):
    """
    The labels that the model was trained on, or some of them, in any case of letters.

    `several`: it was trained to say of each label whether it applies. Otherwise its labels
    exclude each other: asked for one, the scores say which it is, given that it is one of those
    asked for; asked for several, they are the model's own probabilities, which may all be low.
    """

    params = MULTIPLE

    def __init__(self, codec: Codec, labels: Sequence[str], *, several: bool) -> None:
        self._codec, self._labels, self._several = codec, labels, several
        self.overhead = len(codec.wrapped(""))

    def rows(self, request: Request) -> tuple[Row, ...]:
        return (Row(tuple(self._codec.wrapped(request.text))),)

    def answer(self, request: Request, vectors: Sequence[torch.Tensor]) -> Completion:
        [logits] = vectors
        columns = [self._column(label) for label in request.labels]
        asked = [column for column in columns if column is not None]
        if self._several:
            return _scored(request, logits.sigmoid()[asked])
        if _may_be_several(request):
            said = "the model was trained to choose one label, so at most one will apply"
            return _scored(request, _share(logits)[asked], said)
        best = int(logits.argmax())
        left_out = f"the model's own choice, {self._labels[best]!r}, is not among the labels"
        return _scored(request, _share(logits[asked]), *([] if best in asked else [left_out]))

    def misfits(self, request: Request) -> Iterator[Misfit]:
        columns = [self._column(label) for label in request.labels]
        unknown = [label for label, at in zip(request.labels, columns, strict=True) if at is None]
        if unknown:
            names = f"was trained on other labels than {_listed(unknown)}"
            yield Misfit("labels", names, f"its labels are {_listed(self._labels)}")
        elif len(set(columns)) < len(columns):
            yield Misfit("labels", "has one label for two of those", "name each of them once")

    def _column(self, label: str) -> int | None:
        if label in self._labels:
            return self._labels.index(label)
        return _first(self._labels, label, lambda own, asked: own.strip() == asked.strip())


class Nearest(Reading):
    """By an embedding of the text and one of each label: a softmax over their cosines."""

    def __init__(self, row: Callable[[str], Row], warnings: Sequence[str]) -> None:
        self._row, self._warnings = row, warnings
        self.overhead = len(row("").ids)

    def rows(self, request: Request) -> tuple[Row, ...]:
        return tuple(self._row(text) for text in (request.text, *request.labels))

    def answer(self, request: Request, vectors: Sequence[torch.Tensor]) -> Completion:
        text, *labels = vectors
        cosines = torch.cosine_similarity(text[None, :], torch.stack(labels))
        said = "the scores tell which label's embedding is nearest; they are not calibrated"
        return _scored(request, _share(cosines / TEMPERATURE), *self._warnings, said)


def _scored(request: Request, scores: torch.Tensor, *warnings: str) -> Completion:
    by_label = dict(zip(request.labels, scores.tolist(), strict=True))
    return Completion(Scores(by_label), warnings=warnings)


def _share(logits: torch.Tensor) -> torch.Tensor:
    return logits.softmax(dim=0)


def _may_be_several(request: Request) -> bool:
    return request.params.get("multiple") == "true"


def _first(
    labels: Sequence[str], wanted: str, alike: Callable[[str, str], bool] = str.startswith
) -> int | None:
    """The number of the first label that is like the wanted one, whatever their case."""
    folded = (alike(label.casefold(), wanted.casefold()) for label in labels)
    return next((number for number, found in enumerate(folded) if found), None)


def _listed(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return ", ".join(map(repr, labels[:SHOWN])) + more
