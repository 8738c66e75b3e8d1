"""Under which licence a checkpoint stands, as its model card says."""

from __future__ import annotations

import re
from typing import Final

from .folder import Checkpoint
from .modelcard import listed

__all__ = ["licence", "non_commercial"]

FORBIDDING: Final = re.compile(r"\b(nc|non-?commercial|research|mrl|mnpl|amlr|cpml)\b")
"""Of Creative Commons, Qwen, Mistral (research and non-production), Apple and Coqui."""


def licence(checkpoint: Checkpoint) -> str:
    """Its name as on the hub: "apache-2.0", "cc-by-nc-4.0". "" if the card does not say it."""
    [named, *_] = *listed(checkpoint, "license"), ""
    if named == "other":
        [named, *_] = *listed(checkpoint, "license_name"), named
    return named


def non_commercial(licence: str) -> bool:
    """Whether a licence of that name is known to forbid commercial use; an unknown one is not."""
    return bool(FORBIDDING.search(licence.lower().replace("_", "-").replace(" ", "-")))
