"""How many tokens a model can place, as its config and its tokenizer say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .folder import Checkpoint

__all__ = ["decoder_positions", "encoder_positions", "prompt_positions", "start_token"]

T5_TRAINED: Final = 512
"""Tokens of input that T5 was trained with (Raffel et al. 2020, section 3.1.2)."""

NO_LIMIT: Final = 1_000_000
"""Tokenizers without a limit say about 1e30."""


def encoder_positions(checkpoint: Checkpoint) -> int | None:
    """Of the encoder: what it has positions for, or was trained with where they are relative."""
    config = _part(checkpoint.config, "encoder")
    names = ("max_encoder_position_embeddings", "max_position_embeddings", "max_source_positions")
    learned = _first(config, *names)
    if checkpoint.model_type in {"t5", "mt5", "umt5", "longt5"}:  # relative: no table ends
        learned = _first(config, "n_positions")
        trained = _trained(checkpoint)
        return max(learned or 0, trained or 0) or T5_TRAINED
    return _least(learned, _trained(checkpoint))


def decoder_positions(checkpoint: Checkpoint) -> int | None:
    """Of the decoder of an encoder-decoder."""
    config = _part(checkpoint.config, "decoder")
    names = ("max_decoder_position_embeddings", "max_position_embeddings", "max_target_positions")
    return _first(config, *names)


def prompt_positions(checkpoint: Checkpoint) -> int | None:
    """Of a decoder-only model, for its prompt and output together; None for a recurrent one."""
    config = _part(checkpoint.config, "text_config")
    learned = _first(config, "max_position_embeddings", "n_positions", "max_seq_len", "seq_length")
    return _least(learned, _trained(checkpoint))


def start_token(checkpoint: Checkpoint) -> int | None:
    """What the decoder begins with."""
    found = checkpoint.generation.get("decoder_start_token_id")
    if found is None:
        found = _part(checkpoint.config, "decoder").get("decoder_start_token_id")
    if found is None:
        found = checkpoint.generation.get("bos_token_id")
    return found if isinstance(found, int) else None


def _part(config: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = config.get(name)
    return part if isinstance(part, dict) else config


def _trained(checkpoint: Checkpoint) -> int | None:
    found = checkpoint.tokenizer.get("model_max_length")
    return found if isinstance(found, int) and 0 < found < NO_LIMIT else None


def _first(config: Mapping[str, object], *names: str) -> int | None:
    found = (config.get(name) for name in names)
    return next((one for one in found if isinstance(one, int) and one > 0), None)


def _least(*numbers: int | None) -> int | None:
    return min((one for one in numbers if one is not None), default=None)
