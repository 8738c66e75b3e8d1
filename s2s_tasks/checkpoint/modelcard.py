"""What the front matter of a checkpoint's README says: its licence, its languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .folder import Checkpoint

__all__ = ["listed"]

MOST_CARD: Final = 100_000
"""Characters of a model card that are read: its front matter comes first."""

FRONT_MATTER: Final = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE
)


def listed(checkpoint: Checkpoint, key: str) -> tuple[str, ...]:
    """The items under a key, or its only value, in lower case; () if the card does not say it."""
    try:
        with (checkpoint.folder / "README.md").open(encoding="utf-8", errors="replace") as card:
            front = FRONT_MATTER.match(card.read(MOST_CARD))
    except OSError:
        return ()
    entry = rf"^{key}:(.*(?:\r?\n(?:[ \t-].*)?)*)"
    found = re.search(entry, front.group(1), re.MULTILINE) if front else None
    return tuple(_items(found.group(1))) if found else ()


def _items(entry: str) -> Iterator[str]:
    for line in entry.splitlines():
        for item in line.partition("#")[0].strip().removeprefix("- ").strip("[] \t").split(","):
            if text := item.strip().strip("\"'").lower():
                yield text
