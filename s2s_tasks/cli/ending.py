"""How the program ends: with an exit code and, if it failed, one readable line and a hint."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

import click

from ..errors import S2SError
from .exits import code_of
from .terminal import note

__all__ = ["complain", "ended", "hint_of", "message_of"]

SPOKEN = (
    ('Policy(on_unsupported="drop")', "--drop-unsupported"),
    ("decoding=Greedy(max_tokens=...)", "--max-tokens"),
    ("Policy(max_cost=...)", "--max-cost"),
    ("Policy(local_only=False)", "without --local-only"),
    ("policy=Policy(local_only=True)", "--local-only"),
    ("local_only=True", "--local-only"),
    ("max_cost=", "--max-cost "),
    ('timestamps="segment"', "--timestamps segment"),
)
"""Words of the library, and what they are called here."""


def ended(run: Callable[[], int]) -> int:
    """The exit code of `run`, whatever becomes of it. S2S_DEBUG=1 shows where it failed."""
    try:
        code = run()
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except BaseException as error:  # the last resort: no traceback, but a code
        if isinstance(error, SystemExit):
            raise
        if os.environ.get("S2S_DEBUG"):
            traceback.print_exc()
        complain(error)
        return code_of(error)
    return code


def complain(error: BaseException) -> None:
    """One line for `error`, and one for the way out."""
    if isinstance(error, BrokenPipeError):
        _be_silent()
        return
    if code_of(error) == code_of(KeyboardInterrupt()):
        note("interrupted")
        return
    note(f"error: {message_of(error)}")
    for reason in getattr(error, "reasons", ()):
        if reason not in str(error):
            note(f"  {_spoken(reason)}")
    if hint := hint_of(error):
        note(f"hint: {hint}")


def message_of(error: BaseException) -> str:
    """What went wrong, in one line."""
    match error:
        case click.ClickException():
            said = error.format_message()
        case S2SError():
            said = str(error)
        case OSError(strerror=str(reason), filename=str(name)):
            said = f"{reason}: {name}"
        case _:
            said = f"{type(error).__name__}: {error}"
    return _spoken(" ".join(said.split()))


def hint_of(error: BaseException) -> str:
    """The way out, if one is known."""
    match error:
        case S2SError():
            return _spoken(error.hint)
        case click.UsageError(ctx=click.Context() as context):
            return f"{context.command_path} --help"
        case click.ClickException() | OSError():
            return ""
        case _:
            return "this is a defect of s2s or of a plugin; S2S_DEBUG=1 shows where"


def _spoken(text: str) -> str:
    for library, here in SPOKEN:
        text = text.replace(library, here)
    return text


def _be_silent() -> None:
    # Else the interpreter, when it exits, flushes once more and complains about that.
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
