"""
Tensors that go with the ids, as pixels: joined over the rows of a batch.

All are joined along their first dimension, be it rows, pictures or patches. Those that say
something of each token are padded as the ids are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2s_tasks.checkpoint.source import Source

__all__ = ["alike", "joined", "placed"]

BY_TOKEN: Final = frozenset({"token_type_ids", "mm_token_type_ids"})
"""Of shape (1, tokens); zero stands for text, and for padding."""

Tensors = dict[str, torch.Tensor]


def alike(sources: Sequence[Source], *, pads: bool) -> list[list[int]]:
    """
    Positions of sources by what can be joined: the same tensors, of the same shape but for the
    first dimension; for a model that does not bear padding, also as many ids.
    """
    groups: dict[object, list[int]] = {}
    for at, source in enumerate(sources):
        key = _shape(_tensors(source)), pads or len(source.ids)
        groups.setdefault(key, []).append(at)
    return [*groups.values()]


def joined(
    sources: Sequence[Source], rows: int, *, device: torch.device, dtype: torch.dtype
) -> Tensors:
    """Those of all sources, `rows` times each; fractions are given as `dtype`."""
    all_of = [_tensors(source) for source in sources for _ in range(rows)]
    width = max(len(source.ids) for source in sources)
    return {
        name: _moved(torch.cat([_padded(name, one[name], width) for one in all_of]), device, dtype)
        for name in all_of[0]
    }


def placed(source: Source) -> bool:
    """Whether where its tokens stand depends on what each of them is."""
    return not BY_TOKEN.isdisjoint(source.extras)


def _tensors(source: Source) -> Mapping[str, torch.Tensor]:
    return cast("Mapping[str, torch.Tensor]", source.extras)


def _shape(tensors: Mapping[str, torch.Tensor]) -> object:
    return frozenset(
        (name, () if name in BY_TOKEN else one.shape[1:], one.dtype)
        for name, one in tensors.items()
    )


def _padded(name: str, tensor: torch.Tensor, width: int) -> torch.Tensor:
    if name not in BY_TOKEN:
        return tensor
    return torch.nn.functional.pad(tensor, (width - tensor.shape[1], 0))


def _moved(tensor: torch.Tensor, device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    return tensor.to(device, dtype if tensor.is_floating_point() else None)
