"""
A checkpoint in the form of another engine: converted once, kept under a key of its content.

The result stands in a folder that is whole or not there, with the checkpoint's settings and
tokenizer in a folder within, and is checked against its checksums before it is loaded.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import MissingExtra, NotConfigured
from .cache import atomic_folder, cache_dir, content_key, discard, seal, verify
from .folder import Checkpoint
from .progress import progress_for_eyes

__all__ = [
    "ORIGINAL",
    "converted",
    "converting",
    "is_converted",
    "original",
    "unable",
    "unequipped",
]

ORIGINAL: Final = "checkpoint"
"""The folder, within the converted one, of the settings and the tokenizer."""

KEPT: Final = ("*.json", "*.spm", "*.model", "*.jinja", "*.txt", "README.md")
MOST: Final = 300
"""Characters of what a converter says."""


def is_converted(folder: Path) -> bool:
    """Whether it is a converted checkpoint rather than one to convert."""
    return (folder / "model.bin").is_file() and (folder / ORIGINAL / "config.json").is_file()


def converted(
    checkpoint: Checkpoint, engine: str, variant: str, convert: Callable[[Path], None]
) -> Path:
    """
    The folder of the converted checkpoint: `convert` fills one if none is there, or a damaged one.

    `engine` and `variant` are part of its name, so that other ways of converting make others.
    """
    folder = cache_dir(engine) / f"{content_key(checkpoint)}-{variant}"
    if folder.is_dir():
        if verify(folder):
            return folder
        discard(folder)  # damaged: made anew
    with atomic_folder(folder) as work:
        convert(work)
        _keep_settings(checkpoint, work / ORIGINAL)
        seal(work)
    return folder


def original(folder: Path, name: str) -> Checkpoint:
    """
    The checkpoint that a folder was converted from, as its settings and tokenizer describe it.

    Raises NotConfigured if the folder is not as it was converted.
    """
    if not verify(folder):
        raise NotConfigured(
            f"{folder} is not as it was converted: a file was changed, added or lost",
            hint="convert the checkpoint anew, or copy the folder once more",
        )
    return Checkpoint(folder / ORIGINAL, name=name)


@contextmanager
def converting(checkpoint: Checkpoint, engine: str) -> Iterator[None]:
    """While a converter works: its bars are for eyes, and what it cannot do is a NotConfigured."""
    try:
        with progress_for_eyes():
            yield
    except (ValueError, AttributeError, NotImplementedError, KeyError, TypeError) as error:
        raise unable(checkpoint, engine, str(error)) from error


def unable(checkpoint: Checkpoint, engine: str, why: str) -> NotConfigured:
    """The error for a checkpoint that an engine cannot run."""
    return NotConfigured(
        f"{engine} cannot run {checkpoint.name} ({checkpoint.model_type}): {why}"[:MOST],
        hint="open it with backend='local'",
    )


def unequipped(checkpoint: Checkpoint, extra: str) -> MissingExtra:
    """The error where what converts is not installed, beside the `extra` of the engine."""
    return MissingExtra(
        f"{checkpoint.name} is not converted yet, and converting needs torch and transformers",
        hint=f'pip install "s2s-tasks[local,{extra}]" where it is converted; then copy the folder',
    )


def _keep_settings(checkpoint: Checkpoint, folder: Path) -> None:
    folder.mkdir()
    for kept in KEPT:
        for path in checkpoint.folder.glob(kept):
            if not path.name.endswith(".index.json"):
                shutil.copyfile(path, folder / path.name)
