"""A checkpoint: a folder of weights and what its JSON files say about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import cast

from ..errors import NotConfigured
from .senses import sense

__all__ = ["Checkpoint"]

MOST_JSON = 64_000_000
"""Bytes of a settings file: those of real checkpoints are a few kilobytes."""


@dataclass(frozen=True)
class Checkpoint:
    """
    A folder that was looked through and found harmless.

    `name` is what the caller called it, `revision` the commit that a hub id stands for.
    """

    folder: Path
    name: str = ""
    revision: str = ""
    _read: dict[str, Mapping[str, object]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def config(self) -> Mapping[str, object]:
        """config.json. Raises NotConfigured if there is none."""
        if not (config := self.settings("config.json")):
            raise NotConfigured(
                f"{self.name or self.folder} is no checkpoint: it has no config.json",
                hint="give the folder that save_pretrained wrote, or a hub id",
            )
        return config

    @property
    def generation(self) -> Mapping[str, object]:
        """
        generation_config.json over what older checkpoints keep in config.json.

        Of a model with several parts, the part that writes may alone say which tokens end it.
        """
        told = self.config.get("text_config")
        writer = _legacy(told) if isinstance(told, dict) else {}
        ids = {name: value for name, value in writer.items() if name.endswith("_token_id")}
        return {**ids, **_legacy(self.config), **self.settings("generation_config.json")}

    @property
    def tokenizer(self) -> Mapping[str, object]:
        """tokenizer_config.json."""
        return self.settings("tokenizer_config.json")

    @property
    def model_type(self) -> str:
        return str(self.config.get("model_type", ""))

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The classes it was saved from: ("BartForConditionalGeneration",)."""
        listed = self.config.get("architectures")
        return tuple(map(str, listed)) if isinstance(listed, list) else ()

    @property
    def architecture(self) -> str:
        """
        A row of the decision helper: "encoder-decoder", "decoder-only", "encoder-only",
        "speech-encoder-decoder" or "vision-language".
        """
        if row := sense(self.model_type, self.classes):
            return row
        if self.config.get("is_encoder_decoder") and not any("Sequence" in c for c in self.classes):
            return "encoder-decoder"
        if any(c.endswith(("ForCausalLM", "LMHeadModel")) for c in self.classes):
            return "decoder-only"
        return "encoder-only"

    def settings(self, file: str) -> Mapping[str, object]:
        """One JSON object of the folder, {} if the file is missing; raises NotConfigured if broken."""
        if file not in self._read:
            self._read[file] = self._load(file)
        return self._read[file]

    def _load(self, file: str) -> Mapping[str, object]:
        path = self.folder / file
        if not path.is_file():
            return {}
        try:
            loaded: object = json.loads(_bounded(path))
        except (OSError, ValueError) as error:
            raise NotConfigured(
                f"{file} of {self.name or self.folder} cannot be read: {error}",
                hint="download or save the checkpoint anew",
            ) from error
        if not isinstance(loaded, dict):
            raise NotConfigured(f"{file} of {self.name or self.folder} is no JSON object")
        return cast("dict[str, object]", loaded)


def _bounded(path: Path) -> str:
    if path.stat().st_size > MOST_JSON:
        raise ValueError("it is too large for settings")
    return path.read_text("utf-8")


SEARCH_KEYS = frozenset({
    "bad_words_ids", "begin_suppress_tokens", "bos_token_id", "decoder_start_token_id", "do_sample",
    "early_stopping", "eos_token_id", "forced_bos_token_id", "forced_eos_token_id", "length_penalty",
    "max_length", "max_new_tokens", "min_length", "no_repeat_ngram_size", "num_beams", "pad_token_id",
    "repetition_penalty", "suppress_tokens", "temperature", "top_k", "top_p", "use_cache",
})  # fmt: skip


def _legacy(config: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in config.items() if key in SEARCH_KEYS and value is not None}
