"""
A tokenizer's twin, in which control tokens have names that nobody can guess.

It gives the ids of the original for any text but that which spells a control token out, since
the model itself (a unigram model has `</s>` among its pieces) knows no such word any more.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Twin"]


class Twin:
    """`tokenizer` is the twin of `original` as to the control `tokens`."""

    def __init__(self, original: Tokenizer, tokens: Iterable[str]) -> None:
        secret = secrets.token_hex(16)
        # Lower-case letters and digits, which no normalizer changes; ended, so that no name
        # begins another.
        self._names = {token: f"x{secret}x{n}x" for n, token in enumerate(tokens)}
        self.tokenizer = _renamed(original, self._names)

    def disguised(self, text: str) -> str:
        """A trusted text, with its control tokens as the twin knows them."""
        present = sorted((name for name in self._names if name in text), key=len, reverse=True)
        if not present:
            return text
        return re.sub("|".join(map(re.escape, present)), lambda one: self._names[one[0]], text)


def _renamed(original: Tokenizer, names: Mapping[str, str]) -> Tokenizer:
    from tokenizers import Tokenizer

    state: dict[str, Any] = json.loads(original.to_str())
    for token in state["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])
    model = state["model"]
    model["vocab"] = _vocabulary(model["vocab"], names)
    if "merges" in model:
        model["merges"] = [pair for pair in model["merges"] if not _merges(pair, names)]
    if "unk_token" in model:
        model["unk_token"] = names.get(model["unk_token"], model["unk_token"])
    return Tokenizer.from_str(json.dumps(state))


def _vocabulary(vocab: Any, names: Mapping[str, str]) -> Any:
    """Ids by tokens, or pairs of a token and its score."""
    if isinstance(vocab, dict):
        return {names.get(token, token): number for token, number in vocab.items()}
    return [[names.get(token, token), score] for token, score in vocab]


def _merges(pair: list[str], names: Mapping[str, str]) -> bool:
    """Whether two pieces would become a control token, or one of them is one."""
    one, other = pair
    return one in names or other in names or one + other in names
