"""Windows cut and joined: where one is too long, never ended, or ended in the midst of speech."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from .held import Held
from .window import RATE

if TYPE_CHECKING:
    from .window import Samples, Window

__all__ = ["cut_at", "in_pause", "join", "quietest"]


def cut_at(window: Window, second: float, *, forced: bool) -> tuple[Window, Window]:
    """The window up to a second of the recording and from there on; `forced`: it cuts speech."""
    at = min(max(round((second - window.start) * RATE), 0), len(window.samples))
    border = window.start + at / RATE
    before = tuple((start, min(end, border)) for start, end in window.stretches if start < border)
    after = tuple((max(start, border), end) for start, end in window.stretches if end > border)
    early, late = (cast("Samples", part) for part in (window.samples[:at], window.samples[at:]))
    head = replace(window, samples=early, stretches=before, forced=forced)
    return head, replace(window, start=border, samples=late, stretches=after)


def join(one: Window, other: Window) -> Window | None:
    """Two windows as one, None if there is a gap between them."""
    import numpy as np

    if round((other.start - one.end) * RATE) != 0:
        return None
    samples = cast("Samples", np.concatenate((one.samples, other.samples)))
    stretches = *one.stretches, *other.stretches
    return replace(other, start=one.start, samples=samples, stretches=stretches)


def in_pause(window: Window, low: float, high: float) -> float | None:
    """The middle of the longest pause whose middle lies between two seconds; None if none does."""
    pauses = [
        (after - before, (before + after) / 2)
        for (_, before), (after, _) in pairwise(window.stretches)
        if after > before and low <= (before + after) / 2 <= high
    ]
    return max(pauses, default=(0.0, None))[1]


def quietest(window: Window, low: float, high: float) -> float:
    """Where between two seconds it is quietest."""
    held = Held()
    held.add(window.samples)
    begin, end = (round((second - window.start) * RATE) for second in (low, high))
    return window.start + held.quietest(begin, end) / RATE
