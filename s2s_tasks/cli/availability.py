"""What can be used now, why other things cannot, and the command that installs what they lack."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import metadata

from ..backend import BackendSpec
from ..plugin import OURS, Plugin, State

__all__ = ["idle_plugins", "install_line", "why_not"]

_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def why_not(spec: BackendSpec) -> str:
    """Why it cannot be used now; nothing if it can."""
    try:
        return spec.availability()
    except Exception as error:  # noqa: BLE001  # a plugin may raise anything
        return f"its check failed: {type(error).__name__}: {error}"


def idle_plugins(plugins: Iterable[Plugin]) -> str:
    """A sentence about plugins that might have helped; nothing if all take part."""
    off = [plugin.name for plugin in plugins if plugin.state is State.OFF]
    bad = [plugin.name for plugin in plugins if plugin.state in {State.BROKEN, State.CLASHES}]
    said = (f"S2S_PLUGINS leaves out {', '.join(off)}", f"broken, see s2s doctor: {', '.join(bad)}")
    return "; ".join(words for words, names in zip(said, (off, bad), strict=True) if names)


def install_line(spec: BackendSpec, plugins: Iterable[Plugin]) -> str:
    """The command for the backend's extra, if a package of that is missing."""
    if not spec.extra:
        return ""
    for name in dict.fromkeys([OURS, *(plugin.distribution for plugin in plugins)]):
        if name and _lacks(name, spec.extra):
            return f'pip install "{name}[{spec.extra}]"'
    return ""


def _lacks(distribution: str, extra: str) -> bool:
    try:
        wanted = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        return False
    marker = re.compile(rf"extra\s*==\s*['\"]{re.escape(extra)}['\"]")
    names = (_name.match(line) for line in wanted if marker.search(line))
    return any(not _installed(found[0]) for found in names if found)


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
