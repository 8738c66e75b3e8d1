"""What is known of one model on a server, beside what its kind of server does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

__all__ = ["Facts", "Kind", "kind_named"]

EMBEDDERS: Final = re.compile(r"embed|minilm|(?:^|[/_-])(?:bge|gte|e5)[-_]", re.IGNORECASE)
LISTENERS: Final = re.compile(r"whisper|transcri|parakeet|canary-", re.IGNORECASE)


class Kind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    EMBEDDING = "embedding"
    SPEECH = "speech"


@dataclass(frozen=True)
class Facts:
    """`context`: tokens of prompt and output together; None where the server does not tell."""

    model: str
    kind: Kind = Kind.CHAT
    context: int | None = None
    vision: bool | None = None
    places: int | None = None
    """Requests that the server works on at once."""


def kind_named(model: str) -> Kind:
    """As its name says: servers seldom tell."""
    if EMBEDDERS.search(model):
        return Kind.EMBEDDING
    return Kind.SPEECH if LISTENERS.search(model) else Kind.CHAT
