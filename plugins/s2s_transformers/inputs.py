"""Sources as tensors: padded, masked, and begun from a prefix that was computed before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .extras import joined
from .lowered import given
from .prefixes import LEAST, common, sliced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from transformers import DynamicCache, PreTrainedModel

    from s2s_tasks.checkpoint.source import Source

    from .prefixes import Prefixes

__all__ = ["encoder_inputs", "prompt_inputs", "shared_by"]


def encoder_inputs(
    model: PreTrainedModel, sources: Sequence[Source], rows: int
) -> dict[str, torch.Tensor]:
    """
    For an encoder: padded on the right, `rows` times each source. What a decoder begins with is
    given as ids where it is more than a start token and one that is forced.
    """
    started = _started(model, sources[0], len(sources) * rows)
    extras = joined(sources, rows, device=model.device, dtype=model.dtype)
    if not sources[0].ids:
        return {**extras, **started}
    width = max(len(source.ids) for source in sources)
    ids = torch.tensor(
        [
            [*source.ids, *[source.search.pad] * (width - len(source.ids))]
            for source in sources
            for _ in range(rows)
        ]
    )
    lengths = torch.tensor([len(source.ids) for source in sources for _ in range(rows)])
    mask = (torch.arange(width)[None, :] < lengths[:, None]).long()
    inputs = {"input_ids": ids, "attention_mask": mask}
    if model.config.model_type == "led":  # whose first token must see all others
        inputs["global_attention_mask"] = torch.zeros_like(ids).index_fill_(1, torch.tensor([0]), 1)
    moved = {name: tensor.to(model.device) for name, tensor in inputs.items()}
    return {**moved, **extras, **started}


def _started(model: PreTrainedModel, source: Source, rows: int) -> dict[str, torch.Tensor]:
    if not given(source):
        return {}
    return {"decoder_input_ids": torch.tensor([source.start] * rows, device=model.device)}


def prompt_inputs(
    model: PreTrainedModel, sources: Sequence[Source], rows: int, begun: tuple[Any, int]
) -> dict[str, Any]:
    """
    For a decoder-only model: padded on the left, `rows` times each source.

    `begun`: a cache of one row, and how many tokens of it all sources share; padding comes
    after those, so that they stand in the same place in every row.
    """
    cache, shared = begun
    pad = sources[0].search.pad
    width = max(len(source.ids) for source in sources)
    ids, mask = [], []
    for source in (source for source in sources for _ in range(rows)):
        gap = width - len(source.ids)
        ids.append([*source.ids[:shared], *[pad] * gap, *source.ids[shared:]])
        mask.append([*[1] * shared, *[0] * gap, *[1] * (len(source.ids) - shared)])
    inputs: dict[str, Any] = {
        "input_ids": torch.tensor(ids, device=model.device),
        "attention_mask": torch.tensor(mask, device=model.device),
        **joined(sources, rows, device=model.device, dtype=model.dtype),
    }
    if cache is not None:
        width = getattr(
            sources[0].search.decoding, "width", 1
        )  # a beam's rows, ahead of `generate`
        inputs["cache"] = sliced(cache, shared, rows=len(ids) * width)
    return inputs


def shared_by(
    model: PreTrainedModel, prefixes: Prefixes, sources: Sequence[Source]
) -> tuple[DynamicCache | None, int]:
    """A cache of what all the sources begin with; computed now if several share much."""
    first = sources[0].ids
    shared = min(common(first, source.ids) for source in sources)
    shared = min(shared, *(len(source.ids) - 1 for source in sources))
    if shared < LEAST:
        return None, 0
    cache, known = prefixes.longest(first[: shared + 1])
    if len(sources) == 1 or known >= shared:
        return cache, known
    return _computed(model, prefixes, first[:shared], cache, known), shared


def _computed(
    model: PreTrainedModel,
    prefixes: Prefixes,
    ids: tuple[int, ...],
    cache: DynamicCache | None,
    known: int,
) -> DynamicCache:
    from transformers import DynamicCache

    begun = sliced(cache, known) if cache is not None else DynamicCache(config=model.config)
    rest = torch.tensor([ids[known:]], device=model.device)
    model(input_ids=rest, cache=begun, use_cache=True, logits_to_keep=1)
    prefixes.keep(ids, begun)
    return begun
