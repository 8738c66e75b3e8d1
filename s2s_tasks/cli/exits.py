"""What the exit code says, in one table."""

from __future__ import annotations

from collections.abc import Iterable

import click

from ..errors import (
    BackendError,
    Cancelled,
    Incomplete,
    InvalidOutput,
    OutOfTime,
    PluginError,
    UsageError,
)

__all__ = ["BROKEN_PIPE", "FAILED", "INTERRUPTED", "OK", "USAGE", "code_of", "told"]

OK, FAILED, USAGE, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141

CODES: tuple[tuple[type[BaseException], int], ...] = (
    (OutOfTime, 124),  # as timeout(1)
    (click.ClickException, USAGE),
    (UsageError, USAGE),
    (BackendError, 3),
    (Incomplete, 4),
    (InvalidOutput, 5),
    (PluginError, 6),
    (Cancelled, INTERRUPTED),  # 128 + SIGINT
    (KeyboardInterrupt, INTERRUPTED),
    (click.Abort, INTERRUPTED),
    (BrokenPipeError, BROKEN_PIPE),  # 128 + SIGPIPE
)
"""The first row that an error belongs to counts, so the special stand above the general."""

MEANINGS = (
    (OK, "all went well"),
    (FAILED, "something else failed, or some of several inputs did"),
    (USAGE, "it cannot be done as asked; nothing was sent"),
    (3, "the backend failed, or is not configured"),
    (4, "the answer is not whole: cut off, refused or broken off"),
    (5, "the answer is not what the task asks"),
    (6, "a plugin is broken (see s2s doctor)"),
    (124, "no answer within --timeout"),
    (INTERRUPTED, "interrupted"),
    (BROKEN_PIPE, "the reader of the output went away"),
)


def code_of(error: BaseException) -> int:
    """The exit code of a program that ends with `error`."""
    return next((code for kind, code in CODES if isinstance(error, kind)), FAILED)


def told() -> Iterable[tuple[str, str]]:
    """Rows for the help text."""
    return [(str(code), meaning) for code, meaning in MEANINGS]
