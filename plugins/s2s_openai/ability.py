"""What one model on one server can do, and what of a request is beyond it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import Capabilities, Enforces, Misfit, Place
from s2s_tasks.capabilities import unwritten
from s2s_tasks.media import Modality

from .facts import Kind
from .sampling import strategies, unsaid
from .shaping import unshaped
from .speech import unheard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s2s_tasks.decoding import Decoding
    from s2s_tasks.exchange import Request

    from .address import Address
    from .facts import Facts
    from .profile import Profile

__all__ = ["abilities", "beyond"]

AT_ONCE: Final = 8
"""Calls, where the server does not tell how many it works on."""

TEXTS_AT_ONCE: Final = 64
RESERVE: Final = 1_024
"""Tokens of a context that are kept for the output, at most a quarter of it."""

AROUND: Final = 64
"""Tokens that a chat template may put around a short conversation."""

OWN: Final = frozenset({"regex", "grammar"})
"""Misfits of forms, of which the profile knows better."""


def abilities(address: Address, profile: Profile, facts: Facts) -> Capabilities:
    """Of the model there; of the three kinds, each has an endpoint of its own."""
    place = Place.LOCAL if _stays(address, profile, facts.model) else Place.REMOTE
    match facts.kind:
        case Kind.EMBEDDING:
            return _embedding(place, facts)
        case Kind.SPEECH:
            return _speech(place, facts)
    return _chat(place, profile, facts)


def _embedding(place: Place, facts: Facts) -> Capabilities:
    return Capabilities(
        "encoder-only",
        place,
        tasks=frozenset({"embed"}),
        reads_words=False,
        strategies=frozenset(),
        context=facts.context,
        concurrency=facts.places or AT_ONCE,
        batch=TEXTS_AT_ONCE,
    )


def _speech(place: Place, facts: Facts) -> Capabilities:
    return Capabilities(
        "speech-encoder-decoder",
        place,
        accepts=frozenset({Modality.AUDIO}),
        tasks=frozenset({"transcribe"}),
        reads_words=False,
        strategies=frozenset(),
        concurrency=facts.places or AT_ONCE,
    )


def _chat(place: Place, profile: Profile, facts: Facts) -> Capabilities:
    return Capabilities(
        "decoder-only",
        place,
        accepts=frozenset(_accepted(profile, facts)),
        follows_words=True,
        enforces=Enforces.NATIVELY if profile.enforces else Enforces.NOT,
        strategies=_taken(profile, facts.model),
        streams=True,
        context=_room(facts.context),
        concurrency=facts.places or AT_ONCE,
    )


def _stays(address: Address, profile: Profile, model: str) -> bool:
    """Whether what is sent there stays on this machine."""
    hosted = profile.name == "ollama" and model.endswith(("-cloud", ":cloud"))
    return address.loopback and not profile.forwards and not hosted


def _accepted(profile: Profile, facts: Facts) -> Iterator[Modality]:
    yield Modality.TEXT
    if profile.pictures and facts.vision is not False:
        yield Modality.IMAGE


def _taken(profile: Profile, model: str) -> frozenset[type[Decoding]]:
    return strategies(profile) if profile.samples(model) else frozenset()


def _room(context: int | None) -> int | None:
    """Tokens of input in a context that input and output share."""
    return context and max(1, context - min(RESERVE, context // 4) - AROUND)


def beyond(
    request: Request, found: Sequence[Misfit], profile: Profile, facts: Facts
) -> Iterator[Misfit]:
    """The misfits that the capabilities found, but for what the profile knows better, and its own."""
    yield from (one for one in found if one.option not in OWN)
    match facts.kind:
        case Kind.SPEECH:
            yield from unheard(request, profile)
        case Kind.EMBEDDING if not profile.embeds:
            yield Misfit("task", f"{profile.title} has no endpoint for embeddings")
        case Kind.CHAT:
            yield from _unchatted(request, profile, facts)


def _unchatted(request: Request, profile: Profile, facts: Facts) -> Iterator[Misfit]:
    yield from unwritten(request)
    yield from unsaid(request.decoding, profile, facts.model)
    yield from _too_many(request, profile, facts)
    yield from unshaped(request, profile)


def _too_many(request: Request, profile: Profile, facts: Facts) -> Iterator[Misfit]:
    """llama.cpp works on all answers to a request at once, or on none."""
    results = getattr(request.decoding, "results", 1)
    if profile.name == "llama.cpp" and facts.places and results > facts.places:
        reason = f"the server has places for {facts.places} answers"
        yield Misfit("results", reason, f"results={facts.places}")
