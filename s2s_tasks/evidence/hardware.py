"""The machine that this process runs on, as the decision helper wants to know it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from shutil import which
from typing import Final

from ..decide import Hardware
from .bandwidth import bandwidth
from .fingerprint import machine

__all__ = ["this_machine"]

ASKED: Final = "--query-gpu=memory.total", "--format=csv,noheader,nounits"
PATIENCE: Final = 3.0
"""Seconds that the driver may take to answer."""

AMD: Final = Path("/sys/class/drm")


@cache
def this_machine() -> Hardware:
    """
    Cores, memory, its speed and the largest accelerator's memory; nothing heavy is loaded.

    The memory is all there is, not what is free at the moment.
    """
    has = machine()
    return Hardware(
        cores=has.cores, ram_gb=has.ram, gpu_gb=_gpu_gb(), bandwidth_gbs=round(bandwidth(), 1)
    )


def _gpu_gb() -> float | None:
    """0 if there is no accelerator, None if there is one that does not tell its memory."""
    if sys.platform == "darwin" and machine().cpu.startswith("Apple"):
        return float(machine().ram)  # which the processor and the accelerator share
    found = [*_nvidia(), *_amd()]
    if not found and machine().gpu:
        return None
    return round(max(found, default=0.0), 1)


def _nvidia() -> list[float]:
    if not machine().gpu or not (program := which("nvidia-smi")):
        return []
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        said = subprocess.check_output([program, *ASKED], text=True, timeout=PATIENCE)  # noqa: S603  # no word of it is from outside
        return [float(line) / 1024 for line in said.splitlines() if line.strip()]
    return []


def _amd() -> list[float]:
    found = []
    for file in sorted(AMD.glob("card*/device/mem_info_vram_total")):
        with suppress(OSError, ValueError):
            found.append(int(file.read_text("ascii")) / 2**30)
    return [gigabytes for gigabytes in found if gigabytes >= 1]  # less is a display's
