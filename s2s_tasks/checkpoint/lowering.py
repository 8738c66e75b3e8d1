"""What turns a request into the ids that a checkpoint was trained to see, and its text back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..backend import Misfit
from ..exchange import Modality, Request

__all__ = ["Lowered", "Lowering"]


@dataclass(frozen=True)
class Lowered:
    """Ids and extras as in Source; `settings` of the checkpoint for this task; what to warn of."""

    ids: tuple[int, ...]
    start: tuple[int, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    extras: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)


class Lowering(ABC):
    """
    The manner of one checkpoint.

    `tasks`, `params`, `languages`, `window`, `follows_words`, `reads_words`, `writes_json`
    as in Capabilities; `modalities`: what it accepts. `positions`: tokens that the model can place,
    control tokens included, None for no bound; `overhead`: those of them that are not the text's.
    """

    modalities: frozenset[Modality] = frozenset({Modality.TEXT})
    tasks: frozenset[str] | None = None
    params: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    window: int | None = None
    follows_words: bool = False
    reads_words: bool = True
    writes_json: bool = False
    positions: int | None = None
    overhead: int = 0

    @abstractmethod
    def lower(self, request: Request) -> Lowered:
        """Raises BackendError or UsageError for a request that it cannot say."""

    @abstractmethod
    def room(self, lowered: Lowered) -> int | None:
        """Most new tokens that positions leave for the output; None for no bound."""

    def misfits(self, request: Request) -> Iterator[Misfit]:
        """What of a request's settings this checkpoint cannot honour, beside those it does not have."""
        del request
        yield from ()

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        """The answer with what the model could not be told, and warnings of what was done."""
        del request
        return text, ()

    def shapes(self, request: Request) -> bool:
        """Whether `shaped` may change the answer, so that none of it stands before its end."""
        del request
        return False
