"""What a status means: whose turn it is, whether to send again, and the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from s2s_tasks.errors import (
    BackendError,
    BadInput,
    NotConfigured,
    OutcomeUnknown,
    S2SError,
    TooLong,
    UnknownName,
)
from s2s_tasks.remote.failure import Billed, Failure, passing
from s2s_tasks.remote.pauses import retry_after

from .models import ALIASES

if TYPE_CHECKING:
    from .complaints import Told

__all__ = ["TooComplex", "of_status"]

SPENT: Final = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})
"""Codes of 429 that no waiting helps against."""

COMPLEX: Final = (
    "too complex", "grammar", "union type", "optional parameter", "output_config.format",
    "output_format", "structured output", "json_schema",
)  # fmt: skip
"""Words of a 400 that is about the schema."""
LONG: Final = ("prompt is too long", "context window", "context limit", "too many tokens")
PICTURE: Final = ("image", "document", "pdf")

ACCOUNT: Final = {
    401: ("the key was not accepted", "check ANTHROPIC_API_KEY, or what api_key= was given"),
    402: ("the account cannot pay", "look at its billing page"),
    403: ("the key may not do this", "use another key, or another model"),
}

UNKNOWN_OUTCOME: Final = frozenset({408, 499, 504})
SERVER: Final = 500


class TooComplex(BackendError):
    """The service will not hold an answer to this schema: it is to be told in words."""


def of_status(told: Told, model: str) -> Failure:
    """What an answer with this status came to."""
    again = passing(told.status, told.headers) and told.code not in SPENT
    error = _error(told, model)
    if isinstance(error, BackendError):
        error.retryable = again
    billed = Billed.MAYBE if told.status in UNKNOWN_OUTCOME else Billed.NO
    made = Failure(error, retry=again, billed=billed)
    return replace(made, after=retry_after(told.headers)) if again else made


def _error(told: Told, model: str) -> S2SError:
    request = told.request and f"request {told.request}"
    words = "; ".join(part for part in (told.said[:300], request) if part)
    said = f" ({' '.join(words.split())})" if words else ""
    if told.status in ACCOUNT:
        what, hint = ACCOUNT[told.status]
        return NotConfigured(f"{what}{said}", hint=hint)
    match told.status:
        case 400 | 422:
            return _of_request(told, said)
        case 404:
            known = ", ".join(dict.fromkeys(ALIASES.values()))
            return UnknownName(f"the server knows no model {model!r}{said}", hint=f"as in {known}")
        case 413:
            return BadInput(f"the request is too large{said}", hint="give fewer or smaller files")
        case 429:
            return _of_limit(told, said)
    return _of_server(told, said)


def _of_request(told: Told, said: str) -> S2SError:
    lowered = told.said.lower()
    if any(words in lowered for words in COMPLEX):
        return TooComplex(f"the service refuses the schema{said}", hint="make it smaller")
    if any(words in lowered for words in LONG):
        return TooLong(f"the input does not fit the model{said}", hint="shorten it")
    if any(words in f"{told.code} {lowered}" for words in PICTURE):
        return BadInput(f"the service cannot read a file{said}", hint="give another or smaller one")
    if "credit balance" in lowered:
        return NotConfigured(f"the account has no credit{said}", hint="look at its billing page")
    return BackendError(f"the service refuses the request{said}")


def _of_limit(told: Told, said: str) -> S2SError:
    if told.code in SPENT:
        return NotConfigured(
            f"a limit of spending is reached{said}", hint="raise it, or wait for its end"
        )
    return BackendError(f"too many requests for this account{said}", hint="send fewer at once")


def _of_server(told: Told, said: str) -> S2SError:
    if told.status in UNKNOWN_OUTCOME:
        return OutcomeUnknown(f"the server gave up waiting (status {told.status}){said}")
    if told.status >= SERVER:
        which = "is overloaded" if told.kind == "overloaded_error" else "has failed"
        return BackendError(f"the service {which} (status {told.status}){said}")
    if 300 <= told.status < 400:  # noqa: PLR2004  # the class of redirections
        return NotConfigured(
            f"the server sends elsewhere (status {told.status})", hint="give that base URL"
        )
    return BackendError(f"the server answered with status {told.status}{said}")
