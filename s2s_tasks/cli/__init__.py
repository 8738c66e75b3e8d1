"""
The command line: `s2s summarize report.txt`.

Commands are made from the declarations of the tasks, each one only when it is asked for.
Data goes to standard output, everything else to standard error.
"""

from __future__ import annotations

from .program import program

__all__ = ["main"]


def main() -> None:
    """Run `s2s` with the arguments of this process, and exit."""
    program.main(prog_name="s2s")
