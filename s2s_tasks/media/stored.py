"""A file that stays on disk and is read when it is needed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import BadInput

__all__ = ["Stored"]


@dataclass(frozen=True, slots=True)
class Stored:
    """The file at `path` as it was when it was looked at: its size and its time of change."""

    path: str
    size: int
    changed_ns: int

    @classmethod
    def at(cls, path: Path) -> Stored:
        """Raises OSError."""
        told = path.stat()
        return cls(str(path.absolute()), told.st_size, told.st_mtime_ns)

    def open(self) -> BinaryIO:
        """Raises BadInput if the file is gone, or is no longer the one that was looked at."""
        try:
            file = Path(self.path).open("rb")  # noqa: SIM115  # the caller's
        except OSError as error:
            raise BadInput(f"cannot read {self.path!r} any more: {error.strerror}") from error
        told = os.fstat(file.fileno())
        if (told.st_size, told.st_mtime_ns) != (self.size, self.changed_ns):
            file.close()
            raise BadInput(f"{self.path!r} was changed since it was opened", hint="open it again")
        return file
