"""`s2s decide`: which kind of model a task calls for, who does it here, and what to type next."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from ..decide import decide
from .advised import show
from .command import registry_of
from .exits import OK, USAGE
from .needs import needs_of, needs_options
from .report import decision, dumps
from .terminal import write

__all__ = ["command"]

DOC = """
Say which kind of model a task calls for, which backend and model do it here, what that costs,
and when the answer would be another. Nothing is run, sent or fetched.

TASK is one of `s2s tasks`; without it, anything asked for in words. All options may be left
out; what is not told is not weighed.

\b
s2s decide translate --to de --volume-per-day 1000000 --labelled-pairs 50000
s2s decide summarize --documents 50000 --input-tokens 20000 --local-only
s2s decide classify --classes 12 --labelled-pairs 300
"""


def command() -> click.Command:
    """The command."""
    return click.Command(
        "decide",
        callback=_run,
        params=[
            click.Argument(["task"], required=False),
            *needs_options(),
            click.Option(["--json"], is_flag=True, help="As JSON."),
        ],
        help=DOC,
        short_help="Say which kind of model a task calls for, and why.",
    )


def _run(*, task: str | None, json: bool, **params: object) -> int:
    from ..evidence import Measured  # not needed to show the help
    from ..remote.prices import price_of

    registry = registry_of(click.get_current_context())
    needs = needs_of(task, params)
    made = decide(
        needs,
        tuple(registry.backends.values()),
        rows=registry.architectures.values(),
        book=Measured(),
        prices=price_of,
        now=datetime.now(UTC),
    )
    if json:
        write(dumps(decision(made), indent=2) + "\n")
    else:
        show(needs, made)
    return OK if made.architecture else USAGE
