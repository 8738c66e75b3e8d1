"""An advice in words that need no glossary, ending with the line to type next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..decide import BUILT_IN, Advice, Candidate, Needs
from .command import command_name
from .terminal import table, write

__all__ = ["show"]

HEAD: Final = ("kind of model", "quality", "cost", "latency", "privacy", "in all")
SUMMARIES: Final[Mapping[str, str]] = {row.name: row.summary for row in BUILT_IN}


def show(needs: Needs, made: Advice) -> None:
    """To standard output, the next line last."""
    about = SUMMARIES.get(made.architecture)
    write(f"{_task(needs)}: {made.architecture or 'nothing fits'}\n")
    _listed([*([about] if about else []), *_who(made)])
    _section("Why", [*made.because, *_takes(made)])
    if made.candidates:
        write(f"\nWhat was weighed ({made.weights}; marks from 0 to 1)\n")
        table(HEAD, [*map(_row, made.candidates)])
    _section("What speaks against the others", [*_doubts(made)])
    _section("Out of the question", _rejected(made))
    _section("Where it turns", made.break_even)
    _section(f"What this rests on (confidence: {made.confidence})", made.evidence)
    write("\nNext\n")
    _listed([made.note] if made.note else [])
    write(f"{made.next_step}\n")


def _task(needs: Needs) -> str:
    return command_name(needs.task).capitalize() if needs.task else "Anything asked for in words"


def _section(title: str, lines: Sequence[str]) -> None:
    if lines:
        write(f"\n{title}\n")
        _listed(lines)


def _listed(lines: Sequence[str]) -> None:
    write("".join(f"  {line}\n" for line in lines))


def _who(made: Advice) -> Iterator[str]:
    here = " ".join(filter(None, (made.backend, made.model)))
    if made.backend:
        yield f"here it is done by {here}"
    elif made.architecture:
        yield f"not ready here: {made.lacks or 'nothing is installed for it'}"
        if made.model:
            yield f"a model for it: {made.model}"
        if made.meanwhile:
            yield f"until then {made.meanwhile} can do it"


def _takes(made: Advice) -> Iterator[str]:
    seconds = made.expected.seconds
    if seconds is not None:
        kind = "measured here" if made.expected.measured else "an estimate, not measured"
        took = f"{seconds.total * 1000:,.0f} ms" if seconds.total < 1 else f"{seconds.total:,.1f} s"
        yield f"about {took} for one item ({kind})"


def _row(one: Candidate) -> list[str]:
    marks = (one.quality, one.cost, one.latency, one.privacy, one.total)
    return [one.name, *(f"{mark:.2f}" for mark in marks)]


def _doubts(made: Advice) -> Iterator[str]:
    return (f"{one.name}: {one.doubts[0]}" for one in made.candidates[1:] if one.doubts)


def _rejected(made: Advice) -> Sequence[str]:
    """Those with the same reason on one line."""
    weighed = {one.name for one in made.candidates}
    reasons: dict[str, list[str]] = {}
    for no in made.rejected:
        if no.subject not in weighed:
            reasons.setdefault(no.text, []).append(no.subject)
    return [f"{', '.join(who)}: {why}" for why, who in reasons.items()]
