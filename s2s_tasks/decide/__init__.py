"""
The decision helper: which kind of model, which backend, why, and when it would be another.

`decide` advises on an undertaking that may only be described; `choose` picks the backend of a
real call among those that are here. Both rank by the same rows, findings and weights.
"""

from ..exchange import Decision, Reason
from .advice import Advice
from .architecture import Architecture, Finding, Speed
from .candidate import Candidate, Expected
from .choose import choose
from .decide import decide
from .evidence import BLANK, Book, Evidence, Score, Timing
from .hardware import Hardware
from .needs import Needs
from .predict import Seconds, predict
from .rows import BUILT_IN
from .situation import Prices
from .weights import Weights

__all__ = [
    "BLANK",
    "BUILT_IN",
    "Advice",
    "Architecture",
    "Book",
    "Candidate",
    "Decision",
    "Evidence",
    "Expected",
    "Finding",
    "Hardware",
    "Needs",
    "Prices",
    "Reason",
    "Score",
    "Seconds",
    "Speed",
    "Timing",
    "Weights",
    "choose",
    "decide",
    "predict",
]
