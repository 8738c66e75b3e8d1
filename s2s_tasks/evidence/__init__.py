"""
What was measured: how fast each backend and model is on this machine, and how that is kept.

A figure holds for the machine, versions and settings it was taken under, and is looked up by
the decision helper through its Book; where none holds, the helper falls back on priors.
"""

from .book import Measured, age
from .fingerprint import Fingerprint, Machine, fingerprint, machine
from .hardware import this_machine
from .measure import SECONDS, Subject, measure
from .store import Record, Store
from .workload import TASKS, example

__all__ = [
    "SECONDS",
    "TASKS",
    "Fingerprint",
    "Machine",
    "Measured",
    "Record",
    "Store",
    "Subject",
    "age",
    "example",
    "fingerprint",
    "machine",
    "measure",
    "this_machine",
]
