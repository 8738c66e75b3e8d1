"""
From the vectors of tokens to the one of their text, as sentence-transformers wrote it down.

A checkpoint of that library lists its modules: the transformer, how its tokens are pooled, and
what is done to the result. Its vectors are then the same as there, also in their length. An
encoder without such a list gives the mean of its tokens, at unit length.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch

from s2s_tasks.errors import NotConfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from s2s_tasks.checkpoint.folder import Checkpoint

    Step = Callable[[torch.Tensor], torch.Tensor]
    Mode = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

__all__ = ["Pooling", "is_listed", "pooling_of"]

LIST: Final = "modules.json"
ACTIVATIONS: Final = frozenset({"Identity", "Tanh", "ReLU", "GELU", "Sigmoid"})


def normalized(vectors: torch.Tensor) -> torch.Tensor:
    """At unit length, so that a product of two is their cosine."""
    return torch.nn.functional.normalize(vectors, dim=-1)


@dataclass(frozen=True)
class Pooling:
    """
    Several `modes` are set side by side. `skipped`: tokens at the head, a prompt's, that are
    read and not pooled. `steps` come after it, in order.
    """

    modes: tuple[str, ...] = ("mean",)
    steps: tuple[Step, ...] = (normalized,)
    skipped: int = 0

    def pooled(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Of tokens (rows, width, size) those that the mask (rows, width) has 1 for: (rows, n)."""
        if self.skipped:
            mask = mask * (torch.arange(mask.shape[1], device=mask.device) >= self.skipped)
        return torch.cat([MODES[mode](tokens, mask) for mode in self.modes], dim=-1)

    def finished(self, vectors: torch.Tensor) -> torch.Tensor:
        for step in self.steps:
            vectors = step(vectors)
        return vectors


# --- modes ---------------------------------------------------------------------------------


def _sum(tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (tokens * weights[..., None]).sum(dim=1)


def _mean(tokens: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return _sum(tokens, weights) / weights.sum(dim=1, keepdim=True).clamp(min=1)


def _root_mean(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _sum(tokens, mask) / mask.sum(dim=1, keepdim=True).clamp(min=1).sqrt()


def _later_more(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _mean(tokens, mask * torch.arange(1, mask.shape[1] + 1, device=mask.device))


def _max(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return tokens.masked_fill(mask[..., None] == 0, float("-inf")).amax(dim=1)


def _first(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _at(tokens, mask.argmax(dim=1))


def _last(tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return _at(tokens, mask.shape[1] - 1 - mask.flip(1).argmax(dim=1))


def _at(tokens: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    return tokens[torch.arange(tokens.shape[0], device=tokens.device), places]


MODES: Final[Mapping[str, Mode]] = {
    "cls": _first,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _root_mean,
    "weightedmean": _later_more,
    "lasttoken": _last,
}
"""By their names in sentence-transformers, in the order in which it sets them side by side."""


# --- what the files say --------------------------------------------------------------------


def is_listed(checkpoint: Checkpoint) -> bool:
    """Whether it says how to make one vector of a text: a plain encoder does not."""
    return (checkpoint.folder / LIST).is_file()


def pooling_of(checkpoint: Checkpoint, prompt: int = 0) -> Pooling:
    """
    `prompt`: tokens that stand before each text.

    Raises NotConfigured for a list with modules that are not known here.
    """
    if not is_listed(checkpoint):
        return Pooling()
    pooling: Mapping[str, Any] | None = None
    steps: list[Step] = []
    for kind, path in _modules(checkpoint):
        settings = checkpoint.settings(f"{path}/config.json")
        match kind:
            case "Transformer":
                continue
            case "Pooling":
                pooling = settings
            case "Normalize":
                steps.append(normalized)
            case "Dense":
                steps.append(_dense(checkpoint, path, settings))
            case _:
                raise _unknown(checkpoint, f"a module {kind!r}")
    if pooling is None:
        raise _unknown(checkpoint, "no pooling")
    skipped = 0 if pooling.get("include_prompt", True) else prompt
    return Pooling(_modes(checkpoint, pooling), tuple(steps), skipped)


def _modules(checkpoint: Checkpoint) -> list[tuple[str, str]]:
    """The kind of each module, and its folder."""
    try:
        listed = json.loads((checkpoint.folder / LIST).read_text("utf-8"))
        found = [(str(one["type"]).rpartition(".")[2], str(one["path"])) for one in listed]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _unknown(checkpoint, "no list that can be read") from error
    if any(path in {".", ".."} or "/" in path or "\\" in path for _, path in found):
        raise _unknown(checkpoint, "a module outside its folder")
    return found


def _modes(checkpoint: Checkpoint, settings: Mapping[str, Any]) -> tuple[str, ...]:
    named = settings.get("pooling_mode")
    if named is None:
        named = [mode for mode in MODES if _flagged(settings, mode)] or "mean"
    modes: Sequence[str] = [named] if isinstance(named, str) else named
    if strange := [mode for mode in modes if mode not in MODES]:
        raise _unknown(checkpoint, f"a pooling mode {strange[0]!r}")
    return tuple(modes)


def _flagged(settings: Mapping[str, Any], mode: str) -> bool:
    """As older lists say it: pooling_mode_cls_token, pooling_mode_mean_tokens, ..._lasttoken."""
    return any(settings.get(f"pooling_mode_{mode}{ending}") for ending in ("", "_token", "_tokens"))


def _dense(checkpoint: Checkpoint, path: str, settings: Mapping[str, Any]) -> Step:
    """A linear layer and its activation; it is small, and stays on the CPU."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    name = str(settings.get("activation_function", "Identity")).rpartition(".")[2]
    if name not in ACTIVATIONS:
        raise _unknown(checkpoint, f"an activation {name!r}")
    activation: Step = getattr(torch.nn, name)()
    try:
        held = load_file(checkpoint.folder / path / "model.safetensors")
        weight, bias = held["linear.weight"].float(), held.get("linear.bias")
    except (OSError, LookupError, SafetensorError) as error:
        raise _unknown(checkpoint, f"no weights in {path}/model.safetensors") from error
    offset = None if bias is None else bias.float()
    return lambda vectors: activation(torch.nn.functional.linear(vectors, weight, offset))


def _unknown(checkpoint: Checkpoint, what: str) -> NotConfigured:
    return NotConfigured(
        f"{checkpoint.name or checkpoint.folder} cannot embed: {LIST} has {what}",
        hint="known are Transformer, Pooling, Dense and Normalize",
    )
