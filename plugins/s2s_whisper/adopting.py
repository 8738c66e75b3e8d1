"""
A Whisper that was converted elsewhere, in a folder as faster-whisper takes it.

It has CTranslate2's settings and not those of the checkpoint that it was made from. What we
read of a checkpoint is put together from them, once, in a folder of our cache; the weights
stay where they are.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.cache import atomic_folder, cache_dir
from s2s_tasks.checkpoint.folder import Checkpoint
from s2s_tasks.errors import NotConfigured
from s2s_tasks.speech.whisper import POSITIONS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["WEIGHTS", "adopted", "is_foreign"]

WEIGHTS: Final = "model.bin"
KIND: Final = b"WhisperSpec\0"
SETTINGS: Final = (
    "config.json", "preprocessor_config.json", "tokenizer.json",
    "vocabulary.json", "vocabulary.txt",
)  # fmt: skip
KEPT: Final = ("preprocessor_config.json", "tokenizer.json", "README.md")
MULTILINGUAL: Final = 51_865
"""Tokens of a vocabulary from which it is one of many languages."""


def is_foreign(folder: Path) -> bool:
    """Whether it holds a converted model without the checkpoint's own settings."""
    return (folder / WEIGHTS).is_file() and (folder / "config.json").is_file()


def adopted(found: Checkpoint) -> Checkpoint:
    """
    The checkpoint as its folder describes it. Raises NotConfigured for one that is no Whisper.

    `model.bin` may hold anything by its name: that it begins as CTranslate2's does is looked at
    before it is loaded.
    """
    _check_weights(found.folder, found.name)
    settings = cache_dir("whisper") / f"{_key(found.folder)}-settings"
    if not settings.is_dir():
        with atomic_folder(settings) as work:
            _describe(found, _vocabulary(found.folder, found.name), work)
    return Checkpoint(settings, found.name, found.revision)


def _check_weights(folder: Path, name: str) -> None:
    with (folder / WEIGHTS).open("rb") as file:
        head = file.read(6 + len(KIND))
    if head[6:] != KIND:
        raise NotConfigured(
            f"{WEIGHTS} of {name} is no Whisper of CTranslate2",
            hint="give the checkpoint that it was made from, with its safetensors",
        )


def _vocabulary(folder: Path, name: str) -> list[str]:
    found: object = None
    if (folder / "vocabulary.json").is_file():
        found = json.loads((folder / "vocabulary.json").read_bytes())
    elif (folder / "vocabulary.txt").is_file():  # of older converters
        found = (folder / "vocabulary.txt").read_text("utf-8").removesuffix("\n").split("\n")
    if not isinstance(found, list) or not (folder / "tokenizer.json").is_file():
        raise NotConfigured(
            f"{name} lacks vocabulary.json or tokenizer.json",
            hint="convert the checkpoint anew: backend='whisper' does it by itself",
        )
    return [*map(str, found)]


def _key(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in SETTINGS:
        path = folder / name
        digest.update(path.read_bytes() if path.is_file() else b"")
        digest.update(b"\0")
    return digest.hexdigest()[:32]


def _describe(told: Checkpoint, vocabulary: list[str], work: Path) -> None:
    """Write the settings of the checkpoint that it must have been made from."""
    features = told.settings("preprocessor_config.json")
    config = {
        "architectures": ["WhisperForConditionalGeneration"],
        "max_target_positions": POSITIONS,
        "model_type": "whisper",
        "num_mel_bins": features.get("feature_size", 80),
        "vocab_size": len(vocabulary),
    }
    generation = {
        "begin_suppress_tokens": told.config.get("suppress_ids_begin", []),
        "is_multilingual": "" in vocabulary or len(vocabulary) >= MULTILINGUAL,
        "max_initial_timestamp_index": 50,
        "suppress_tokens": told.config.get("suppress_ids", []),
    }
    (work / "config.json").write_text(json.dumps(config), "utf-8")
    (work / "generation_config.json").write_text(json.dumps(generation), "utf-8")
    for name in KEPT:
        if (told.folder / name).is_file():
            shutil.copyfile(told.folder / name, work / name)
