"""The newest evidence that holds here and now, for the decision helper."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ..decide.evidence import Evidence
from ..errors import S2SError
from .store import Record, Store

__all__ = ["Measured", "age"]

State = tuple[int, int]
Records = Mapping[tuple[str, str | None], Sequence[Record]]


class Measured:
    """
    A Book over a store. It reads the file when that has changed, and never raises: where the
    file cannot be used, a warning says why, and nothing was measured.
    """

    def __init__(self, store: Store | None = None) -> None:
        self._store = store or Store()
        self._read: tuple[State | None, Records] = (None, {})

    def find(self, backend: str, model: str | None) -> Evidence | None:
        records = self._kept().get((backend, model), ())
        return next((one.evidence for one in records if one.fingerprint.holds), None)

    def _kept(self) -> Records:
        state = self._state()
        if state != self._read[0]:
            try:
                records = self._store.records() if state else ()
            except S2SError as error:
                records = ()
                warnings.warn(f"what was measured is not used: {error}", RuntimeWarning, 3)
            self._read = state, _by_name(records)
        return self._read[1]

    def _state(self) -> State | None:
        try:
            seen = self._store.path.stat()
        except OSError:
            return None
        return seen.st_mtime_ns, seen.st_size


def _by_name(records: Sequence[Record]) -> Records:
    """The newest first."""
    found: dict[tuple[str, str | None], list[Record]] = {}
    for record in reversed(records):
        evidence = record.evidence
        found.setdefault((evidence.backend, evidence.model), []).append(record)
    return found


def age(evidence: Evidence, now: datetime | None = None) -> timedelta | None:
    """How long ago it was measured; None for a prior."""
    if evidence.measured_at is None:
        return None
    return (now or datetime.now(UTC)) - evidence.measured_at
