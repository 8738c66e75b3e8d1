"""
Translate, summarize, caption, transcribe, extract: one call, any backend.

>>> from s2s_tasks import tasks
>>> print(tasks.summarize("It rained. It rained all day, and the river rose.", max_words=9))
It rained all day, and the river rose.
"""

from .backend import Backend, BackendSpec, Capabilities, Enforces, Misfit, Outcome, Place
from .client import Tasks, tasks
from .decide import Architecture
from .decoding import Assistant, Beam, Greedy, PromptLookup, Sample
from .engine import Results, Stream
from .errors import (
    BackendError,
    BadInput,
    BadSetting,
    BrokenOff,
    Cancelled,
    CutOff,
    Incomplete,
    InvalidOutput,
    MissingExtra,
    NotConfigured,
    OutOfTime,
    OverBudget,
    PluginError,
    Refused,
    S2SError,
    SchemaRejected,
    TooLong,
    UnknownName,
    Unsupported,
    UsageError,
)
from .exchange import (
    Attempt,
    Completed,
    Completion,
    Coverage,
    Decision,
    Finish,
    Media,
    Modality,
    Piece,
    Reason,
    Request,
    Result,
    Scores,
    Segment,
    Signal,
    Span,
    Speech,
    Usage,
    Vector,
    Word,
)
from .hooks import hookimpl
from .policy import Policy, Timeout
from .registry import Registry
from .schema import Schema
from .task import Budget, Flow, Task, ask, together

__version__ = "0.1.0"

__all__ = [
    "Architecture",
    "Assistant",
    "Attempt",
    "Backend",
    "BackendError",
    "BackendSpec",
    "BadInput",
    "BadSetting",
    "Beam",
    "BrokenOff",
    "Budget",
    "Cancelled",
    "Capabilities",
    "Completed",
    "Completion",
    "Coverage",
    "CutOff",
    "Decision",
    "Enforces",
    "Finish",
    "Flow",
    "Greedy",
    "Incomplete",
    "InvalidOutput",
    "Media",
    "Misfit",
    "MissingExtra",
    "Modality",
    "NotConfigured",
    "OutOfTime",
    "Outcome",
    "OverBudget",
    "Piece",
    "Place",
    "PluginError",
    "Policy",
    "PromptLookup",
    "Reason",
    "Refused",
    "Registry",
    "Request",
    "Result",
    "Results",
    "S2SError",
    "Sample",
    "Schema",
    "SchemaRejected",
    "Scores",
    "Segment",
    "Signal",
    "Span",
    "Speech",
    "Stream",
    "Task",
    "Tasks",
    "Timeout",
    "TooLong",
    "UnknownName",
    "Unsupported",
    "Usage",
    "UsageError",
    "Vector",
    "Word",
    "ask",
    "hookimpl",
    "tasks",
    "together",
]
