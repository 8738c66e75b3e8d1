"""The decision helper: who should do a task, why, who was rejected and why."""

from ..exchange import Decision, Reason
from .architecture import BUILT_IN, Architecture
from .choose import choose
from .needs import Needs

__all__ = ["BUILT_IN", "Architecture", "Decision", "Needs", "Reason", "choose"]
