"""What a figure depends on beside the model: this machine, and what runs on it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Final, Self

from .. import __version__

__all__ = ["Fingerprint", "Machine", "fingerprint", "machine"]

SETTINGS: Final = ("S2S_DEVICE", "S2S_DTYPE", "S2S_COMPUTE", "OMP_NUM_THREADS")
"""Variables that change how fast a backend is."""

OURS: Final = "s2s-tasks"
PATIENCE: Final = 2.0
"""Seconds that the system may take to name its processor."""


@dataclass(frozen=True)
class Machine:
    """`cores`: those this process may run on. `ram`: whole GiB. `gpu`: names, or nothing."""

    cpu: str
    cores: int
    ram: int
    gpu: str = ""


@dataclass(frozen=True)
class Fingerprint:
    """
    Figures taken under one fingerprint may stand for another of the same `key`.

    `versions`: of Python, this package and the libraries of the backend, to two places and the
    build (2.13+cpu). `settings`: what the environment says about devices, number types, threads.
    """

    machine: Machine
    versions: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """All of it as JSON, with the names in order."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @property
    def key(self) -> str:
        """Sixteen hexadecimal digits."""
        return sha256(self.text.encode()).hexdigest()[:16]

    @property
    def holds(self) -> bool:
        """Whether the machine, the settings and all versions named are those of this process."""
        return self == Fingerprint(machine(), _versions(self.versions), _settings())

    def __str__(self) -> str:
        has = self.machine
        said = [has.cpu, has.gpu, f"{has.cores} cores", f"{has.ram} GiB"]
        said += [" ".join(pair) for pair in self.versions.items()]
        said += ["=".join(pair) for pair in self.settings.items()]
        return ", ".join(filter(None, said))

    @classmethod
    def read(cls, text: str) -> Self:
        """From its text."""
        parts = json.loads(text)
        return cls(Machine(**parts["machine"]), parts["versions"], parts["settings"])


def fingerprint(extra: str = "") -> Fingerprint:
    """Of this process, and of a backend whose libraries are those of an `extra` of this package."""
    return Fingerprint(machine(), _versions(["python", "s2s", *_needed(extra)]), _settings())


@cache
def machine() -> Machine:
    """The one that this process runs on."""
    return Machine(_cpu(), _cores(), _ram(), _gpu())


def _versions(names: Iterable[str]) -> dict[str, str]:
    """Of those that are here."""
    found = {name: _version(name) for name in names}
    return {name: version for name, version in found.items() if version}


@cache
def _version(name: str) -> str:
    own = {"python": platform.python_version(), "s2s": __version__}
    with suppress(metadata.PackageNotFoundError):
        return _near(own.get(name) or metadata.version(name))
    return ""


def _settings() -> dict[str, str]:
    return {name: os.environ[name] for name in SETTINGS if name in os.environ}


def _needed(extra: str) -> Iterable[str]:
    """Names of the distributions that an extra asks for."""
    wanted: list[str] = []
    if extra:
        with suppress(metadata.PackageNotFoundError):
            wanted = metadata.requires(OURS) or []
    for line in wanted:
        requirement, _, marker = line.partition(";")
        if marker.replace("'", '"').strip() == f'extra == "{extra}"':
            yield _name(requirement)


def _name(requirement: str) -> str:
    letters = (letter if letter.isalnum() or letter in "-_." else " " for letter in requirement)
    return "".join(letters).split()[0]


def _near(version: str) -> str:
    public, plus, build = version.partition("+")
    return ".".join(public.split(".")[:2]) + plus + build


def _cores() -> int:
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _ram() -> int:
    with suppress(AttributeError, OSError, ValueError):
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30)
    return 0


def _cpu() -> str:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        with suppress(OSError, subprocess.SubprocessError):
            asked = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
            return subprocess.check_output(asked, text=True, timeout=PATIENCE).strip()  # noqa: S603  # no word of it is from outside
    return platform.processor() or platform.machine()


def _gpu() -> str:
    names = []
    for about in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        with suppress(OSError):
            lines = about.read_text("utf-8", "replace").splitlines()
            names += [line.partition(":")[2].strip() for line in lines if line.startswith("Model")]
    return ", ".join(names)
