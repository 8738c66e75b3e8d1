"""Media as the input of a task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadInput
from ..media import Media

if TYPE_CHECKING:
    from ..media import MediaSource, Modality

__all__ = ["need_media"]


def need_media(source: MediaSource, *allowed: Modality) -> Media:
    """Open it; raises BadInput if it is of another modality."""
    media = Media.open(source)
    if media.modality not in allowed:
        wanted = " or ".join(allowed)
        raise BadInput(
            f"{media.name or 'the data'} is {media.mime}, and this task needs an {wanted}",
            hint=f"give an {wanted}, or use a task for {media.modality}",
        )
    return media
