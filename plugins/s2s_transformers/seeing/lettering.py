"""Fonts for models that read their question in the picture: as near to Arial as the machine has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from PIL import ImageFont

from s2s_tasks.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Lettering"]

HUB: Final = ("ybelkada/fonts", "Arial.TTF")
"""Where transformers looks for the font that the models were trained with."""

LIKE_ARIAL: Final = ("Arial.ttf", "arial.ttf", "LiberationSans-Regular.ttf", "Arimo-Regular.ttf")
"""Arial, and fonts of the very same measures."""

PLAIN: Final = ("DejaVuSans.ttf", "NotoSans-Regular.ttf")
"""Of many letters; Pillow's own font has no more than ASCII."""

OTHER: Final = (
    "the question is drawn in another font than Arial, in which the model was trained to read it:"
    " download ybelkada/fonts, or install Liberation Sans"
)
NOWHERE: Final = "\U0010fffe"
"""No font has this: what it shows instead is its sign for what is missing."""

SIZE: Final = 36


@dataclass(frozen=True)
class Lettering:
    """A TrueType font, and what to warn of."""

    font_bytes: bytes
    remarks: tuple[str, ...] = ()

    @classmethod
    def at_hand(cls) -> Self:
        """Nothing is fetched: from the hub's cache, the system's fonts, or Pillow's own."""
        for path in (*_cached(), *_installed(*LIKE_ARIAL)):
            return cls(path.read_bytes())
        for path in _installed(*PLAIN):
            return cls(path.read_bytes(), (OTHER,))
        own = ImageFont.load_default(SIZE)
        return cls(getattr(own, "font_bytes", b""), (OTHER,))

    def check(self, text: str) -> None:
        """Raise BadInput for letters that the font does not have."""
        lacking = [letter for letter in dict.fromkeys(text) if not self._has(letter)]
        if lacking:
            raise BadInput(
                f"the question cannot be drawn: the font has no {', '.join(map(repr, lacking[:5]))}",
                hint="ask in Latin letters, or install Arial or Liberation Sans",
            )

    def _has(self, letter: str) -> bool:
        return letter.isspace() or _shape(self.font_bytes, letter) != _shape(
            self.font_bytes, NOWHERE
        )


def _cached() -> Iterator[Path]:
    from huggingface_hub import try_to_load_from_cache

    if isinstance(found := try_to_load_from_cache(*HUB), str):
        yield Path(found)


def _installed(*names: str) -> Iterator[Path]:
    for name in names:
        try:
            yield Path(str(ImageFont.truetype(name).path))
        except OSError:
            continue


@lru_cache(maxsize=4_096)
def _shape(font_bytes: bytes, letter: str) -> tuple[object, ...]:
    drawn = _font(font_bytes).getmask(letter)
    return (*drawn.size, *drawn)


@cache
def _font(font_bytes: bytes) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BytesIO(font_bytes), SIZE, layout_engine=ImageFont.Layout.BASIC)
