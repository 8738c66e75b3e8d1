"""
An encoder of pictures before a decoder of texts: captions, one line of text, or a document.

What one was trained for is told by its processor and its tokens. ViT-GPT2 and its like have no
processor of their own, and write captions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.generating import Generating

from ...engine import TorchEngine
from ..family import Family, Said
from ..reading import misfits_of_reading, written_as_json
from ..sight import sight_of
from .donut import Donut, DonutCodec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image

    from s2s_tasks.backend import Misfit
    from s2s_tasks.checkpoint.folder import Checkpoint
    from s2s_tasks.exchange import Request

    from ...device import Placement
    from ..sight import Sight

__all__ = ["Captioner", "PageReader", "opened"]

BATCH: Final = 8
PAGES: Final = 2
"""Pictures computed together; those of documents have millions of pixels."""

PAGE_READERS: Final = frozenset({"NougatProcessor"})


def opened(name: str, checkpoint: Checkpoint, placement: Placement) -> Generating:
    """Raises NotConfigured and Unsupported as `sight_of` does, and for a Donut without a task."""
    sight = sight_of(checkpoint)
    lowering: Family
    match sight.processor_class:
        case "DonutProcessor":
            sight = sight_of(checkpoint, DonutCodec(sight.codec))
            lowering, batch = Donut(sight), PAGES
        case reader if reader in PAGE_READERS:
            lowering, batch = PageReader(sight), PAGES
        case "TrOCRProcessor":
            lowering, batch = LineReader(sight), BATCH
        case _ if sight.writer.model_type == "trocr":
            lowering, batch = LineReader(sight), BATCH
        case _:
            lowering, batch = Captioner(sight), BATCH
    engine = TorchEngine(
        checkpoint,
        sight.codec,
        placement,
        auto="VisionEncoderDecoderModel",
        encodes=True,
        batch=batch,
    )
    return Generating(name, checkpoint, sight.codec, lowering, engine)


class Captioner(Family):
    """One caption for one picture."""

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"caption"})

    def said(self, request: Request, image: Image) -> Said:
        del request, image
        return Said(start=self.sight.start)


class PageReader(Family):
    """The text of a page, as Nougat writes it in Markdown."""

    writes_json = True

    def __init__(self, sight: Sight) -> None:
        super().__init__(sight, {"answer", "extract"})

    def said(self, request: Request, image: Image) -> Said:
        del request
        return Said(start=self.sight.start, warnings=self.remarks(image))

    def remarks(self, image: Image) -> tuple[str, ...]:
        del image
        return ()

    def misfits(self, request: Request) -> Iterator[Misfit]:
        yield from super().misfits(request)
        yield from misfits_of_reading(request)

    def shapes(self, request: Request) -> bool:
        return request.schema is not None

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        return written_as_json(request, text), ()


class LineReader(PageReader):
    """The text of one line, as TrOCR reads it."""

    def remarks(self, image: Image) -> tuple[str, ...]:
        if 2 * image.height < image.width:
            return ()
        return ("the model reads a single line of text: cut the picture into lines first",)
