"""
Where a checkpoint is computed and with which numbers, chosen by hardware.

An encoder's vectors and scores are compared by small differences, so they stay in float32.
Models that write take bfloat16 where the hardware has it: on a CPU only for weights that are
stored in half precision, since rounding others would change what they say.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch

from s2s_tasks.errors import BadSetting

if TYPE_CHECKING:
    from s2s_tasks.checkpoint.folder import Checkpoint

__all__ = ["Placement", "choose"]

DTYPES: Final = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
KINDS: Final = ("cpu", "cuda", "mps")
HALF: Final = frozenset({"float16", "bfloat16"})
AUTO: Final = "auto"


@dataclass(frozen=True)
class Placement:
    """A device and the type of the numbers on it."""

    device: torch.device
    dtype: torch.dtype


def choose(
    checkpoint: Checkpoint, device: str | None = None, dtype: str | None = None
) -> Placement:
    """
    As given, else as S2S_DEVICE and S2S_DTYPE say, else by hardware; "auto" is as good as None.

    Raises BadSetting for a device or dtype that is not known, or not on this machine.
    """
    place = _device(_given(device, "S2S_DEVICE"))
    kind = _given(dtype, "S2S_DTYPE")
    return Placement(place, _dtype(kind) if kind else _fitting(checkpoint, place))


def _given(setting: str | None, variable: str) -> str:
    given = (setting or os.environ.get(variable, "")).strip().lower()
    return "" if given == AUTO else given


def _device(name: str) -> torch.device:
    if not name:
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if _count(kind)))
    kind, _, number = name.partition(":")
    if kind not in KINDS or not (number.isdecimal() if ":" in name else True):
        raise BadSetting(
            f"device={name!r} is unknown", hint="it is auto, cpu, cuda, cuda:<number> or mps"
        )
    if int(number or 0) >= _count(kind):
        there = ", ".join(kind for kind in KINDS if _count(kind))
        raise BadSetting(f"device={name!r} is not on this machine", hint=f"there is {there}")
    return torch.device(name)


def _count(kind: str) -> int:
    match kind:
        case "cuda":
            return torch.cuda.device_count() if torch.cuda.is_available() else 0
        case "mps":
            return int(torch.backends.mps.is_available())
        case _:
            return 1


def _dtype(name: str) -> torch.dtype:
    if name not in DTYPES:
        raise BadSetting(f"dtype={name!r} is unknown", hint=f"it is auto, {', '.join(DTYPES)}")
    return DTYPES[name]


def _fitting(checkpoint: Checkpoint, device: torch.device) -> torch.dtype:
    if checkpoint.architecture == "encoder-only":
        return torch.float32
    stored = _stored(checkpoint)
    match device.type:
        case "cuda" if torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.bfloat16
        case "cuda" if stored == "float16":  # others overflow its range, T5 above all
            return torch.float16
        case "cpu" if stored in HALF and _cpu_has_bfloat16():
            return torch.bfloat16
    return torch.float32


def _stored(checkpoint: Checkpoint) -> str:
    config = checkpoint.config
    return str(config.get("dtype") or config.get("torch_dtype") or "").removeprefix("torch.")


def _cpu_has_bfloat16() -> bool:
    """Whether it multiplies bfloat16 by itself; an emulation is slower than float32."""
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16") or found.get("bf16"))
