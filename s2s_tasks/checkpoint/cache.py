"""Our own cache: folders made once from a checkpoint, each whole or not there."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import NotConfigured
from .digest import checksums, content_key, seal, verify

__all__ = ["atomic_folder", "cache_dir", "checksums", "content_key", "discard", "seal", "verify"]

ABANDONED: Final = 24 * 3600
"""Seconds after which the work of a process that died is cleared away."""


def cache_dir(*parts: str) -> Path:
    """
    A folder of our cache, made if need be: under S2S_CACHE, or where the system keeps caches.

    Others cannot read it. Raises NotConfigured if it cannot be made.
    """
    root = _root()
    folder = root.joinpath(*parts)
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        root.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise NotConfigured(
            f"the cache {folder} cannot be made: {error.strerror}",
            hint="set S2S_CACHE to a folder that you may write to",
        ) from error
    return folder


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """
    An empty folder to fill, which becomes `path` at the end, or vanishes with an error.

    Of two processes at once, the first to end puts its folder in place, and the other's is
    dropped: what is at `path` afterwards is whole, but need not be one's own. What a killed
    process left is cleared away a day later.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_abandoned(path)
    work = Path(tempfile.mkdtemp(prefix=_prefix(path), dir=path.parent))
    try:
        yield work
        _put(work, path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def discard(path: Path) -> None:
    """Remove a folder at once, so that nobody finds a half of it."""
    with tempfile.TemporaryDirectory(prefix=_prefix(path), dir=path.parent) as aside:
        try:
            path.rename(Path(aside) / path.name)
        except FileNotFoundError:  # by another process
            return


def _root() -> Path:
    if named := os.environ.get("S2S_CACHE"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("s2s_tasks", appauthor=False)


def _prefix(path: Path) -> str:
    return f".{path.name}."


def _put(work: Path, path: Path) -> None:
    try:
        work.rename(path)
    except OSError:
        if not path.is_dir():
            raise


def _clear_abandoned(path: Path) -> None:
    for left in path.parent.glob(f"{_prefix(path)}*"):
        try:
            old = time.time() - left.stat().st_mtime > ABANDONED
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(left, ignore_errors=True)
