"""
What passes between the rooms: a Request goes out, a Completion comes back, a Result remains.

A Request says everything twice. `task` and `params` say it to models that were trained for
the task; `instruction` and `parts` say it to models that follow words. A backend reads
whichever its model understands.
"""

from ..media import Media, Modality
from .completion import (
    Attempt,
    Completion,
    Finish,
    Output,
    Piece,
    Scores,
    Segment,
    Speech,
    Usage,
    Vector,
    Word,
)
from .enforces import Enforces
from .remark import Remark, Shown
from .request import Earlier, Part, Request
from .result import Completed, Decision, Reason, Result
from .signal import Signal
from .span import Coverage, Span
from .spoken import Spoken

__all__ = [
    "Attempt",
    "Completed",
    "Completion",
    "Coverage",
    "Decision",
    "Earlier",
    "Enforces",
    "Finish",
    "Media",
    "Modality",
    "Output",
    "Part",
    "Piece",
    "Reason",
    "Remark",
    "Request",
    "Result",
    "Scores",
    "Segment",
    "Shown",
    "Signal",
    "Span",
    "Speech",
    "Spoken",
    "Usage",
    "Vector",
    "Word",
]
