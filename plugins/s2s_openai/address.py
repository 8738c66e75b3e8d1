"""Where a server is, and the key that it is shown; the key is in nothing that can be printed."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

from s2s_tasks.errors import BadSetting
from s2s_tasks.remote.secrets import scrubbed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OPENAI", "Address", "Key", "configured"]

OPENAI: Final = "https://api.openai.com/v1"
OWN: Final = ("S2S_OPENAI_URL", "S2S_OPENAI_KEY")
COMMON: Final = ("OPENAI_BASE_URL", "OPENAI_API_KEY")
ENDPOINTS: Final = ("/chat/completions", "/completions", "/embeddings", "/models")


class Key:
    """A secret text that neither `repr` nor `str` shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        if not all("!" <= letter <= "~" for letter in self._text):
            raise BadSetting(
                "the key has characters that no key has",
                hint="copy it anew, without quotes and line ends",
            )

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Key(***)" if self else "Key()"

    __str__ = __repr__

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._text}"} if self._text else {}

    def scrubbed(self, text: str) -> str:
        """`text` without the key, however it is written there."""
        return scrubbed(text, [self._text]) if self._text else text


@dataclass(frozen=True)
class Address:
    """`url` is what the paths of the dialect follow: it ends in /v1, mostly."""

    url: str
    key: Key = field(default_factory=lambda: Key(""))

    @classmethod
    def of(cls, url: str, key: str = "") -> Address:
        """Raises BadSetting for what is no address of a server."""
        parts = _checked(url)
        path = parts.path.rstrip("/")
        for endpoint in ENDPOINTS:
            path = path.removesuffix(endpoint)
        return cls(f"{parts.scheme}://{parts.netloc}{path or '/v1'}", Key(key))

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").rstrip(".").lower()

    @property
    def loopback(self) -> bool:
        """Whether it is on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def root(self) -> str:
        """What the paths of the server's own interface follow."""
        return self.url.removesuffix("/v1")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        known = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or True)
    except ValueError:
        known = None
    if not known:
        raise BadSetting("the URL of the server is not one", hint="as in http://127.0.0.1:8000/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadSetting(  # URLs are logged
            f"the URL of the server at {parts.hostname} has a password, a query or a fragment",
            hint="give the address only, and the key in S2S_OPENAI_KEY",
        )
    return parts


def configured(env: Mapping[str, str] | None = None) -> Address | None:
    """
    The server that the environment names; a key alone stands for OpenAI itself.

    OPENAI_API_KEY is often a real one, there for other programs: it is only shown to OpenAI
    and to the server of OPENAI_BASE_URL. S2S_OPENAI_KEY goes wherever it is configured to.
    """
    told = os.environ if env is None else env
    (own_url, own_key), (url, key) = (
        [told.get(name, "").strip() for name in names] for names in (OWN, COMMON)
    )
    where = own_url or url or OPENAI
    shown = own_key or (key if where in {url, OPENAI} else "")
    return Address.of(where, shown) if own_url or url or shown else None
