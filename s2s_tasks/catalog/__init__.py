"""
The built-in tasks, one file each.

A task says what is wanted, both ways, and reads the answer: what it hands on keeps the
task's promises, or it is an error with words that the model can act on. `need_text`,
`answered` and `check_loop` are the checks that most tasks share, for tasks of your own too;
a task whose answers are JSON streams them by a `JsonDraft`.
"""

from .answer import Answer
from .caption import Caption
from .classify import Classification, Classify
from .codegen import Codegen
from .embed import Embed, Embedding
from .extract import Extract
from .invariants import answered, check_loop, need_text
from .partial import JsonDraft
from .summarize import Summarize
from .transcribe import Transcribe
from .transcript import Transcript
from .translate import Translate

__all__ = [
    "BUILT_IN",
    "Answer",
    "Caption",
    "Classification",
    "Classify",
    "Codegen",
    "Embed",
    "Embedding",
    "Extract",
    "JsonDraft",
    "Summarize",
    "Transcribe",
    "Transcript",
    "Translate",
    "answered",
    "check_loop",
    "need_text",
]

BUILT_IN = (Summarize, Translate, Caption, Answer, Transcribe, Codegen, Extract, Classify, Embed)
"""In the order in which they are listed."""
