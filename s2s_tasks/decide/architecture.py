"""The kinds of model there are: what a row says of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..decoding import Decoding
from ..exchange import Modality
from .checks import Output
from .evidence import Evidence
from .needs import Needs

__all__ = ["Architecture", "Finding", "Speed"]

TEXT = frozenset({Modality.TEXT})


@dataclass(frozen=True)
class Finding:
    """
    A fact that changes what a kind of model is worth, and for which needs it holds.

    `by`: how much better (or worse) its output is then, on the scale of 0 to 1; 0 for what
    is only worth saying. `source`: who found it, or "judgement".
    """

    says: str
    by: float
    when: Callable[[Needs], object] = field(compare=False)
    source: str = "judgement"

    def holds(self, needs: Needs) -> bool:
        """Not where it cannot tell: a plugin's row may raise anything, and harms no other."""
        try:
            return bool(self.when(needs))
        except Exception:  # noqa: BLE001  # as said
            return False

    def __str__(self) -> str:
        return f"{self.says} ({self.source})"


@dataclass(frozen=True)
class Speed:
    """
    How fast it is where nothing was measured, without an accelerator and with one.

    `gain`: how many times the items an hour where they are done in batches.
    """

    cpu: Evidence
    gpu: Evidence
    cpu_gain: float = 1
    gpu_gain: float = 1


@dataclass(frozen=True)
class Architecture:
    """
    A row: a kind of model, what it is for, and what it costs.

    `quality`: 0 to 1 for each task it can do, with "" for any that is not named; a task that is
    not there it cannot do. `only_with`: it is for inputs that hold one of these. `remote`: the input leaves the machine. `writes`: it puts things in
    its own words. `pairs`: labelled examples without which it is none. `window`: the longest
    input in tokens. `languages`: those it knows for a task, None for any. `gigabytes`: the least
    room for a model of it. `backend` and `extra`: who usually runs it, and how that is installed.
    `note`: what to know before the line that does it is typed.
    """

    name: str
    summary: str
    cost: str = ""
    limits: str = ""
    avoid: str = ""
    quality: Mapping[str, float] = field(default_factory=dict)
    reads: frozenset[Modality] = TEXT
    only_with: frozenset[Modality] = frozenset()
    outputs: frozenset[Output] = frozenset({"free"})
    remote: bool = False
    writes: bool = True
    repeats: bool = True
    pairs: int = 0
    window: int | None = None
    languages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gigabytes: float = 0
    speed: Speed | None = None
    decoding: Mapping[str, Decoding] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    backend: str = ""
    extra: str = ""
    note: str = ""
    source: str = "judgement"

    def takes(self, shown: frozenset[Modality]) -> bool:
        """Whether it reads all of what is shown, and is for such inputs."""
        return shown <= self.reads and (not self.only_with or bool(shown & self.only_with))

    def prior(self, task: str) -> float | None:
        """Its quality at a task before anything else is known; None if it cannot do it."""
        return self.quality.get(task, self.quality.get(""))
