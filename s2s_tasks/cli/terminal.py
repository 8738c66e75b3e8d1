"""
What is written where: data to standard output, words about it to standard error.

What a model says may hold escape sequences; a terminal is shown them and does not obey them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TextIO

__all__ = ["is_terminal", "note", "table", "write"]

_control = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def is_terminal(stream: TextIO | None) -> bool:
    """False for a stream that is closed or was never open."""
    return stream is not None and not stream.closed and stream.isatty()


def write(text: str, stream: TextIO | None = None) -> None:
    """Write at once. A character that the stream cannot encode becomes an escape."""
    stream = stream or sys.stdout
    if is_terminal(stream):
        text = text.replace("\r\n", "\n")
        text = _control.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


def note(text: str) -> None:
    """Say something to whoever is watching. Nobody may be: then it is lost."""
    try:
        write(f"s2s: {text}\n", sys.stderr)
    except (OSError, AttributeError, ValueError):
        return


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table, drawn for a terminal, else in plain columns."""
    if is_terminal(sys.stdout):
        _drawn(head, rows)
        return
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        write("  ".join(cells).rstrip() + "\n")


def _drawn(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box  # rich is loaded only to draw
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*head, box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*(Text(_control.sub("?", cell)) for cell in row))
    Console(file=sys.stdout).print(drawn)
