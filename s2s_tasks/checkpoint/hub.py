"""Checkpoints of the hub, through its own client and into its own cache."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import NotConfigured, S2SError
from . import weights
from .digest import sha256
from .folder import Checkpoint
from .hub_errors import explained, harmless

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

__all__ = ["fetched"]

READ: Final = ("model*.safetensors", "*.json", "*.model", "*.spm", "*.txt", "*.jinja")
TAKEN: Final = (*READ, "README.md")
"""Patterns of files; a `*` spans folders too. The README says the licence."""

LEFT: Final = (
    "*/*.safetensors", "*/*.model", "*/*.spm", "*/*.txt",
    "coreml/*", "onnx/*", "openvino/*", "original/*",
)  # fmt: skip

COMMIT: Final = re.compile("[0-9a-f]{40}")
GB: Final = 1e9


def fetched(model: str, converted: str = "") -> Checkpoint:
    """
    The snapshot of "org/name" or "org/name@revision". Raises NotConfigured or UnknownName.

    `converted`: a file of weights that is as good as safetensors.
    """
    repo, _, revision = model.partition("@")
    try:
        folder = _settled(repo, revision, converted) or _downloaded(model, converted)
    except S2SError:
        raise
    except Exception as error:  # noqa: BLE001  # the client, its transport and the disk may raise anything
        caught = error
    else:
        return Checkpoint(folder, name=model, revision=folder.name)
    problem = explained(caught, model)
    if getattr(problem, "retryable", False) and (kept := _kept(repo, revision, converted)):
        return Checkpoint(kept, name=model, revision=kept.name)
    raise problem from harmless(caught)


def _settled(repo: str, revision: str, converted: str) -> Path | None:
    """
    What is in the cache, unless the hub may know better and can be asked.

    It may where a branch or a tag was named, which moves, or where files came one by one, as
    other libraries fetch them: only a listing of the hub tells whether they are all.
    """
    from huggingface_hub.constants import is_offline_mode

    if is_offline_mode():
        return _kept(repo, revision, converted)
    moves = revision and not COMMIT.fullmatch(revision)
    folder = None if moves else _kept(repo, revision, converted)
    return folder if folder and _listed(repo, folder.name) else None


def _listed(repo: str, commit: str) -> bool:
    from huggingface_hub import get_cached_repo_tree
    from huggingface_hub.errors import CachedRepoTreeNotFoundError

    try:
        return bool(get_cached_repo_tree(repo, revision=commit))
    except CachedRepoTreeNotFoundError:
        return False


def _kept(repo: str, revision: str, converted: str) -> Path | None:
    """The folder in the cache, if all that is read of it is there, as far as the cache knows."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        found = snapshot_download(
            repo, revision=revision or None, local_files_only=True,
            allow_patterns=[*READ, converted], ignore_patterns=[*LEFT],
        )  # fmt: skip
    except LocalEntryNotFoundError:
        return None
    folder = Path(found)
    if not (folder / "config.json").is_file():
        return None
    whole = (folder / converted).is_file() or not weights.absent(folder, repo)
    return folder if whole else None


def _downloaded(model: str, converted: str) -> Path:
    from huggingface_hub import snapshot_download

    repo, _, revision = model.partition("@")
    lacking = _lacking(model, converted)
    _check_space(sum(file.size or 0 for file in lacking), model)
    folder = Path(
        snapshot_download(
            repo, revision=revision or None,
            allow_patterns=[*TAKEN, converted], ignore_patterns=[*LEFT],
        )
    )  # fmt: skip
    for file in lacking:
        _check_content(folder / file.rfilename, file, model)
    return folder


def _lacking(model: str, converted: str) -> list[RepoSibling]:
    """The files to fetch. Raises NotConfigured if those of the hub are no checkpoint for us."""
    from huggingface_hub import HfApi, constants, try_to_load_from_cache

    repo, _, revision = model.partition("@")
    listing = HfApi().model_info(
        repo, revision=revision or None, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT
    )
    files = listing.siblings or []
    _check_names({file.rfilename for file in files}, model, converted)
    return [
        file
        for file in files
        if (file.rfilename == converted or _is_taken(file.rfilename))
        and not isinstance(try_to_load_from_cache(repo, file.rfilename, revision=listing.sha), str)
    ]


def _is_taken(file: str) -> bool:
    return _matches(file, TAKEN) and not _matches(file, LEFT)


def _matches(file: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(file, pattern) for pattern in patterns)


def _check_names(files: Collection[str], model: str, converted: str) -> None:
    if "config.json" not in files:
        raise NotConfigured(
            f"{model} is no checkpoint: it has no config.json",
            hint="adapters and GGUF files need the model that they belong to",
        )
    if weights.ADAPTER in files:
        raise weights.adapter(model)
    if not {weights.SINGLE, weights.INDEX, converted} & set(files):
        raise weights.lack(model, files)


def _check_space(needed: int, model: str) -> None:
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    place = next(folder for folder in (cache, *cache.absolute().parents) if folder.exists())
    if needed > (free := shutil.disk_usage(place).free):
        raise NotConfigured(
            f"{model} needs {needed / GB:.1f} GB, and {free / GB:.1f} GB are free at {cache}",
            hint="free some space, or set HF_HOME to a folder on another disk",
        )


def _check_content(path: Path, file: RepoSibling, model: str) -> None:
    """Sizes are checked by the client, but not what the bytes are."""
    if file.lfs is None or sha256(path) == file.lfs.sha256:
        return
    path.resolve().unlink()
    path.unlink(missing_ok=True)
    raise NotConfigured(
        f"{file.rfilename} of {model} arrived with other bytes than the hub has",
        retryable=True,
        hint="it was deleted: try again",
    )
