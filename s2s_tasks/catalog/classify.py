"""Classification: which of some labels fits a text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from ..errors import BadSetting, InvalidOutput
from ..exchange import Completion, Request, Scores
from ..form import Choice
from ..task import Task
from .invariants import answered, need_text

__all__ = ["Classification", "Classify"]

APPLIES = 0.5
"""Probability from which a label applies when several may."""


@dataclass(frozen=True, slots=True)
class Classification:
    """
    The label that fits best, all `labels` that apply, the best first, and the scores.

    `label` is empty if none applies, which only happens where several may. `scores` are
    probabilities by label, empty for a model that names labels only.
    """

    label: str
    labels: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return ", ".join(self.labels) or self.label


@dataclass(frozen=True, kw_only=True)
class Classify(Task[str, Classification]):
    """Say which of some labels fits a text."""

    name: ClassVar[str] = "classify"

    labels: Annotated[Sequence[str], "the labels to choose from"]
    multiple: Annotated[bool, "whether several labels may apply, or none"] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", _checked(self.labels))

    def request(self, value: str) -> Request:
        listed = "\n".join(f"- {label}" for label in self.labels)
        which = (
            'Name all labels that apply to the text, each on a line of its own, or "none"'
            if self.multiple
            else "Name the label that fits the text best"
        )
        return Request(
            task=self.name,
            parts=(need_text(value),),
            instruction=f"{which}. Labels:\n{listed}\nAnswer with labels from the list only.",
            params={"multiple": "true"} if self.multiple else {},
            labels=tuple(self.labels),
            form=None if self.multiple else Choice(tuple(self.labels)),
        )

    def read(self, completion: Completion) -> Classification:
        match completion.checked().output:
            case Scores(by_label):
                return self._scored(by_label)
            case str():
                return self._named(answered(completion))
            case _:
                raise InvalidOutput("The answer is neither a label nor scores of labels.")

    def settled(self, partial: str) -> str:
        del partial
        return ""  # the first letters of a label are no label

    def _scored(self, by_label: Mapping[str, float]) -> Classification:
        if set(by_label) != set(self.labels):
            raise InvalidOutput(f"The scores must be of exactly these labels: {self._list()}.")
        if not all(math.isfinite(score) and 0 <= score <= 1 for score in by_label.values()):
            raise InvalidOutput("The scores must be probabilities from 0 to 1.")
        ranked = sorted(self.labels, key=lambda label: -by_label[label])
        fit = [label for label in ranked if by_label[label] >= APPLIES]
        return _classification(fit if self.multiple else ranked[:1], dict(by_label))

    def _named(self, text: str) -> Classification:
        if not self.multiple:
            return _classification([self._label(text)], {})
        if _bare(text) == "none" and "none" not in map(_bare, self.labels):
            return _classification([], {})
        lines = [line for line in text.splitlines() if line.strip()]
        found = [self._label(line.strip().removeprefix("- ")) for line in lines]
        return _classification(list(dict.fromkeys(found)), {})

    def _label(self, text: str) -> str:
        if text in self.labels:
            return text
        alike = [label for label in self.labels if _bare(label) == _bare(text)]
        if len(alike) != 1:
            raise InvalidOutput(f"{text[:80]!r} is none of the labels: {self._list()}.")
        return alike[0]

    def _list(self) -> str:
        return ", ".join(map(repr, self.labels))


def _classification(labels: Sequence[str], scores: Mapping[str, float]) -> Classification:
    return Classification(labels[0] if labels else "", tuple(labels), scores)


def _bare(text: str) -> str:
    return text.strip().strip("\"'`*“”„«»").removesuffix(".").strip("\"'`*“”„«» ").casefold()


def _checked(labels: object) -> tuple[str, ...]:
    if isinstance(labels, str | bytes) or not isinstance(labels, Sequence | set | frozenset):
        raise BadSetting(f"labels={labels!r} is no list of labels", hint='give ["one", "two"]')
    given = tuple(sorted(labels) if isinstance(labels, set | frozenset) else labels)
    if not all(isinstance(label, str) and label.strip() for label in given):
        raise BadSetting(f"labels={given!r} has one that is no text", hint="give texts only")
    if len(given) < 2 or len(set(given)) != len(given):  # noqa: PLR2004  # else there is no choice
        raise BadSetting(f"labels={given!r} must be two or more, all different")
    return given
