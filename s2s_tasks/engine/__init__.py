"""
Advances flows: one board, and drivers that differ only in who answers it.

The board does no I/O. A driver takes requests from it, has a backend answer them, and brings
each answer back as it comes; so a call, a map, a stream and their async twins are the same
machine, and a slow or failing item never holds up the others. `drive_async` is imported where
it is awaited: asyncio is a fifth of the time that `import s2s_tasks` may take.
"""

from .board import Board
from .drive import drive, finish
from .job import Job, refusal
from .results import Results
from .stream import Stream

__all__ = [
    "Board",
    "Job",
    "Results",
    "Stream",
    "drive",
    "finish",
    "refusal",
]
