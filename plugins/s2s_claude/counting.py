"""How many tokens there can be, without asking: the service has no tokenizer to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.media import Modality

from .models import MOST_PATCHES

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request
    from s2s_tasks.media import Media

    from .models import Model

__all__ = ["count_tokens", "most_input"]

AROUND: Final = 400
"""Tokens around what is sent, and of the words that the service puts before a schema."""


def count_tokens(text: str) -> int:
    """
    At most so many: two for three bytes of UTF-8.

    Models from 4.7 on make about 30 % more tokens of a text than those before, for which one
    token for two bytes was enough.
    """
    return -(-2 * len(text.encode("utf-8", "surrogatepass")) // 3)


def most_input(request: Request, model: Model) -> int:
    """The most tokens that a request can be billed for as its input; a PDF may fill the context."""
    texts = [request.system, request.words, request.text]
    if request.earlier is not None:
        texts += [request.earlier.answer, request.earlier.complaint]
    seen = sum(_most_seen(media, model) for media in request.media)
    return min(model.context, AROUND + sum(map(count_tokens, texts)) + seen)


def _most_seen(media: Media, model: Model) -> int:
    return MOST_PATCHES[model.edge] if media.modality is Modality.IMAGE else model.context
