"""One input: its value, its whole result as JSON, its text as it settles, or who would do it."""

from __future__ import annotations

from typing import TextIO

from ..client import Tasks
from ..exchange import Decision, Result
from .exits import OK, USAGE
from .inputs import Input
from .options import Run
from .progress import heard
from .report import decision, dumps, report
from .settings import AnyTask
from .shown import shown
from .terminal import is_terminal, note, write

__all__ = ["at_once", "explained", "remark", "settling"]


def at_once(client: Tasks, task: AnyTask, item: Input, run: Run, out: TextIO) -> int:
    """Do it, then show all of it."""
    result = heard(client, task, item.read(), out)
    if run.json:
        indent = 2 if is_terminal(out) else None
        write(f"{dumps(report(result, item.name), indent=indent)}\n", out)
    else:
        write(shown(result.value, type(task), run, pretty=is_terminal(out)), out)
        remark(result, verbose=run.verbose)
    return OK


def settling(client: Tasks, task: AnyTask, item: Input, run: Run, out: TextIO) -> int:
    """Show the text as it settles; a further attempt starts on a line of its own."""
    attempt, last = 0, ""
    with client.stream(task, item.read()) as stream:
        for piece in stream:
            if piece.attempt > attempt:
                attempt, last = piece.attempt, ""
                write("\n", out)
                note("the answer broke a rule of the task: here is the next attempt")
            write(piece, out)
            last = piece or last
        result = stream.result
    if not last:
        write(shown(result.value, type(task), run, pretty=is_terminal(out)), out)
    elif not last.endswith("\n"):
        write("\n", out)
    remark(result, verbose=run.verbose)
    return OK


def remark(result: Result[object], *, verbose: bool) -> None:
    """What is not as asked; and on request who did it, why and at what cost."""
    for warning in result.warnings:
        note(f"warning: {warning}")
    if not result.coverage.complete:
        note(f"warning: {result.coverage.ratio:.1%} of the input was read")
    if verbose:
        note(_summary(result))


def _summary(result: Result[object]) -> str:
    cost = "cost unknown" if result.cost is None else f"{result.cost:f} USD"
    tokens = f"{result.usage.input_tokens:,} + {result.usage.output_tokens:,} tokens"
    asked = f"{len(result.attempts)} request{'s' * (len(result.attempts) != 1)}"
    who = " ".join(filter(None, (result.backend, result.model)))
    because = "; ".join(result.decision.because) if result.decision else ""
    return f"{who} ({because}): {asked}, {tokens}, {result.seconds:.1f} s, {cost}"


def explained(made: Decision, run: Run, out: TextIO) -> int:
    """Show who would do it and why."""
    text = dumps(decision(made), indent=2 if is_terminal(out) else None) if run.json else _why(made)
    write(f"{text}\n", out)
    return OK if made.backend else USAGE


def _why(made: Decision) -> str:
    facts = (
        ("model", made.model or ""),
        ("architecture", made.architecture),
        ("decoding", "" if made.decoding is None else repr(made.decoding)),
        *(("because", line) for line in made.because),
        *((f"not {no.subject}", no.text) for no in made.rejected),
        ("next best", made.runner_up),
        *(("break-even", line) for line in made.break_even),
        *(("evidence", line) for line in made.evidence),
        ("next step", made.next_step),
    )
    lines = [f"  {name}: {said}" for name, said in facts if said]
    return "\n".join([made.backend or "no backend", *lines])
