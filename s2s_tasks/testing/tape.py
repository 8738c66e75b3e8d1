"""
A file of recorded answers: JSON Lines, to be read, searched and reviewed by people.

A line is a Voice (who was recorded), a Take (a request and its answer) or a Count (the
tokens of a text, which decide how a long input is split). A later take of the same request
replaces an earlier one.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path  # dataclasses and pydantic read annotations
from typing import TYPE_CHECKING, TypeAlias

from ..backend import ANY_DECODING, Capabilities
from ..errors import BackendError
from ..exchange import Completion  # pydantic reads it

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ..backend import Backend

__all__ = ["Count", "Line", "Take", "Tape", "Voice"]


@dataclass(frozen=True, slots=True)
class Voice:
    """Who was recorded."""

    backend: str
    model: str
    capabilities: dict[str, object]
    """As JSON: `strategies` by their names, defaults left out."""

    @classmethod
    def of(cls, backend: Backend) -> Voice:
        """What is to be known of a backend when it is not there."""
        plain = _capabilities().dump_python(
            backend.capabilities, mode="json", exclude={"strategies"}, exclude_defaults=True
        )
        plain["strategies"] = sorted(kind.__name__ for kind in backend.capabilities.strategies)
        return cls(backend.name, backend.model, plain)

    def able(self) -> Capabilities:
        """The capabilities again."""
        names = self.capabilities.get("strategies", ())
        kinds = {
            kind for kind in ANY_DECODING if isinstance(names, list) and kind.__name__ in names
        }
        return _capabilities().validate_python({**self.capabilities, "strategies": kinds})


@dataclass(frozen=True, slots=True)
class Take:
    """A request, the completion of it, and the pieces it came in if it was streamed."""

    key: str
    model: str
    request: dict[str, object]
    completion: Completion
    pieces: tuple[str | tuple[int, str], ...] = ()
    """Texts; (attempt, text) for those of a later attempt."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many tokens a text has; `text` is the SHA-256 of it."""

    text: str
    tokens: int


Line: TypeAlias = Voice | Take | Count


@dataclass
class Tape:
    """
    The lines of the file at `path`, in memory, and the way to add one.

    Raises BackendError for a file that is not a recording, with the number of the bad line.
    """

    path: Path
    voice: Voice | None = None
    takes: dict[str, Take] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        data = self.path.read_bytes() if self.path.exists() else b""
        *lines, rest = data.split(b"\n")
        for number, line in enumerate(lines, 1):
            self._keep(self._parsed(number, line))
        if rest:
            raise self._corrupt(len(lines) + 1, "it has no end")

    def add(self, line: Line) -> None:
        """Keep and append it, in one write: threads and processes do not mix their lines."""
        with self._lock:
            if isinstance(line, Count) and line.text in self.counts:
                return
            self._keep(line)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab", buffering=0) as file:
                os.write(file.fileno(), _written(line))

    def _keep(self, line: Line) -> None:
        match line:
            case Voice():
                self.voice = self.voice or line
            case Take():
                self.takes[line.key] = line
            case Count():
                self.counts[line.text] = line.tokens

    def _parsed(self, number: int, line: bytes) -> Line:
        try:
            return _lines().validate_python(json.loads(line.decode("utf-8")))
        except (ValueError, RecursionError) as error:
            raise self._corrupt(number, _short(error)) from error

    def _corrupt(self, number: int, why: str) -> BackendError:
        return BackendError(
            f"{self.path}, line {number} is not a recording: {why}",
            hint="delete the line and record it again",
        )


@lru_cache
def _lines() -> TypeAdapter[Line]:
    from pydantic import TypeAdapter

    return TypeAdapter(Line)


@lru_cache
def _capabilities() -> TypeAdapter[Capabilities]:
    from pydantic import TypeAdapter

    return TypeAdapter(Capabilities)


def _written(line: Line) -> bytes:
    plain = _lines().dump_python(
        line, mode="json", exclude_defaults=True, exclude={"completion": {"raw"}}
    )
    try:
        return json.dumps(plain, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair, which UTF-8 cannot hold
        return json.dumps(plain).encode() + b"\n"


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:100]
