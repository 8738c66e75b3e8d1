"""How a strategy of decoding is said to a server, and which of its settings cannot be."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.decoding import Beam, Greedy, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2s_tasks.decoding import Decoding

    from .profile import Manner, Profile

__all__ = ["sampling", "strategies", "unsaid"]

BOUNDS: Final = frozenset({"max_tokens", "stop"})
ESSENTIAL: Final = {
    Greedy: frozenset[str](),
    Beam: frozenset({"width"}),
    Sample: frozenset({"temperature"}),
}
"""What is said of a strategy even if it is as by default."""


def strategies(profile: Profile) -> frozenset[type[Decoding]]:
    """Those that a server of the kind has words for."""
    return frozenset(kind for kind in (Greedy, Sample, Beam) if _manner(kind, profile))


def sampling(decoding: Decoding | None, profile: Profile) -> dict[str, Any]:
    """The fields of a chat request that say it; {} leaves the choice to the server."""
    manner = decoding and _manner(type(decoding), profile)
    if decoding is None or not manner:
        return {}
    told = {
        manner.fields[name]: value
        for name, value in _settings(decoding).items()
        if manner.fields.get(name)
    }
    return _packed({**manner.always, **told}, profile)


def unsaid(decoding: Decoding | None, profile: Profile, model: str) -> Iterator[Misfit]:
    """What of it the server or the model would ignore, or refuse."""
    manner = decoding and _manner(type(decoding), profile)
    if decoding is None or not manner:
        return
    if not profile.samples(model):
        reason = f"{model} decodes in its own way only"
        yield Misfit("decoding", reason, "leave decoding out")
        return
    for name in _settings(decoding):
        if name not in manner.fields:
            known = ", ".join(sorted(manner.fields)) or "none"
            yield Misfit(name, f"{profile.title} has no {name}", f"settings it has: {known}")
    yield from _out_of_range(decoding, profile)
    if decoding.stop and not profile.stop:
        yield Misfit("stop", f"{profile.title} takes no stop strings", "leave stop out")


def _out_of_range(decoding: Decoding, profile: Profile) -> Iterator[Misfit]:
    if not isinstance(decoding, Sample):
        return
    if profile.hottest is not None and decoding.temperature > profile.hottest:
        reason = f"{profile.title} takes temperatures up to {profile.hottest:g}"
        yield Misfit("temperature", reason, f"temperature={profile.hottest:g}")
    if decoding.seed is not None and decoding.seed > profile.largest_seed:
        reason = f"{profile.title} takes seeds up to {profile.largest_seed}"
        yield Misfit("seed", reason, "a smaller seed")


def _manner(kind: type[Decoding], profile: Profile) -> Manner | None:
    return {Greedy: profile.greedy, Sample: profile.sample, Beam: profile.beam}[kind]


def _settings(decoding: Decoding) -> dict[str, Any]:
    """What is not as by default, and what makes the strategy."""
    return {
        one.name: getattr(decoding, one.name)
        for one in fields(decoding)
        if one.name not in BOUNDS
        if one.name in ESSENTIAL[type(decoding)] or getattr(decoding, one.name) != one.default
    }


def _packed(told: dict[str, Any], profile: Profile) -> dict[str, Any]:
    if not profile.packed:
        return told
    pack = {name: value for name, value in told.items() if name in profile.pack}
    beside = {name: value for name, value in told.items() if name not in profile.pack}
    return {**beside, profile.packed: json.dumps(pack)}
