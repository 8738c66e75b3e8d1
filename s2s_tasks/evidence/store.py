"""
Evidence on disk: one SQLite file of this user, which any number of processes may write to.

What is kept are names, versions and figures: never an input, an answer or a key.
"""

from __future__ import annotations

import json
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from ..decide.evidence import Evidence, Score, Timing
from ..errors import NotConfigured
from .fingerprint import Fingerprint
from .folder import data_folder, made

__all__ = ["Record", "Store"]

T = TypeVar("T")

FILE: Final = "evidence.sqlite3"
PATIENCE: Final = 10.0
"""Seconds to wait for another process that is writing."""

STEPS: Final = (
    """
    CREATE TABLE measured (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, fingerprint TEXT NOT NULL,
        backend TEXT NOT NULL, model TEXT, task TEXT NOT NULL, figures TEXT NOT NULL
    );
    CREATE INDEX measured_of ON measured (backend, model);
    CREATE TABLE scored (
        measured INTEGER NOT NULL REFERENCES measured (id) ON DELETE CASCADE,
        metric TEXT NOT NULL, value REAL NOT NULL, examples INTEGER NOT NULL
    );
    """,
)
"""What makes each version of the schema from the one before; the last is this one."""

FIGURES: Final = (
    "load_seconds",
    "first_piece_seconds",
    "input_tokens_per_second",
    "output_tokens_per_second",
    "memory_bytes",
)
RUINED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
BESIDE: Final = ("", "-journal", "-wal", "-shm")
"""Ends of the names of files that belong together: a journal must not meet another database."""


@dataclass(frozen=True)
class Record:
    """Evidence, and what it was taken under."""

    evidence: Evidence
    fingerprint: Fingerprint


class Store:
    """
    A file of evidence, by default the user's own; made when something is first added.

    A file that is ruined is set aside, with a warning, and a new one is begun. Raises
    NotConfigured where the file can be neither read nor written, or is of a later version.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        return self._path or data_folder() / FILE

    def add(self, evidence: Evidence, fingerprint: Fingerprint) -> None:
        """Keep it beside what is there."""
        made(self.path.parent)
        self._do(lambda base: _add(base, evidence, fingerprint))

    def records(self) -> Sequence[Record]:
        """All, the oldest first."""
        return self._do(_records) if self.path.exists() else ()

    def forget(self, backend: str | None = None, model: str | None = None) -> int:
        """Drop what is kept of a backend, a model or both; of all without either. How many."""
        if not self.path.exists():
            return 0
        return self._do(lambda base: _forget(base, backend, model))

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            try:
                return self._tried(work)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode not in RUINED:
                    raise
                self._set_aside(error)
                return self._tried(work)
        except (sqlite3.Error, OSError) as error:
            raise NotConfigured(
                f"the evidence in {self.path} cannot be used: {error}",
                hint="set S2S_DATA to a folder that you may write to",
            ) from error

    def _tried(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with closing(_opened(self.path)) as base, _at_once(base):
            return work(base)

    def _set_aside(self, error: sqlite3.Error) -> None:
        path, aside = self.path, self.path.with_name(f"{FILE}.ruined-{time.time_ns()}")
        with suppress(FileNotFoundError):  # then another process was faster
            for end in BESIDE:
                Path(f"{path}{end}").rename(f"{aside}{end}")
        warnings.warn(
            f"the evidence in {path} cannot be read ({error}): it was set aside as {aside.name}, "
            "and measuring begins anew",
            RuntimeWarning,
            stacklevel=5,
        )


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        base.execute("PRAGMA foreign_keys = ON")
        if _version(base) != len(STEPS):
            _upgrade(base, path)
    except BaseException:
        base.close()
        raise
    return base


def _version(base: sqlite3.Connection) -> int:
    [version] = base.execute("PRAGMA user_version").fetchone()
    return int(version)


def _upgrade(base: sqlite3.Connection, path: Path) -> None:
    with _at_once(base):
        version = _version(base)  # another process may have done it meanwhile
        if version > len(STEPS):
            raise NotConfigured(
                f"{path} was written by a later version of s2s_tasks",
                hint="upgrade this one, or set S2S_DATA to another folder",
            )
        for step in STEPS[version:]:
            for statement in step.split(";"):
                base.execute(statement)
        base.execute(f"PRAGMA user_version = {len(STEPS)}")


@contextmanager
def _at_once(base: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing, and nobody else between."""
    base.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")


def _add(base: sqlite3.Connection, evidence: Evidence, fingerprint: Fingerprint) -> None:
    at = evidence.measured_at.isoformat() if evidence.measured_at else ""
    named = (at, fingerprint.text, evidence.backend, evidence.model, evidence.task)
    figures: dict[str, Any] = {name: getattr(evidence, name) for name in FIGURES}
    figures["timings"] = [asdict(timing) for timing in evidence.timings]
    done = base.execute(
        "INSERT INTO measured (at, fingerprint, backend, model, task, figures)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (*named, json.dumps(figures)),
    )
    base.executemany(
        "INSERT INTO scored VALUES (?, ?, ?, ?)",
        [(done.lastrowid, *asdict(score).values()) for score in evidence.scores],
    )


def _records(base: sqlite3.Connection) -> Sequence[Record]:
    scores: dict[int, list[Score]] = {}
    for number, *score in base.execute("SELECT measured, metric, value, examples FROM scored"):
        scores.setdefault(number, []).append(Score(*score))
    rows = base.execute(
        "SELECT id, at, fingerprint, backend, model, task, figures FROM measured ORDER BY at, id"
    )
    return [_record(row, tuple(scores.get(number, ()))) for number, *row in rows]


def _record(row: Sequence[Any], scores: tuple[Score, ...]) -> Record:
    at, taken, backend, model, task, figures = row
    fingerprint, facts = Fingerprint.read(taken), json.loads(figures)
    evidence = Evidence(
        backend,
        model,
        task,
        **{name: facts[name] for name in FIGURES},
        timings=tuple(Timing(**timing) for timing in facts["timings"]),
        measured_at=datetime.fromisoformat(at) if at else None,
        fingerprint=str(fingerprint),
        scores=scores,
    )
    return Record(evidence, fingerprint)


def _forget(base: sqlite3.Connection, backend: str | None, model: str | None) -> int:
    return base.execute(
        "DELETE FROM measured WHERE (?1 IS NULL OR backend = ?1) AND (?2 IS NULL OR model = ?2)",
        (backend, model),
    ).rowcount
