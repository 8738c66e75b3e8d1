"""Lowering: a request as the exact JSON of POST /chat/completions. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .messages import messages
from .sampling import sampling
from .shaping import shape

if TYPE_CHECKING:
    from s2s_tasks.exchange import Request

    from .profile import Profile

__all__ = ["chat"]


def chat(request: Request, profile: Profile, model: str, *, stream: bool = False) -> dict[str, Any]:
    """Nothing is in it that the profile does not name: some servers refuse the whole for less."""
    shaped = shape(request, profile)
    words = request.instruction if shaped and profile.shows_schema else request.words
    payload = {
        "model": model,
        "messages": messages(request, profile, words),
        **_bounds(request, profile),
        **sampling(request.decoding, profile),
        **shaped,
        **(_streamed(profile) if stream else {}),
    }
    return {name: value for name, value in payload.items() if name in profile.fields}


def _bounds(request: Request, profile: Profile) -> dict[str, Any]:
    limit = {profile.limit: request.output_limit} if request.output_limit else {}
    return {**limit, "stop": [*request.stops]} if request.stops else limit


def _streamed(profile: Profile) -> dict[str, Any]:
    options = {"stream_options": {"include_usage": True}} if profile.stream_usage else {}
    return {"stream": True, **options}
