"""What a server answers to GET, each path asked for once and when it is first needed."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.errors import S2SError
from s2s_tasks.exchange import Signal
from s2s_tasks.remote.patience import timeouts

from .connection import tls
from .failing import Explainer
from .troubles import BadReply, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address import Address

__all__ = ["Seen", "Sight"]

LIMIT: Final = 5.0
"""Seconds for one answer: these cost a server nothing."""
OK: Final = 200


@dataclass(frozen=True)
class Seen:
    """An answer; `document` is None where it is no JSON. `error`: why there is none."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    document: Any = None
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        return self.status == OK

    def get(self, name: str) -> Any:
        """A field of its JSON object."""
        return self.document.get(name) if isinstance(self.document, dict) else None


class Sight:
    """Of one server. Paths of the dialect are relative to its URL, `own` ones to its root."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._seen: dict[tuple[str, str], Seen] = {}

    def at(self, path: str) -> Seen:
        """The answer to a path of the dialect."""
        return self._look(f"{self.address.url}{path}")

    def own(self, path: str, payload: dict[str, Any] | None = None) -> Seen:
        """The answer to a path of the server's own interface."""
        if (models := self.at("/models")).error is not None:
            return models  # nobody is there
        return self._look(f"{self.address.root}{path}", payload)

    def row(self, model: str) -> dict[str, Any]:
        """What the list of models says of one."""
        return next((row for row in self.rows("/models") if row.get("id") == model), {})

    def rows(self, path: str) -> list[dict[str, Any]]:
        """The list in an answer like that to /models."""
        listed = self.at(path).get("data")
        return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []

    @property
    def looked(self) -> bool:
        """Whether it was asked for anything yet."""
        return bool(self._seen)

    @property
    def trouble(self) -> S2SError | None:
        """What the answer to /models, which all servers give, came to."""
        seen, explain = self.at("/models"), Explainer(self.address, "", free=True)
        if seen.error is not None:
            return explain(seen.error).error
        if not seen.ok:
            return explain(Refusal(seen.status, seen.headers, seen.body)).error
        if not isinstance(seen.get("data"), list):
            return explain(BadReply("no list of models")).error
        return None

    def _look(self, url: str, payload: dict[str, Any] | None = None) -> Seen:
        key = url, json.dumps(payload)
        if key not in self._seen:
            self._seen[key] = _asked(self.address, url, payload)
        return self._seen[key]


def _asked(address: Address, url: str, payload: dict[str, Any] | None) -> Seen:
    import httpx2

    from s2s_tasks.remote.wire import guarded

    signal = Signal(time.monotonic() + LIMIT)
    client = httpx2.Client(
        headers=address.key.headers, trust_env=not address.loopback, verify=tls()
    )
    with guarded(client):
        try:
            method, timeout = "POST" if payload else "GET", timeouts(signal, LIMIT)
            answer = client.request(method, url, json=payload, timeout=timeout)
        except (httpx2.HTTPError, S2SError) as error:
            return Seen(error=error)
        return Seen(answer.status_code, answer.headers, answer.content, _json(answer.content))


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
