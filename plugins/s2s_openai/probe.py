"""
A look at a server: which kind it is, by what it tells of itself, and what its models are like.

Only what is free of charge is asked for. What was seen is kept for some minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.errors import S2SError

from .clues import CLUES, HOSTS, details
from .facts import Facts
from .profiles import UNKNOWN
from .sight import Sight

if TYPE_CHECKING:
    from .address import Address
    from .profile import Profile

__all__ = ["Probe", "probed"]

KEPT: Final = 300.0
"""Seconds."""


@dataclass
class Probe:
    """What one server told. `given` is the profile that the caller knows better."""

    address: Address
    sight: Sight
    given: Profile | None = None
    made: float = field(default_factory=time.monotonic)

    @property
    def profile(self) -> Profile:
        return self._recognised[0]

    @property
    def why(self) -> str:
        """By what it was recognised."""
        return self._recognised[1]

    @cached_property
    def _recognised(self) -> tuple[Profile, str]:
        if self.given is not None:
            return self.given, "as told"
        if self.address.host in HOSTS:
            return HOSTS[self.address.host], f"its host is {self.address.host}"
        for clue in CLUES:
            if clue.fits(self.sight):
                return clue.profile, clue.words
        return UNKNOWN, "nothing that it tells is known of any kind"

    @cached_property
    def models(self) -> dict[str, dict[str, Any]]:
        """What it lists, by name."""
        rows = self.sight.rows("/models")
        return {str(row["id"]): row for row in rows if row.get("id")}

    def facts(self, model: str) -> Facts:
        """What is known of a model here."""
        return details(self.profile, self.sight, model)

    def check(self) -> None:
        """Raise NotConfigured if nobody answers there, or not to this key."""
        if (problem := self.problem) is not None:
            raise problem

    @property
    def problem(self) -> S2SError | None:
        """What is wrong with the server, or with the way to it."""
        return self.sight.trouble

    @property
    def fresh(self) -> bool:
        """Whether it may be relied on: it is not long ago, and nothing was wrong."""
        young = time.monotonic() - self.made < KEPT
        return young and not (self.sight.looked and self.problem)

    @property
    def unheard(self) -> bool:
        """Whether nobody answered at all."""
        return self.sight.at("/models").error is not None


_seen: dict[Address, Probe] = {}


def probed(address: Address, profile: Profile | None = None) -> Probe:
    """A look at the server, or the last one if it is not long ago."""
    kept = _seen.get(address)
    if kept is not None and kept.fresh and kept.given == profile:
        return kept
    probe = _seen[address] = Probe(address, Sight(address), profile)
    return probe
