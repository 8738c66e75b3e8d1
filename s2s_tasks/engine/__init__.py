"""
Advances flows: one board, and drivers that differ only in who answers it.

The board does no I/O. A driver takes requests from it, has a backend answer them, and brings
each answer back as it comes; so a call, a map, a stream and their async twins are the same
machine, and a slow or failing item never holds up the others.
"""

from .board import Board
from .drive import drive, finish
from .drive_async import drive_async, finish_async
from .job import Job, refusal
from .results import Results
from .stream import Stream

__all__ = [
    "Board",
    "Job",
    "Results",
    "Stream",
    "drive",
    "drive_async",
    "finish",
    "finish_async",
    "refusal",
]
