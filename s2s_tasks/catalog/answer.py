"""Answers to a question about a text, a picture or a document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from ..errors import BadInput
from ..exchange import Completion, Request
from ..media import Media, MediaSource, Modality
from ..task import Budget, Flow, Task, ask
from .invariants import answered, check_loop, need_text
from .parts import condensed
from .pictures import need_media
from .settings import filled

__all__ = ["Answer"]

PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
LONGEST_PATH = 4096
NOT_STATED = "not stated"


@dataclass(frozen=True, kw_only=True)
class Answer(Task[MediaSource, str]):
    """
    Answer a question about a text, an image or a PDF.

    A str is the path of an image if it ends like one, and else the text itself. What the
    text does not say is answered by "not stated".
    """

    name: ClassVar[str] = "answer"

    question: Annotated[str, "what is asked"]

    def __post_init__(self) -> None:
        filled("question", self.question, optional=False)

    def prepare(self, value: MediaSource) -> str | Media:
        if isinstance(value, str) and not _is_path(value):
            return value
        return Media.open(value)

    def request(self, value: MediaSource) -> Request:
        source = self.prepare(value)
        if isinstance(source, str):
            return self._ask(need_text(source), "Answer the question from the text.")
        media = need_media(source, Modality.IMAGE, Modality.DOCUMENT)
        return self._ask(media, f"Answer the question about the {media.modality}.")

    def read(self, completion: Completion) -> str:
        text = answered(completion)
        check_loop(text)
        return text

    def flow(self, value: MediaSource, budget: Budget) -> Flow[str]:
        request = self.request(value)
        room = budget.room(request)
        if request.media or room is None or budget.count(request.text) <= room:
            return (yield from ask(request, self.read, budget))
        combine = self._ask("", FROM_NOTES)
        most = min(room, budget.room(combine) or room)
        notes = yield from condensed(request.text, most, self._part, self._read_part, budget)
        if not notes:
            return NOT_STATED
        return (yield from ask(replace(combine, parts=(notes,), reads=()), self.read, budget))

    def extent(self, value: MediaSource) -> int:
        return len(value) if isinstance(value, str) else 1

    def _ask(self, source: str | Media, how: str) -> Request:
        wish = f'{how} If it does not say, answer "{NOT_STATED}". Answer with the answer only.'
        return Request(
            task=self.name,
            parts=(source,),
            instruction=f"{wish}\n\nQuestion: {self.question}",
            params={"question": self.question},
        )

    def _part(self, text: str, number: int, of: int) -> Request:
        how = f"This is part {number} of {of} of a longer text. Answer the question from it alone."
        return self._ask(text, how)

    def _read_part(self, completion: Completion) -> str:
        text = self.read(completion)
        return "" if text.strip("\"'. ").casefold() == NOT_STATED else text


FROM_NOTES = (
    "These are answers to the question, each from another part of one text."
    " Answer the question from all of them."
)


def _is_path(text: str) -> bool:
    """Whether it is the path of an image; raises BadInput for one that does not exist."""
    name = text.strip()
    if (
        len(name.splitlines()) > 1
        or len(name) > LONGEST_PATH
        or not name.lower().endswith(PICTURES)
    ):
        return False
    try:
        exists = Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        exists = False
    if not exists:
        raise BadInput(
            f"no file at {text!r}",
            hint="give the path of an image; end a text about one with a full stop",
        )
    return True
