"""
Pictures as a remote model takes them: upright, small enough, and without what they tell of places.

What fits is sent as it is, unless it carries more than the picture. Pillow opens the rest.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import BadInput
from ..media import Media, Modality
from ..media.picture import OPENERS, eight_bits, opened

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["within"]

LOSSLESS = frozenset({"image/png", "image/gif"})
LOSSY = ("image/jpeg", "image/webp")
QUALITIES = (90, 75, 60)
SMALLEST = 64
"""Pixels of the longer side below which a picture is not made smaller any more."""

HARMLESS = frozenset({
    "adobe", "adobe_transform", "aspect", "background", "chromaticity", "default_image", "dpi",
    "duration", "extension", "gamma", "icc_profile", "interlace", "jfif", "jfif_density",
    "jfif_unit", "jfif_version", "loop", "progression", "progressive", "srgb", "timestamp",
    "transparency", "version",
})  # fmt: skip
"""Notes in a file that say how to show it, and nothing of where it comes from."""


def within(media: Media, *, edge: int, most_bytes: int, kinds: frozenset[str]) -> Media:
    """
    The picture with no side above `edge` pixels, in at most `most_bytes`, as one of `kinds`.

    `kinds` are MIME types. Place, time and camera are taken out, a turn noted beside the picture
    is made; of a moving picture, the first frame is kept. Raises BadInput for what is no
    picture, or has too many pixels to be opened.
    """
    with opened(media) as image:
        fits = max(image.size) <= edge and len(media.data) <= most_bytes and media.mime in kinds
        if fits and not _tells(image):
            return media
        return _smaller(_upright(image), media, edge, most_bytes, kinds)


def _tells(image: Image) -> bool:
    """Whether there is more in it than one picture as it is to be seen."""
    return bool(image.info.keys() - HARMLESS) or getattr(image, "is_animated", False)


def _upright(image: Image) -> Image:
    """As it is to be seen, in plain colours; of its notes, only what its colours mean."""
    from PIL import ImageOps

    turned = eight_bits(ImageOps.exif_transpose(image))
    plain = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    profile = image.info.get("icc_profile") if image.mode in {"RGB", "RGBA"} else None
    plain.info = {"icc_profile": profile} if profile else {}
    return plain


def _smaller(
    image: Image, media: Media, edge: int, most_bytes: int, kinds: frozenset[str]
) -> Media:
    for size in _sizes(max(image.size), edge):
        image.thumbnail((size, size))
        for mime, data in _written(image, media.mime, kinds):
            if len(data) <= most_bytes:
                return Media(Modality.IMAGE, mime, data, media.name)
    raise BadInput(f"{media.label} cannot be made to fit into {most_bytes:,} bytes")


def _sizes(longest: int, edge: int) -> Iterator[int]:
    """Ever smaller, until there would be nothing to see."""
    size = min(longest, edge)
    yield size
    while (size := size * 3 // 4) >= SMALLEST:
        yield size


def _written(image: Image, was: str, kinds: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Without loss if it was so, as drawings and screenshots are; else ever coarser."""
    if "image/png" in kinds and was in LOSSLESS:
        yield "image/png", _saved(image, "PNG")
    for mime in LOSSY:
        if mime in kinds:
            flat = _on_white(image) if mime == "image/jpeg" else image
            for quality in QUALITIES:
                yield mime, _saved(flat, OPENERS[mime], quality=quality)


def _saved(image: Image, kind: str, **settings: Any) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, icc_profile=image.info.get("icc_profile"), **settings)
    return data.getvalue()


def _on_white(image: Image) -> Image:
    """JPEG knows no transparency."""
    if image.mode != "RGBA":
        return image
    from PIL import Image

    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    flat = ground.convert("RGB")
    flat.info = image.info
    return flat
