"""What files are, told by their bytes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Final

from .folder import Checkpoint
from .weights import raw_header

__all__ = ["checksums", "content_key", "seal", "sha256", "verify"]

SUMS: Final = "checksums.json"
READ_WHOLE: Final = 64_000_000
"""Bytes up to which a file is read for a key: all but weights."""

PARTS: Final = (".safetensors", ".json", ".model", ".spm", ".txt", ".jinja")
BLOB: Final = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def sha256(path: Path) -> str:
    """Of all bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_key(checkpoint: Checkpoint) -> str:
    """
    A key of what is in a checkpoint, in 32 hexadecimal digits, told without reading the weights.

    In the hub's cache, files go by the hash that the cache names them by, so the same content
    has the same key in every revision. In any other folder, small files go by their bytes, and
    weights by their header, size and time of last change. What it does not notice: a byte
    changed within the hub's cache, and a change of weights that keeps their size and time.
    What it notices without need: weights that were copied or touched.
    """
    files = filter(Path.is_file, checkpoint.folder.iterdir())
    parts = sorted(path for path in files if path.suffix in PARTS)
    told = "\n".join(f"{path.name}\t{_identity(path)}" for path in parts)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def checksums(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file under `folder` but its seal, by its path from there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def seal(folder: Path) -> None:
    """Write the checksums of a folder that is done into it."""
    (folder / SUMS).write_text(json.dumps(checksums(folder), indent=1), "utf-8")


def verify(folder: Path) -> bool:
    """Whether a folder is just as it was sealed: no file changed, missing or added."""
    try:
        sealed: object = json.loads((folder / SUMS).read_bytes())
        return sealed == checksums(folder)
    except (OSError, ValueError):
        return False


def _identity(path: Path) -> str:
    # One link is followed and no more: what it names is a blob, which may be a link itself.
    if path.is_symlink() and BLOB.fullmatch(name := path.readlink().name):
        return name
    status = path.stat()
    if status.st_size <= READ_WHOLE and path.suffix != ".safetensors":
        return sha256(path)
    header = raw_header(path) if path.suffix == ".safetensors" else b""
    return f"{hashlib.sha256(header).hexdigest()} {status.st_size} {status.st_mtime_ns}"
