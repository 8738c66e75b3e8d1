"""
What in a request can change its answer, as plain data and as a key.

Every field counts, new ones too, but for those that concern the caller alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from ..exchange import Media
from ..schema import Schema

if TYPE_CHECKING:
    from ..exchange import Request

__all__ = ["describe", "fingerprint"]

CALLERS_OWN = frozenset({"reads", "lead", "signal"})
"""What was read of the input, how the answer is shown, and how it is stopped."""

BLOCK = 2**20


def describe(request: Request) -> dict[str, object]:
    """The request as JSON can hold it: media by their SHA-256, empty fields left out."""
    told = {field.name: getattr(request, field.name) for field in fields(request)}
    return {
        name: _plain(dict(sorted(value.items())) if name == "params" else value)
        for name, value in told.items()
        if name not in CALLERS_OWN and value not in (None, False, "", (), {})
    }


def fingerprint(described: Mapping[str, object], model: str) -> str:
    """
    A SHA-256 in hex: the same for equal requests to the same model, on any machine.

    >>> from s2s_tasks.exchange import Request
    >>> request = describe(Request("translate", ("Hi",), params={"to": "de"}))
    >>> fingerprint(request, "t5-small")[:8]
    'c6cb4d4e'
    """
    document = json.dumps([model, described], separators=(",", ":"))
    return hashlib.sha256(document.encode("ascii")).hexdigest()


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case float() if value.is_integer():
            return int(value)  # 1.0 and 1 ask for the same
    return _plain_object(value) if is_dataclass(value) else value


def _plain_object(value: object) -> object:
    if isinstance(value, Media):
        digest = _digest(value)
        # A file object's name may be a whole path, which differs between machines.
        name = PurePath(value.name).name
        return {"sha256": digest, "modality": value.modality, "mime": value.mime, "name": name}
    if isinstance(value, Schema):
        return {"name": value.name, "json": _plain(value.json)}
    assert is_dataclass(value)
    named = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return {"kind": type(value).__name__, **named}


def _digest(media: Media) -> str:
    """Of its bytes, which may be more than memory holds."""
    made = hashlib.sha256()
    with media.file() as file:
        while block := file.read(BLOCK):
            made.update(block)
    return made.hexdigest()
