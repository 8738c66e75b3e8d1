"""No surprise code: a folder is refused if using it could run what somebody put into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ..errors import NotConfigured
from .folder import MOST_JSON

__all__ = ["check"]

VOCABULARIES: Final = frozenset({"tokenizer.json", "vocab.json"})
"""Large, and never looked into for code; a word of theirs may have any name."""


def check(folder: Path, model: str = "") -> None:
    """
    Raise NotConfigured for Python files, and for settings that name code to load.

    Weights are looked at in `weights`. `model` is what errors call the folder.
    """
    label = model or str(folder)
    for code in sorted({*folder.glob("*.py"), *folder.glob("*/*.py")}):
        raise _refused(label, f"it brings code of its own ({code.relative_to(folder)})")
    for settings in sorted(folder.glob("*.json")):
        _check_settings(settings, label)


def _check_settings(path: Path, model: str) -> None:
    try:
        found = "" if path.name in VOCABULARIES else _names_code(_loaded(path))
    except (OSError, ValueError, RecursionError) as error:
        raise NotConfigured(
            f"{path.name} of {model} cannot be read: {error}",
            hint="download or save the checkpoint anew",
        ) from error
    if found:
        raise _refused(model, f"{path.name} has {found}")


def _loaded(path: Path) -> object:
    if (size := path.stat().st_size) > MOST_JSON:
        raise ValueError(f"{size:,} bytes are above the limit of {MOST_JSON:,}")
    loaded: object = json.loads(path.read_bytes())
    return loaded


def _names_code(settings: object) -> str:
    """The first setting, at any depth, that asks for code; "" if there is none."""
    left = [settings]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            if item.get("auto_map"):
                return "an auto_map"
            if item.get("trust_remote_code"):
                return "trust_remote_code"
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
    return ""


def _refused(model: str, reason: str) -> NotConfigured:
    return NotConfigured(
        f"{model} is refused: {reason}, and no code of a checkpoint is run",
        hint="take a checkpoint that transformers knows by itself; where it knows this one too, "
        "remove auto_map and the .py files from a copy",
    )
