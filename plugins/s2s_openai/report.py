"""What a look at a server found, line by line, for `s2s doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from s2s_tasks.errors import S2SError

from .address import Address, configured
from .facts import Kind
from .probe import Probe
from .profile import Forms, Schemas
from .sampling import strategies
from .sight import Sight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .facts import Facts
    from .profile import Profile

__all__ = ["Line", "report"]

Line: TypeAlias = tuple[str, str, str, str]
"""State ("ok", "off" or "broken"), what it is about, what is wrong or to be known, the way out."""

MOST: Final = 12
"""Models that are shown."""


def report(url: str) -> Iterator[Line]:
    """Of the server at `url`; a key of the environment is shown to the server it belongs to only."""
    try:
        address = Address.of(url)
        named = configured()
    except S2SError as error:
        yield "broken", "the address", str(error), error.hint
        return
    yield from _lines(
        Probe(address, Sight(named if named and named.url == address.url else address))
    )


def _lines(probe: Probe) -> Iterator[Line]:
    where = "on this machine" if probe.address.loopback else "remote"
    problem = probe.problem
    if problem is not None:
        yield "broken", f"server {probe.address.url} ({where})", str(problem), problem.hint
        if probe.unheard:
            return
    else:
        yield "ok", f"server {probe.address.url} ({where})", "", ""
    yield _kind(probe)
    yield from _models(probe)
    yield from _abilities(probe.profile)


def _kind(probe: Probe) -> Line:
    profile = probe.profile
    known = profile.name != "unknown"
    mend = "" if known else "only what all servers have in common is used; name it with profile=..."
    return "ok" if known else "off", f"kind: {profile.title}, since {probe.why}", "", mend


def _models(probe: Probe) -> Iterator[Line]:
    for name in [*probe.models][:MOST]:
        yield "ok", f"model {name}", _told(probe.facts(name)), ""
    if (more := len(probe.models) - MOST) > 0:
        yield "ok", f"and {more:,} more models", "", ""
    if not probe.models:
        yield "off", "models", "none are listed", "name one with model=..."


def _told(facts: Facts) -> str:
    sees = {True: "reads images", False: "text only", None: ""}[facts.vision]
    context = f"context of {facts.context:,} tokens" if facts.context else ""
    places = f"{facts.places} at once" if facts.places else ""
    kind = "" if facts.kind is Kind.CHAT else f"{facts.kind} model"
    return ", ".join(filter(None, (kind, context, sees, places)))


def _abilities(profile: Profile) -> Iterator[Line]:
    if profile.schemas is Schemas.NONE:
        yield "off", "schemas", "it ignores them: told in words, checked and repaired", ""
    elif profile.enforces:
        yield "ok", f"schemas: enforced by {profile.schemas}; checked all the same", "", ""
    else:
        how = f"sent by {profile.schemas}, and not relied on: told in words, checked and repaired"
        yield "off", "schemas", how, ""
    yield _forms(profile)
    names = ", ".join(sorted(kind.__name__ for kind in strategies(profile)))
    yield "ok", f"decoding: {names}", "", ""
    yield _has("transcription", has=profile.speech is not None)
    yield _has("embeddings", has=profile.embeds)
    yield "ok", f"what is known of its kind: {profile.seen}", "", ""


def _forms(profile: Profile) -> Line:
    match profile.forms:
        case Forms.NONE:
            return "off", "choices, patterns, grammars", "choices are told in words only", ""
        case Forms.STRUCTURED:
            return "ok", f"choices, patterns, grammars: by {profile.forms}", "", ""
        case Forms.REGEX:
            return "ok", f"choices, patterns: by {profile.forms}", "", ""
        case Forms.GBNF:
            return "ok", f"choices: by {profile.forms}", "", ""


def _has(what: str, *, has: bool) -> Line:
    return ("ok", what, "", "") if has else ("off", what, "no endpoint", "")
