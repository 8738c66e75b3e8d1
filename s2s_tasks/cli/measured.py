"""What was measured, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from ..decide.evidence import Evidence, Timing
from ..evidence import Record, age
from .report import dumps, plain
from .terminal import table, write

__all__ = ["show", "show_kept"]

SUMMARY = ("backend", "model", "task", "load", "memory", "reads tokens/s", "writes tokens/s")
SHAPES = (
    "backend",
    "model",
    "inputs",
    "tokens of each",
    "answer",
    "first piece",
    "whole",
    "tokens/s",
)
DAY, HOUR, MINUTE = 86_400, 3_600, 60
SLOW = 10
"""Below so many a second, a fraction tells."""


def show(found: Sequence[Evidence], *, as_json: bool) -> None:
    """What was just measured: a line for each model, then one for each shape of work."""
    if as_json:
        write(dumps(plain(found), indent=2) + "\n")
    elif found:
        table(SUMMARY, [_summary(evidence) for evidence in found])
        write("\n")
        table(SHAPES, [_shape(evidence, row) for evidence in found for row in evidence.timings])


def show_kept(records: Sequence[Record], *, as_json: bool) -> None:
    """What is kept, how old it is, and whether it is of use here and now."""
    if as_json:
        kept = [{**_plain(one.evidence), "holds": one.fingerprint.holds} for one in records]
        write(dumps(plain(kept), indent=2) + "\n")
    elif records:
        rows = [[*_summary(one.evidence), _age(one.evidence), _holds(one)] for one in records]
        table([*SUMMARY, "age", "holds here"], rows)
    else:
        write("nothing was measured yet\n")


def _plain(evidence: Evidence) -> dict[str, object]:
    facts = plain(evidence)
    return {**facts} if isinstance(facts, dict) else {}


def _summary(evidence: Evidence) -> list[str]:
    memory = evidence.memory_bytes
    return [
        evidence.backend,
        evidence.model or "-",
        evidence.task,
        _seconds(evidence.load_seconds),
        "-" if memory is None else f"{memory / 1e6:,.0f} MB",
        _rate(evidence.input_tokens_per_second),
        _rate(evidence.output_tokens_per_second),
    ]


def _shape(evidence: Evidence, row: Timing) -> list[str]:
    return [
        evidence.backend,
        evidence.model or "-",
        str(row.batch),
        f"{row.input_tokens:,}",
        f"{row.output_tokens:,}",
        _seconds(row.first_piece_seconds),
        _seconds(row.total_seconds),
        _rate(row.batch * row.output_tokens / max(1e-9, row.total_seconds)),
    ]


def _seconds(seconds: float) -> str:
    return f"{1000 * seconds:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def _rate(a_second: float) -> str:
    return f"{a_second:,.0f}" if a_second >= SLOW else f"{a_second:.2g}"


def _holds(record: Record) -> str:
    return "yes" if record.fingerprint.holds else "no: other hardware, versions or settings"


def _age(evidence: Evidence) -> str:
    ago = age(evidence)
    if ago is None:
        return "-"
    seconds = int(ago.total_seconds())
    for unit, of in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if seconds >= 2 * of:
            return f"{seconds // of} {unit}"
    return "now"
