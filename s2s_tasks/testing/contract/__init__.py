"""
What every backend promises, as tests that a plugin's author inherits.

Each method's name is a claim. The claims are sorted by what they are about; the class below
joins them. They need pytest's plain collection and nothing else, and no model of their own.
"""

from __future__ import annotations

from .answering import Answering
from .card import Card
from .counting import Counting
from .fitting import Fitting
from .hostility import Hostility
from .stopping import Stopping
from .streaming import Streaming
from .subject import Subject

__all__ = ["BackendContract", "Subject"]


class BackendContract(Answering, Streaming, Stopping, Fitting, Counting, Hostility, Card):
    """
    Subclass it, name your backend, and run pytest.

    >>> from s2s_tasks.testing import Scripted
    >>> class TestMine(BackendContract):
    ...     def make_backend(self):
    ...         return Scripted(lambda request: request.text.upper())
    >>> TestMine().test_a_batch_answers_as_its_requests_do_alone()

    Answers must be reproducible: serve recorded ones, decode greedily, or override `same`. A
    claim that does not apply, or that your examples are too small to show, is skipped with
    the reason.
    """
