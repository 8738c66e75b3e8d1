"""What must not be said is taken out of what is said, in whatever form it stands there."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

__all__ = ["scrubbed"]

MASK = "[secret]"
SHORTEST = 4
"""Characters: what is shorter would turn up everywhere by chance."""


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """
    `text` without the secrets: as they are, quoted for a URL, in base64, as repr or JSON.

    Base64 is found wherever it begins within a longer encoded text, as in "Basic ..." headers.
    """
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return text


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    yield from (secret, *(quoted(raw) for quoted in (quote, quote_wholly, quote_plus)))
    yield from (_inner(json.dumps(secret)), _inner(json.dumps(secret, ensure_ascii=False)))
    for shown in (repr(secret), repr(raw)[1:]):
        yield from (_inner(shown), _inner(shown).replace("'", "\\'"))
    yield from _in_base64(raw)


def quote_wholly(text: bytes) -> str:
    return quote(text, safe="")


def _inner(quoted: str) -> str:
    return quoted[1:-1]


def _in_base64(secret: bytes) -> Iterator[str]:
    """At the end of what is encoded, and what is the same of it whatever stands behind."""
    for before in range(3):
        padded = bytes(before) + secret
        whole = padded[: len(padded) // 3 * 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            for part in (padded, whole):
                form = encode(part).decode().rstrip("=")[4 if before else 0 :]
                if len(form) >= SHORTEST:
                    yield form
