"""
From the name of a model to a folder that was looked through.

A folder is taken as it is. A name of the hub is taken from the cache, without a look at the
network, once it is there in full; else it is downloaded. A name with a branch or a tag
("org/name@main") is looked up anew each time, so that is how to update.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import NotConfigured, UnknownName
from . import hub, safety, weights
from .folder import Checkpoint

__all__ = ["open_checkpoint"]


def open_checkpoint(model: str, *, converted: str = "") -> Checkpoint:
    """
    The checkpoint in a folder, or of a hub id "org/name", "name" or "org/name@revision".

    `converted`: a file of weights that the caller takes in place of safetensors, and checks.

    A model is a folder if there is one of that name, or if it begins with ".", "/" or "~".
    Honours HF_HOME, HF_TOKEN, HF_ENDPOINT and HF_HUB_OFFLINE. Raises UnknownName for no such
    folder or an impossible name, else NotConfigured; its `retryable` says that the hub could
    not be reached or broke off.
    """
    path = _path(model)
    found = hub.fetched(model, converted) if path is None else _of_folder(path, model)
    safety.check(found.folder, model)
    if found.config and not (found.folder / converted).is_file():  # raises if there is none
        weights.check(found.folder, model)
    return found


def _path(model: str) -> Path | None:
    """Where a folder is or should be; None for a name of the hub."""
    if not model.strip():
        raise UnknownName("the model has no name", hint="name a folder or a hub id: org/name")
    try:
        path = Path(model).expanduser()
        local = model.startswith((".", "/", "~")) or path.is_absolute() or path.exists()
    except (OSError, RuntimeError) as error:  # a name too long; RuntimeError: ~ of nobody
        reason = getattr(error, "strerror", error)
        raise UnknownName(f"{model!r} cannot be looked up: {reason}") from error
    return path if local else None


def _of_folder(path: Path, model: str) -> Checkpoint:
    if path.is_file():
        raise NotConfigured(
            f"{model} is a file, and a checkpoint is a folder", hint="give the folder it lies in"
        )
    if not path.is_dir():
        raise UnknownName(
            f"there is no folder {model}",
            hint="a name of the hub looks like 'org/name', with no '.', '/' or '~' before it",
        )
    return Checkpoint(path.resolve(), name=model)
