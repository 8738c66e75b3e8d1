"""From the name of a model to a backend that asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .backend import Claude
from .clients import Clients
from .models import is_listed, model_of, named

if TYPE_CHECKING:
    from s2s_tasks.backend import Backend
    from s2s_tasks.remote.rates import Rates

__all__ = ["opened"]


def opened(
    model: str | None = None,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    rates: Rates | None = None,
) -> Backend:
    """
    The backend over `model`: an alias ("haiku", "large"), a Claude id, or the default.

    Credentials and address are found as the SDK finds them, unless they are given. `rates` limit
    requests and tokens per minute. Raises UnknownName for what is no model of Claude's, and
    NotConfigured without a key. Of a model that our table does not list, the service is asked.
    """
    name = named(model)
    backend = Claude(model_of(name), Clients(api_key, base_url), rates)
    if not is_listed(name):
        backend.warm()
    return backend
