"""
What families of models have in common that see, but hold no conversation.

Each was trained for one manner of asking, or a few. It looks at one picture, reads no words but
those of a question, and answers in text.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.checkpoint.lowering import Lowered, Lowering
from s2s_tasks.checkpoint.modelcard import listed
from s2s_tasks.checkpoint.shortening import shortened
from s2s_tasks.errors import BadInput, TooLong, UnknownName
from s2s_tasks.language import language_code, language_name, primary
from s2s_tasks.media import Modality
from s2s_tasks.media.picture import picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import torch
    from PIL.Image import Image

    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from .sight import Sight

__all__ = ["UNTOLD", "Family", "Said", "misfits_of_picture", "question_of"]

PARAMS: Final[Mapping[str, frozenset[str]]] = {
    "caption": frozenset({"style", "max_words", "language"}),
    "answer": frozenset({"question"}),
    "extract": frozenset(),
}
UNTOLD: Final = "the checkpoint does not say whether it was trained to answer questions"


@dataclass(frozen=True)
class Said:
    """A request in the model's own terms: `ids` and `start` as in Source, what to warn of."""

    ids: tuple[int, ...] = ()
    start: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()


class Family(Lowering):
    """The manner of one checkpoint. `styles` of captions that it writes."""

    modalities = frozenset({Modality.IMAGE})
    reads_words = False
    styles: frozenset[str] = frozenset({"plain", "alt"})

    def __init__(self, sight: Sight, tasks: Iterable[str]) -> None:
        self.sight = sight
        self.tasks = frozenset(tasks)
        self.params = frozenset[str]().union(*(PARAMS[task] for task in self.tasks))
        self._written = _written(sight.checkpoint)

    @property
    def settings(self) -> Mapping[str, object]:
        """As in Lowered."""
        return self.sight.settings

    @abstractmethod
    def said(self, request: Request, image: Image) -> Said:
        """How it is asked."""

    def pixels(self, request: Request, image: Image) -> Mapping[str, torch.Tensor]:
        """What it sees, by the names that the model knows."""
        del request
        return {**self.sight.images(image, return_tensors="pt")}

    def lower(self, request: Request) -> Lowered:
        if len(request.media) != 1:
            raise BadInput(f"{self.sight.name} looks at one picture at a time", hint=ONE_BY_ONE)
        image = picture(request.media[0])
        said = self.said(request, image)
        pixels = self.pixels(request, image)
        lowered = Lowered(said.ids, said.start, self.settings, said.warnings, pixels)
        if (room := self.room(lowered)) is not None and room < 1:
            raise TooLong(
                f"the question takes all {self.sight.places:,} places of {self.sight.name}",
                hint="ask a shorter one",
            )
        return lowered

    def room(self, lowered: Lowered) -> int | None:
        most, taken = self.sight.places, lowered.start or lowered.ids
        return None if most is None else most - len(taken)

    def misfits(self, request: Request) -> Iterator[Misfit]:
        yield from misfits_of_picture(request)
        if request.task == "caption":
            yield from self._misfits_of_caption(request)

    def shapes(self, request: Request) -> bool:
        return "max_words" in request.params

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        if "max_words" not in request.params:
            return text, ()
        return shortened(text.strip(), int(request.params["max_words"]))

    def _misfits_of_caption(self, request: Request) -> Iterator[Misfit]:
        style, language = request.params.get("style", ""), request.params.get("language", "")
        if style and style not in self.styles:
            yield Misfit("style", f"writes no {style} captions", "leave style out")
        written = self._written
        if language and written is not None and primary(language) not in written:
            known = ", ".join(map(language_name, sorted(written)))
            yield Misfit("language", f"writes {known}", "translate the caption")


ONE_BY_ONE: Final = "ask about each of them by itself"


def misfits_of_picture(request: Request) -> Iterator[Misfit]:
    """Several pictures, where one is looked at."""
    if len(request.media) > 1:
        yield Misfit("input", "looks at one picture at a time", ONE_BY_ONE)


def question_of(request: Request) -> str:
    """As it was asked, "" for a request that asks nothing."""
    return request.params.get("question", "").strip()


def _written(checkpoint: Checkpoint) -> frozenset[str] | None:
    """Languages that its card names, None for many; captions are English where it names none."""
    named = listed(checkpoint, "language")
    if "multilingual" in named:
        return None
    return frozenset(code for one in named for code in _code(one)) or frozenset({"en"})


def _code(language: str) -> Iterator[str]:
    try:
        yield primary(language_code(language))
    except UnknownName:
        return  # cards also name programming languages, and "code"
