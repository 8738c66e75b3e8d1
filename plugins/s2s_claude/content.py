"""The parts of a request as blocks of a message: pictures, documents, then texts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from s2s_tasks.errors import BadInput
from s2s_tasks.media import Media, Modality
from s2s_tasks.remote.pictures import within

from .models import SMALL_EDGE

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request

    from .models import Model

__all__ = ["Block", "blocks_of", "sent"]

Block = dict[str, object]

KINDS: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
MOST_PICTURE: Final = 7_500_000
"""Bytes of one picture: 10 MB in base64."""

FEW, MANY_EDGE = 20, 2_000
"""Beyond so many pictures in a request, none may have a longer side."""

MOST_BODY: Final = 31_000_000
"""Bytes of a whole request, which may have 32 MB, with room for what is around them."""


def blocks_of(request: Request, model: Model) -> list[Block]:
    """Raises BadInput for what cannot be sent."""
    edge = _edge(request, model)
    blocks = [_of_media(media, edge) for media in request.media]
    if text := sent(request.text):
        blocks.append({"type": "text", "text": text})
    if not blocks:
        raise BadInput("there is nothing to send: the input is blank", hint="give a text")
    _check_size(blocks)
    return blocks


def _edge(request: Request, model: Model) -> int:
    """The longest side that is sent; a caption needs no more, and many pictures may have less."""
    many = len(request.media) > FEW
    most = (
        SMALL_EDGE if request.task == "caption" else model.edge,
        MANY_EDGE if many else model.edge,
    )
    return min(model.edge, *most)


def sent(text: str) -> str:
    """The text, or nothing if it is blank; raises BadInput if it is no Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"the text has half a surrogate pair at position {error.start}",
            hint='decode it anew, with errors="replace" if need be',
        ) from None
    return text if text.strip() else ""


def _of_media(media: Media, edge: int) -> Block:
    if media.modality is Modality.IMAGE:
        fitting = within(media, edge=edge, most_bytes=MOST_PICTURE, kinds=KINDS)
        return {"type": "image", "source": _source(fitting)}
    if media.mime != "application/pdf" or not media.data.startswith(b"%PDF-"):
        raise BadInput(f"{media.name or 'the document'} is no PDF", hint="give a PDF or its text")
    return {"type": "document", "source": _source(media)}


def _source(media: Media) -> Block:
    data = base64.b64encode(media.data).decode("ascii")
    return {"type": "base64", "media_type": media.mime, "data": data}


def _check_size(blocks: list[Block]) -> None:
    size = sum(_size(block) for block in blocks)
    if size > MOST_BODY:
        raise BadInput(
            f"the input has {size:,} bytes as it is sent; a request has at most {MOST_BODY:,}",
            hint="give fewer or smaller files: encoded, they grow by a third",
        )


def _size(block: Block) -> int:
    source = block.get("source")
    if isinstance(source, dict):
        return len(source["data"])
    return len(str(block["text"]).encode())
