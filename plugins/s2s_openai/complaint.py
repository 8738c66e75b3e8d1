"""What a server says of an error: five shapes of body brought to one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Complaint", "complaint_of", "error_in"]

MOST: Final = 300
"""Characters of a server's words that are passed on."""


@dataclass(frozen=True)
class Complaint:
    """`kind` is the server's own word for it, where it has one; `code` a finer one."""

    message: str
    kind: str = ""
    code: str = ""

    @property
    def words(self) -> str:
        """All of it in lower case, to look for what it is about."""
        return f"{self.kind} {self.code} {self.message}".lower()


def complaint_of(body: bytes) -> Complaint:
    """Of the body of an answer with a bad status, whatever is in it."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Complaint(_plain(body))
    return error_in(told) or Complaint(_short(json.dumps(told)))


def error_in(told: object) -> Complaint | None:
    """The error that a JSON body, or a chunk of a stream, tells of; None if it tells of none."""
    if isinstance(told, list) and told:
        told = told[0]
    if not isinstance(told, dict):
        return None
    error, detail = told.get("error"), told.get("detail")
    if isinstance(error, dict):
        return _inner(error)
    if isinstance(error, str) and error:
        return Complaint(_short(error), _word(told.get("error_type")))
    if detail:
        return Complaint(_short(_details(detail)))
    return _inner(told) if told.get("object") == "error" else None


def _inner(error: dict[str, Any]) -> Complaint:
    kind = error.get("type") or error.get("status") or error.get("code")
    message = error.get("message") or error.get("msg") or kind or "an error without a message"
    return Complaint(_short(str(message)), _word(kind), _word(error.get("code")))


def _details(detail: object) -> str:
    """FastAPI's findings, without the input that they quote."""
    if not isinstance(detail, list):
        return str(detail)
    found = [one for one in detail if isinstance(one, dict)]
    return "; ".join(f"{_place(one.get('loc'))}: {one.get('msg', 'is wrong')}" for one in found)


def _place(loc: object) -> str:
    return ".".join(map(str, loc)) if isinstance(loc, list | tuple) else "the request"


def _word(value: object) -> str:
    return str(value)[:60] if isinstance(value, str | int) else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST else f"{line[:MOST]}..."


def _plain(body: bytes) -> str:
    """Text that is no JSON: a plain one is passed on, a page is not."""
    text = body[: 4 * MOST].decode("utf-8", "replace").strip()
    if not text:
        return "an empty answer"
    return "a web page" if text.startswith("<") else _short(text)
