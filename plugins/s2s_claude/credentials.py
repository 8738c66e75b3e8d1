"""
Whether the SDK would find credentials, by its own order, without importing it.

A key, a token, a profile, workload identity, the active profile on disk: the same places, looked
at and not read.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

__all__ = ["found", "in_headers"]

NAMED: Final = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_PROFILE")
FEDERATION: Final = ("ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID")
IDENTITY: Final = ("ANTHROPIC_IDENTITY_TOKEN", "ANTHROPIC_IDENTITY_TOKEN_FILE")
BEARING: Final = frozenset({"authorization", "x-api-key"})


def found() -> bool:
    """Whether there are credentials; whether they are accepted, only the service can tell."""
    named = any(os.environ.get(name) for name in NAMED)
    return named or in_headers() or _is_federated() or _has_profile()


def in_headers() -> bool:
    """Whether ANTHROPIC_CUSTOM_HEADERS bear them."""
    lines = os.environ.get("ANTHROPIC_CUSTOM_HEADERS", "").split("\n")
    return any(line.partition(":")[0].strip().lower() in BEARING for line in lines)


def _is_federated() -> bool:
    told = all(os.environ.get(name) for name in FEDERATION)
    return told and any(os.environ.get(name) for name in IDENTITY)


def _has_profile() -> bool:
    folder = _folder()
    try:
        active = (folder / "active_config").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        active = ""
    name = active or "default"
    if name.startswith(".") or "/" in name or "\\" in name or "\0" in name:
        return False
    return (folder / "configs" / f"{name}.json").is_file()


def _folder() -> Path:
    told = os.environ.get("ANTHROPIC_CONFIG_DIR")
    if told:
        return Path(told)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "Anthropic"
    return Path.home() / ".config" / "anthropic"
