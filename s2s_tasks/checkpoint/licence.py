"""Under which licence a checkpoint stands, as its model card says."""

from __future__ import annotations

import re
from typing import Final

from .folder import Checkpoint

__all__ = ["licence", "non_commercial"]

MOST_CARD: Final = 100_000
"""Characters of a model card that are read: its front matter comes first."""

FRONT_MATTER: Final = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE
)
FORBIDDING: Final = re.compile(r"\b(nc|non-?commercial|research|mrl|mnpl|amlr|cpml)\b")
"""Of Creative Commons, Qwen, Mistral (research and non-production), Apple and Coqui."""


def licence(checkpoint: Checkpoint) -> str:
    """Its name as on the hub: "apache-2.0", "cc-by-nc-4.0". "" if the card does not say it."""
    try:
        with (checkpoint.folder / "README.md").open(encoding="utf-8", errors="replace") as card:
            front = FRONT_MATTER.match(card.read(MOST_CARD))
    except OSError:
        return ""
    entries = front.group(1) if front else ""
    named = _entry(entries, "license")
    return (_entry(entries, "license_name") or named) if named == "other" else named


def non_commercial(licence: str) -> bool:
    """Whether a licence of that name is known to forbid commercial use; an unknown one is not."""
    return bool(FORBIDDING.search(licence.lower().replace("_", "-").replace(" ", "-")))


def _entry(front: str, key: str) -> str:
    """The value of a key, or the first item of its list."""
    found = re.search(rf"^{key}:[ \t]*(?:\r?\n[ \t]*-[ \t]*)?([^\r\n#]*)", front, re.MULTILINE)
    return found.group(1).strip().strip("\"'").lower() if found else ""
