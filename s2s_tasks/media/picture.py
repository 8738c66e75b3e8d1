"""
Pictures as models see them: opened by the one format that the bytes say, upright, in plain colours.

Size is known from the header before anything is decoded, and of a moving picture only the first
frame is. What is accepted takes at most 500 MB while it is opened, and 4 bytes a pixel then.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import BadInput
from .kinds import KINDS
from .limits import MOST_PIXELS, MOST_SCANNED
from .modality import Modality
from .peek import jpeg_scans, webp_size
from .pillow import pillow

if TYPE_CHECKING:
    from PIL.Image import Image

    from .media import Media

__all__ = ["OPENERS", "eight_bits", "opened", "picture"]

OPENERS = {kind.mime: kind.opener for kind in KINDS if kind.modality is Modality.IMAGE}
"""What Pillow calls the format of each MIME type."""


def picture(media: Media) -> Image:
    """
    The picture in RGB, upright as its notes say, what is transparent on white.

    Raises BadInput for what is no picture, is broken or cut, or has too many pixels, and
    MissingExtra without Pillow.
    """
    with _reading(media):
        return _plain(opened(media))


def opened(media: Media) -> Image:
    """The first frame as the file has it, decoded. Raises as `picture` does."""
    open_image = pillow().open
    with _reading(media):
        if (opener := OPENERS.get(media.mime)) is None:
            raise ValueError("it is no picture")
        data = media.data
        if opener == "WEBP":
            _check_pixels(media, *webp_size(data))
        image: Image = open_image(io.BytesIO(data), formats=[opener])
        _check_pixels(media, *image.size)
        if opener == "JPEG":
            _check_scans(media, jpeg_scans(data), image.width * image.height)
        image.load()
    return image


@contextmanager
def _reading(media: Media) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are checked here, and the rest is opinion
            yield
    except BadInput:
        raise
    except Exception as error:  # a decoder of broken files may raise anything
        raise _broken(media, error) from error


def _broken(media: Media, error: Exception) -> BadInput:
    kind, said = type(error).__name__, str(error)
    if kind == "DecompressionBombError":
        return _too_large(media)
    if kind == "UnidentifiedImageError":  # it would name an object in memory
        said = "its header is broken"
    return BadInput(
        f"{media.label} cannot be read as {media.mime}: {said or kind}",
        hint="it is broken or cut: save it anew, for example as PNG",
    )


def _check_pixels(media: Media, width: int, height: int) -> None:
    if width * height > MOST_PIXELS[media.mime]:
        raise _too_large(media)


def _too_large(media: Media) -> BadInput:
    limit = MOST_PIXELS[media.mime]
    return BadInput(f"{media.label} has more than {limit:,} pixels", hint="make it smaller first")


def _check_scans(media: Media, scans: int, pixels: int) -> None:
    if scans * pixels > MOST_SCANNED:
        raise BadInput(
            f"{media.label} goes over {pixels:,} pixels {scans} times, which is above the limit of "
            f"{MOST_SCANNED:,} in all",
            hint="save it anew as a JPEG that is not progressive",
        )


def _plain(image: Image) -> Image:
    """Each step lets go of the one before: two copies are held at most."""
    from PIL import ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    image = eight_bits(image)
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    if image.mode != "RGBA":
        image = image.convert("RGBA")
    return _on_white(image)


def eight_bits(image: Image) -> Image:
    """Grey of 16 bits scaled to 8, where Pillow alone would cut off what is above 255."""
    if not image.mode.startswith("I"):
        return image
    return image.point(lambda value: value * (1 / 256)).convert("L")


def _on_white(image: Image) -> Image:
    from PIL import Image as Images

    ground = Images.new("RGB", image.size, "white")
    ground.paste(image, mask=image)
    return ground
