"""
Images, recordings and documents: opened safely, named by what their bytes say.

Only bytes, open files, paths, arrays and Pillow's images are read; a `str` is a path and never
a URL, so nothing is fetched by accident (`fetch` does it, on request). The size is checked
before the bytes are read, the type by their first bytes and not by the file's name. What a
model is fed with is made here, too: samples (`sound`) and pixels (`picture`).
"""

from .media import Media, MediaSource
from .modality import Modality

__all__ = ["Media", "MediaSource", "Modality"]
