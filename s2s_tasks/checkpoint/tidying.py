"""Spaces before punctuation, which some checkpoints want out of what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .folder import Checkpoint

__all__ = ["JOINING", "tidied", "wants_tidying"]

TIDIED: Final = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"),
    (" n't", "n't"), (" 'm", "'m"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip
"""What transformers' clean_up_tokenization replaces, in its order."""

JOINING: Final = "".join(sorted({*"".join(apart for apart, _ in TIDIED)}))
"""Letters and marks of the above: what comes before any other letter is not changed by what
comes after it."""


def wants_tidying(checkpoint: Checkpoint) -> bool:
    """Whether tokenizer_config.json asks for it."""
    return bool(checkpoint.tokenizer.get("clean_up_tokenization_spaces"))


def tidied(text: str) -> str:
    """An output with its punctuation close to its words."""
    for apart, joined in TIDIED:
        text = text.replace(apart, joined)
    return text
