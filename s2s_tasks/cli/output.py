"""Where the data goes: standard output or a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

__all__ = ["opened"]


@contextmanager
def opened(path: str | None, *, keep: bool) -> Iterator[TextIO]:
    """
    The stream to write to. A file appears under its name when all is written.

    Of a run that fails nothing remains, unless `keep`. Raises before any work if it cannot
    be written.
    """
    if path is None or path == "-":
        yield sys.stdout
        return
    target = Path(path)
    part = target if _is_device(target) else target.with_name(f"{target.name}.part")
    whole = False
    with _create(part, path) as file:
        try:
            yield file
            whole = True
        finally:
            if part != target:
                _settle(file, part, target, keep=keep or whole)


def _is_device(target: Path) -> bool:
    return target.exists() and not target.is_file() and not target.is_dir()


def _create(part: Path, path: str) -> TextIO:
    if Path(path).is_dir():
        raise click.ClickException(f"cannot write {path!r}: it is a folder")
    try:
        return part.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise click.ClickException(f"cannot write {path!r}: {error.strerror}") from error


def _settle(file: TextIO, part: Path, target: Path, *, keep: bool) -> None:
    file.close()
    if keep:
        part.replace(target)
    else:
        part.unlink()
