"""A raw tokenizer as transformers makes it of tokenizer.json and tokenizer_config.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codec import broken
from .specials import added_tokens, listed_tokens, named_tokens

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from .folder import Checkpoint

__all__ = ["raw_tokenizer"]

FLAGS = ("single_word", "lstrip", "rstrip", "special")


def raw_tokenizer(checkpoint: Checkpoint) -> Tokenizer:
    """It neither truncates nor pads. Raises NotConfigured if it cannot be read."""
    tokenizer = _read(checkpoint)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    _complete(tokenizer, checkpoint)
    return tokenizer


def _read(checkpoint: Checkpoint) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json"))
    except Exception as error:  # the library raises Exception itself
        raise broken(checkpoint, f"tokenizer.json: {error}") from error


def _complete(tokenizer: Tokenizer, checkpoint: Checkpoint) -> None:
    """Add the control tokens that only tokenizer_config.json knows."""
    from tokenizers import AddedToken

    known = {one.content for one in tokenizer.get_added_tokens_decoder().values()}
    lacking: dict[str, AddedToken] = {}
    for _, told in sorted(added_tokens(checkpoint).items()):
        flags = {flag: bool(told.get(flag)) for flag in FLAGS}
        normalized = bool(told.get("normalized", not flags["special"]))
        token = AddedToken(str(told["content"]), normalized=normalized, **flags)
        lacking[token.content] = token
    for content in (*named_tokens(checkpoint).values(), *listed_tokens(checkpoint)):
        lacking.setdefault(content, AddedToken(content, normalized=False, special=True))
    tokenizer.add_tokens([token for content, token in lacking.items() if content not in known])
