"""How one checkpoint is held to what a request asks for: by a mask where it can, else in words."""

from __future__ import annotations

from collections.abc import Iterator

from ..backend import Misfit
from ..decoding import Beam, Greedy
from ..exchange import Enforces, Request
from ..form import Choice, Form
from ..schema import Schema
from .mask import Compiled, Masks, Unmaskable

__all__ = ["Holding"]


class Holding:
    """`masks` is None where the engine cannot mask tokens, or llguidance is not installed."""

    def __init__(self, masks: Masks | None, *, follows_words: bool) -> None:
        self._masks, self._follows_words = masks, follows_words
        self.enforces = Enforces.NOT if masks is None else Enforces.BY_MASK

    def mask(self, request: Request) -> tuple[Compiled | None, tuple[str, ...]]:
        """The mask for its output, and what to warn of where there should be one and is not."""
        mask, why = self._compiled(request)
        return mask, (f"told in words and checked, since {why}",) if why else ()

    def misfits(self, request: Request) -> Iterator[Misfit]:
        """What cannot be held, nor told in words and checked."""
        mask, why = self._compiled(request)
        if why and not (self._follows_words and isinstance(request.form, Choice | None)):
            kind = "schema" if request.schema else type(request.form).__name__.lower()
            yield Misfit(kind, why)
        if mask and _forbids_repeats(request):
            reason = "a mask must repeat what no_repeat_ngram forbids, as quotes and commas"
            yield Misfit("decoding", reason, "leave no_repeat_ngram out")

    def _compiled(self, request: Request) -> tuple[Compiled | None, str]:
        """The mask, or why there can be none; neither where none is asked for."""
        constraint = _constraint(request)
        if constraint is None or self._masks is None:
            return None, ""
        try:
            return self._masks.compiled(constraint), ""
        except Unmaskable as error:
            return None, f"no mask can hold it: {error}"


def _forbids_repeats(request: Request) -> bool:
    return isinstance(request.decoding, Greedy | Beam) and request.decoding.no_repeat_ngram > 0


def _constraint(request: Request) -> Schema[object] | Form | None:
    return request.schema or request.form
