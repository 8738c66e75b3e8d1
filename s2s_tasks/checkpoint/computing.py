"""Where CTranslate2 computes, in which numbers, and on how many cores."""

from __future__ import annotations

import os
from typing import Final

from ..errors import BadSetting

__all__ = ["COMPUTE", "DEVICES", "computing", "cores"]

DEVICES: Final = ("cpu", "cuda")
COMPUTE: Final = ("int8", "float32", "float16", "bfloat16", "int16")


def computing(device: str | None, compute: str | None) -> tuple[str, str]:
    """
    The device and the type of numbers: as told, else S2S_DEVICE ("cpu") and S2S_COMPUTE ("int8").

    Raises BadSetting for one that is unknown.
    """
    device = device or os.environ.get("S2S_DEVICE") or "cpu"
    compute = compute or os.environ.get("S2S_COMPUTE") or "int8"
    return _known("device", device, DEVICES), _known("compute", compute, COMPUTE)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _known(name: str, told: str, known: tuple[str, ...]) -> str:
    if told not in known:
        raise BadSetting(f"{name}={told!r} is unknown", hint=f"it is {' or '.join(known)}")
    return told
