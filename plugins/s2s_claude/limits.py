"""What a request must keep to beside its options, told before anything is read or sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2s_tasks.backend import Misfit
from s2s_tasks.media import Modality

from .content import KINDS, MOST_BODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s2s_tasks.exchange import Request
    from s2s_tasks.media import Media

    from .models import Model

__all__ = ["of_media"]

PDF = "application/pdf"


def of_media(request: Request, model: Model) -> Iterator[Misfit]:
    """Too many pictures, files of unknown kinds, documents that are too large."""
    pictures = [media for media in request.media if media.modality is Modality.IMAGE]
    documents = [media for media in request.media if media.modality is Modality.DOCUMENT]
    if len(pictures) > model.most_pictures:
        reason = f"reads at most {model.most_pictures} pictures in a request, not {len(pictures)}"
        yield Misfit("input", reason, "send fewer at once")
    yield from _of_kinds(pictures, KINDS)
    yield from _of_kinds(documents, frozenset({PDF}))
    if (size := sum(4 * -(-len(media.data) // 3) for media in documents)) > MOST_BODY:
        reason = f"takes requests of {MOST_BODY:,} bytes; in base64, the documents have {size:,}"
        yield Misfit("input", reason, "split them, or send their text")


def _of_kinds(files: Sequence[Media], known: frozenset[str]) -> Iterator[Misfit]:
    for mime in sorted({media.mime for media in files} - known):
        yield Misfit("input", f"cannot read {mime}", f"it reads {', '.join(sorted(known))}")
