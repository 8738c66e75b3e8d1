"""Arrays and images in memory, written as files that everybody reads."""

from __future__ import annotations

import io
import struct
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from ..errors import BadInput
from .limits import LOUDEST, MOST_PIXELS
from .mixer import RATE

if TYPE_CHECKING:
    from typing import Any

    import numpy as np
    from PIL.Image import Image

__all__ = ["Array", "written"]

FLOATS = 3
"""What a WAV calls samples that are floats."""


class Array(Protocol):
    """A numpy array or a Pillow image."""

    @property
    def __array_interface__(self) -> Mapping[str, Any]: ...


def written(source: object) -> bytes | None:
    """
    As the bytes of a WAV or a PNG; None if it is neither a numpy array nor a Pillow image.

    One row of floats is sound at 16 kHz, full scale 1; bytes by height and width, alone or 3
    (RGB) or 4 (RGBA) deep, are a picture. Raises BadInput for any other shape.
    """
    # What was never imported made no object, so nothing is imported to find out.
    if (pillow := sys.modules.get("PIL.Image")) and isinstance(source, pillow.Image):
        return _image(source)
    if (numpy := sys.modules.get("numpy")) and isinstance(source, numpy.ndarray):
        return _array(source)
    return None


def _array(array: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    if array.ndim == 1 and array.dtype.kind == "f":
        return _sound(array)
    depth = array.shape[2:]
    if array.ndim in {2, 3} and array.dtype == "uint8" and depth in {(), (3,), (4,)}:
        return _pixels(array)
    raise BadInput(
        f"an array of {array.dtype} in the shape {array.shape} is neither sound nor a picture",
        hint="sound is one row of floats at 16 kHz from -1 to 1 (divide int16 by 32768), "
        "a picture is uint8 by height and width, alone or with 3 or 4 colours",
    )


def _sound(array: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    import numpy as np

    if not array.size:
        raise BadInput("the array is empty", hint="give at least one sample")
    if not np.isfinite(array).all():
        raise BadInput("the array has samples that are no numbers", hint="see numpy.isfinite")
    if (peak := float(np.abs(array).max())) > LOUDEST:
        raise BadInput(
            f"the array has samples of {peak:,.0f}, and full scale is 1",
            hint="divide samples of int16 by 32768",
        )
    return _wave(array.astype("<f4").tobytes())


def _wave(data: bytes) -> bytes:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, FLOATS, 1, RATE, 4 * RATE, 4, 32)
    fact = struct.pack("<4sII", b"fact", 4, len(data) // 4)
    body = b"WAVE" + form + fact + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _pixels(array: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    from .pillow import pillow

    if not array.size:
        raise BadInput(f"a picture in the shape {array.shape} has no pixels")
    _check_pixels(array.shape[1], array.shape[0])
    return _png(pillow().fromarray(array))


def _image(image: Image) -> bytes:
    from PIL import ImageOps

    _check_pixels(*image.size)
    try:
        return _png(ImageOps.exif_transpose(image))
    except Exception as error:  # it may have been opened and not read, and be broken
        raise BadInput(f"the image cannot be read: {error}") from error


def _png(image: Image) -> bytes:
    if image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    data = io.BytesIO()
    image.save(data, "PNG", compress_level=1)
    return data.getvalue()


def _check_pixels(width: int, height: int) -> None:
    if not width * height:
        raise BadInput(f"an image of {width} by {height} has no pixels")
    if width * height > (limit := MOST_PIXELS["image/png"]):
        raise BadInput(f"the image has more than {limit:,} pixels", hint="make it smaller first")
