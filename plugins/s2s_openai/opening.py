"""From the name of a model to a backend: which server, of which kind, and what is known of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from s2s_tasks.errors import BadSetting, NotConfigured, UnknownName

from .address import Address, configured
from .backend import Server
from .probe import probed
from .profiles import PROFILES, UNKNOWN

if TYPE_CHECKING:
    from s2s_tasks.remote.rates import Rates

    from .probe import Probe

__all__ = ["opened"]


def opened(
    model: str | None,
    *,
    url: str | None = None,
    key: str | None = None,
    profile: str | None = None,
    rates: Rates | None = None,
    attempts: int = 3,
) -> Server:
    """
    The backend over `model`, or over S2S_OPENAI_MODEL, or over the only one that the server has.

    `url` and `key` are those of S2S_OPENAI_URL and S2S_OPENAI_KEY if not given, or of
    OPENAI_BASE_URL and OPENAI_API_KEY. A key from the environment is only shown to the server
    that the environment names. `profile` names the kind of server where it cannot be found out.
    `rates` bound what is sent in a minute; a call is tried `attempts` times at most.
    """
    address = _address(url, key)
    if profile is not None and profile not in PROFILES:
        raise BadSetting(f"profile={profile!r} is unknown", hint=f"one of {', '.join(PROFILES)}")
    found = probed(address, PROFILES[profile] if profile else None)
    if found.profile is UNKNOWN and profile is None:
        found.check()
    facts = found.facts(_named(model, found))
    return Server(address, found.profile, facts, rates=rates, attempts=attempts)


def _address(url: str | None, key: str | None) -> Address:
    named = configured()
    if url is not None:
        given = Address.of(url, key or "")
        return named if key is None and named is not None and named.url == given.url else given
    if named is None:
        raise NotConfigured(
            "no OpenAI-compatible server is configured",
            hint="set S2S_OPENAI_URL, as in http://127.0.0.1:8000/v1, or S2S_OPENAI_KEY for OpenAI",
        )
    return named if key is None else Address.of(named.url, key)


def _named(model: str | None, found: Probe) -> str:
    name = model or os.environ.get("S2S_OPENAI_MODEL", "").strip()
    if name:
        return name
    found.check()
    listed = [*found.models]
    if len(listed) == 1:
        return listed[0]
    some = ", ".join(listed[:8]) or "none"
    raise UnknownName(
        f"which model of {found.address.url}? It lists {some}",
        hint="name one with model=..., or in S2S_OPENAI_MODEL",
    )
