"""
What an encoder-decoder was trained for, by its own word: the tasks, their prefixes and settings.

transformers 5 keeps `task_specific_params` of a config and no longer reads them. They say
that T5 wants "translate English to German: " before its text and BART four beams.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from ..errors import UnknownName
from ..language import language_code, primary
from .folder import Checkpoint

__all__ = ["Trade", "Trades"]

_VERBS = {"summarization": "summarize", "translation": "translate"}
T5_LIKE = frozenset({"t5", "mt5", "umt5", "longt5", "switch_transformers"})


@dataclass(frozen=True)
class Trade:
    """One task that it says it was trained for. Languages are codes, empty for any."""

    task: str
    prefix: str = ""
    source: str = ""
    to: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)


class Trades:
    """The trades of a checkpoint."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.all = tuple(_listed(checkpoint.config.get("task_specific_params")))
        self.any_task = frozenset(trade.task for trade in self.all)

    def of(self, task: str) -> Trade | None:
        """The first for a task that has no languages."""
        return next((trade for trade in self.all if trade.task == task), None)

    def pair(self, source: str, to: str) -> Trade | None:
        """The one that translates between two languages."""
        wanted = primary(source), primary(to)
        return next((trade for trade in self.all if (trade.source, trade.to) == wanted), None)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(trade.source, trade.to) for trade in self.all if trade.to]


def _listed(params: object) -> Iterator[Trade]:
    given = params if isinstance(params, dict) else {}
    for name, settings in given.items():
        kind, *rest = str(name).split("_", 1)
        if kind in _VERBS and isinstance(settings, dict):
            yield _trade(_VERBS[kind], rest, cast("dict[str, object]", settings))


def _trade(task: str, rest: list[str], settings: dict[str, object]) -> Trade:
    prefix = str(settings.get("prefix") or "")
    source, _, to = rest[0].partition("_to_") if rest else ("", "", "")
    if task != "translate" or not to:
        return Trade(task, prefix, settings=settings)
    try:
        return Trade(task, prefix, language_code(source), language_code(to), settings)
    except UnknownName:
        return Trade(task, prefix, settings=settings)
