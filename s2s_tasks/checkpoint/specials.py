"""Which special tokens the files beside a tokenizer name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .folder import Checkpoint

__all__ = ["added_tokens", "listed_tokens", "named_tokens"]

NAMES: Final = (
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
)  # fmt: skip
LISTS: Final = ("additional_special_tokens", "extra_special_tokens")


def named_tokens(checkpoint: Checkpoint) -> dict[str, str]:
    """
    By name: {"bos_token": "<s>"}. A checkpoint may have names of its own, as "image_token".

    Older checkpoints keep them in special_tokens_map.json.
    """
    told = {**checkpoint.settings("special_tokens_map.json"), **checkpoint.tokenizer}
    own = (name for name in told if name.endswith("_token"))
    found = {name: _content(told.get(name)) for name in (*NAMES, *own)}
    return {name: token for name, token in found.items() if token}


def listed_tokens(checkpoint: Checkpoint) -> Iterator[str]:
    """Those that have no name of their own."""
    for key in LISTS:
        listed = checkpoint.tokenizer.get(key)
        values = listed.values() if isinstance(listed, dict) else listed
        yield from filter(None, map(_content, values if isinstance(values, list) else []))


def added_tokens(checkpoint: Checkpoint) -> dict[int, Mapping[str, object]]:
    """What was added to the vocabulary, by its ids, and how it is found in a text."""
    listed = checkpoint.tokenizer.get("added_tokens_decoder")
    if not isinstance(listed, dict):
        return {}
    return {int(n): one for n, one in listed.items() if n.isdecimal() and _content(one)}


def _content(token: object) -> str:
    content = token.get("content") if isinstance(token, dict) else token
    return content if isinstance(content, str) else ""
