"""What the service says when it does not answer, as data: from a response, or within a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Complained", "Told", "told_in_stream"]


@dataclass(frozen=True)
class Told:
    """`kind` is `error.type`, `code` is `error.details.error_code`; `request` is its id at the service."""

    status: int
    kind: str = ""
    code: str = ""
    said: str = ""
    request: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""A stream has begun with 200: there, only the type of an error says which it is."""


def told_in_stream(event: Mapping[str, object]) -> Told:
    """The complaint in an `error` event."""
    error = event.get("error")
    inner = error if isinstance(error, Mapping) else {}
    details = inner.get("details")
    code = details.get("error_code") if isinstance(details, Mapping) else None
    kind = str(inner.get("type") or "")
    said = str(inner.get("message") or "")
    request = str(event.get("request_id") or "")
    return Told(STATUSES.get(kind, 500), kind, str(code or ""), said, request)


class Complained(Exception):
    """An error came in the stream, where the status has long been one of success."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.kind)
        self.told = told
