"""Where the user's data are kept."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import NotConfigured

__all__ = ["data_folder", "made"]


def data_folder() -> Path:
    """Our folder for data that are not a cache: S2S_DATA, or where the system keeps such things."""
    if named := os.environ.get("S2S_DATA"):
        return Path(named).expanduser().absolute()
    try:
        from platformdirs import user_data_path
    except ImportError:  # it comes with the extras; its answer on Linux is this
        share = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        return Path(share) / "s2s_tasks"
    return user_data_path("s2s_tasks", appauthor=False)


def made(folder: Path) -> Path:
    """The folder, made if need be; others cannot read it. Raises NotConfigured if it cannot be."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise NotConfigured(
            f"the folder {folder} cannot be made: {error.strerror}",
            hint="set S2S_DATA to a folder that you may write to",
        ) from error
    return folder
