"""
For tests without a model, a key or a network: of applications, and of backend plugins.

An application is tested against a `Scripted` backend, or a `Recorded` one that replays what
a real one said; `Stage` puts a client before a script. A plugin is tested by subclassing
`BackendContract`. `no_network` proves that nothing was sent.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .contract import BackendContract
    from .identity import describe, fingerprint
    from .network import NetworkRefused, Wall, no_network
    from .recorded import Mode, Recorded
    from .scripted import Reply, Script, Scripted, broken, cut, refused
    from .stage import Stage

__all__ = [
    "BackendContract",
    "Mode",
    "NetworkRefused",
    "Recorded",
    "Reply",
    "Script",
    "Scripted",
    "Stage",
    "Wall",
    "broken",
    "cut",
    "describe",
    "fingerprint",
    "no_network",
    "refused",
]

_rooms = {
    "BackendContract": "contract",
    "Mode": "recorded",
    "NetworkRefused": "network",
    "Recorded": "recorded",
    "Stage": "stage",
    "Wall": "network",
    "describe": "identity",
    "fingerprint": "identity",
    "no_network": "network",
}


def __getattr__(name: str) -> object:
    # pytest imports this package in every run of every project, for its plugin.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_rooms.get(name, 'scripted')}", __name__), name)
