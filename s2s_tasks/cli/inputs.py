"""
What a task is to work on: files, globs that no shell expanded, standard input, a literal text.

An Input has a name and is read only when its turn comes, so a long list costs no memory and
a file that cannot be read spoils no other.
"""

from __future__ import annotations

import glob
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from ..errors import BadInput
from ..media import Media, Modality
from .samples import modalities
from .settings import AnyTask
from .terminal import is_terminal

__all__ = ["Input", "Reads", "inputs_of", "lines_of", "reads"]

MOST_TEXT = 100_000_000
"""Bytes of one text: some hundred times the longest context, and no endless pipe."""


class Reads(Enum):
    """What a task makes of a file's bytes."""

    TEXT = "text"
    MEDIA = "media"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Input:
    """`read` gives the value, or raises BadInput that names the input."""

    name: str
    read: Callable[[], object]


def reads(task: AnyTask) -> Reads:
    """By what the task says to samples."""
    kinds = modalities(task).keys()
    if not kinds - {Modality.TEXT}:
        return Reads.TEXT
    return Reads.EITHER if Modality.TEXT in kinds else Reads.MEDIA


def inputs_of(arguments: Sequence[str], text: str | None, kind: Reads) -> list[Input]:
    """The inputs that are named, or standard input. Raises UsageError if there are none."""
    if text is not None:
        if arguments:
            raise click.UsageError("give either --text or files")
        return [Input("--text", lambda: text)]
    if arguments:
        return [_input(name, kind) for argument in arguments for name in _expanded(argument)]
    if sys.stdin is None or is_terminal(sys.stdin):
        raise click.UsageError("no input: name a file, pipe something in, or give --text")
    return [_input("-", kind)]


def lines_of(inputs: Sequence[Input]) -> Iterator[Input]:
    """Each line of each input as an input of its own, named by file and number."""
    for source in inputs:
        if source.name == "--text":
            texts = enumerate(str(source.read()).splitlines(), 1)
            yield from (Input(f"--text:{n}", partial(str, line)) for n, line in texts)
        else:
            yield from _lines(source.name)


def _expanded(argument: str) -> list[str]:
    if argument == "-" or not glob.has_magic(argument) or Path(argument).exists():
        return [argument]
    if found := sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207  # any pattern
        return found
    raise BadInput(f"no file matches {argument!r}", hint="a text as it stands is given by --text")


def _input(name: str, kind: Reads) -> Input:
    if kind is Reads.MEDIA:
        return Input(name, partial(_stdin_media if name == "-" else _file, name))
    return Input(name, partial(_text if kind is Reads.TEXT else _either, name))


def _stdin_media(name: str) -> Media:
    del name
    return Media.open(_stdin())


def _file(name: str) -> Media:
    return Media.open(name)


def _either(name: str) -> object:
    data = _bytes(name)
    try:
        return Media.from_bytes(data, name=name)
    except BadInput:  # no known media type
        return decoded(data, name)


def _text(name: str) -> str:
    return decoded(_bytes(name), name)


def decoded(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes, without a byte order mark."""
    text = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(text)
        raise BadInput(
            f"{_label(name)} is not UTF-8 text: byte 0x{data[at]:02x} at offset {at:,}",
            hint=_other(data),
        ) from error


def _other(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it is UTF-16: convert it by iconv -f UTF-16 -t UTF-8"
    try:
        return f"it is {Media.from_bytes(data).mime}"
    except BadInput:
        return "convert it, for example by iconv -f LATIN1 -t UTF-8"


def _bytes(name: str) -> bytes:
    try:
        with _opened(name) as file:
            data = file.read(MOST_TEXT + 1)
    except OSError as error:
        raise _unreadable(name, error) from error
    if len(data) > MOST_TEXT:
        raise BadInput(f"{_label(name)} has more than {MOST_TEXT:,} bytes", hint="see --lines")
    return data


def _lines(name: str) -> Iterator[Input]:
    try:
        with _opened(name) as file:
            lines = iter(partial(file.readline, MOST_TEXT), b"")
            for number, line in enumerate(lines, 1):
                if line.strip():
                    label = f"{name}:{number}"
                    yield Input(label, partial(decoded, line.rstrip(b"\r\n"), label))
    except OSError as error:
        yield Input(name, partial(_raise, _unreadable(name, error)))


def _raise(error: BadInput) -> object:
    raise error


class _Kept:
    """Standard input, which is left open."""

    def __enter__(self) -> BinaryIO:
        return _stdin()

    def __exit__(self, *_: object) -> None:
        pass


def _opened(name: str) -> _Kept | BinaryIO:
    return _Kept() if name == "-" else Path(name).open("rb")


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise BadInput("standard input is closed")
    return sys.stdin.buffer


def _unreadable(name: str, error: OSError) -> BadInput:
    hint = ""
    if isinstance(error, FileNotFoundError):
        hint = "a text as it stands is given by --text"
    if "://" in name:
        hint = "nothing is fetched: download it first"
    if isinstance(error, IsADirectoryError):
        hint = f"give the files in it: '{name.rstrip('/')}/*'"
    return BadInput(f"cannot read {name!r}: {error.strerror}", hint=hint)


def _label(name: str) -> str:
    return "standard input" if name == "-" else name
