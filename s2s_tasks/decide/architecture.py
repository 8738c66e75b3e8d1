"""The kinds of model there are, as data."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BUILT_IN", "Architecture"]


@dataclass(frozen=True)
class Architecture:
    """A row: a kind of model, what it is for, and its rank when nothing else decides."""

    name: str
    summary: str


BUILT_IN = (
    Architecture("decoder-only", "follows instructions: any task over text, often images too"),
    Architecture("encoder-decoder", "trained for a task such as translation or summarization"),
    Architecture("encoder-only", "labels and embeddings, in one pass and without generating"),
    Architecture("speech-encoder-decoder", "speech to text, with times"),
    Architecture("vision-language", "answers about images in words"),
    Architecture("state-space", "long sequences at linear cost"),
    Architecture("extractive", "picks sentences; no model, no download, never invents"),
)
