"""What went wrong with the hub, in words that say the way out, and never a token."""

from __future__ import annotations

import errno
import traceback
from typing import Final, NamedTuple

from ..errors import NotConfigured, S2SError, UnknownName

__all__ = ["explained", "harmless"]


class _Words(NamedTuple):
    message: str
    hint: str
    retryable: bool = False


NAMES: Final = "names of the hub look like 'facebook/bart-large-cnn'"

# The client's errors by name; of two that fit, the first, so subclasses come before.
KNOWN: Final[dict[str, _Words]] = {
    "GatedRepoError": _Words(
        "{repo} is gated: its authors want their terms accepted",
        "accept them on the page of {repo}, and set HF_TOKEN to a token of that account",
    ),
    "RepositoryNotFoundError": _Words(
        "the hub has no model {repo}, or none that you may see",
        f"{NAMES}; private ones need HF_TOKEN",
    ),
    "RevisionNotFoundError": _Words(
        "{repo} has no revision {revision}",
        "take a branch, a tag or a whole commit from its page, or {repo} alone",
    ),
    "OfflineModeIsEnabled": _Words(
        "{model} is not whole in the cache, and HF_HUB_OFFLINE forbids to fetch it",
        "unset HF_HUB_OFFLINE for the first call, or give a folder that has it",
    ),
    "DisabledRepoError": _Words(
        "the hub has closed {repo} to everybody", "take another checkpoint"
    ),
}
STATUS: Final[dict[range, _Words]] = {
    range(401, 404): _Words(
        "the hub does not let you have {model} (status {status})",
        "HF_TOKEN is wrong, expired or lacks the permission: renew it, or unset it",
    ),
    range(429, 430): _Words(
        "the hub wants fewer requests (status {status}), so {model} was not fetched",
        "try again in some minutes; with HF_TOKEN set, more are allowed",
        retryable=True,
    ),
    range(500, 600): _Words(
        "the hub is out of order (status {status}), so {model} was not fetched",
        "try again later",
        retryable=True,
    ),
}
NO_HUB: Final = _Words(
    "no hub answered when {model} was asked for (status {status})",
    "if HF_ENDPOINT is set, check that a hub is there",
)
FULL: Final = _Words(
    "the disk is full: {model} could not be stored",
    "free some space, or set HF_HOME to a folder on another disk",
)
UNSTORED: Final = _Words(
    "{model} could not be stored: {reason} ({file})",
    "set HF_HOME to a folder that you may write to",
)
BROKEN: Final = _Words(
    "{model} could not be fetched: the connection failed ({kind})",
    "check the network and the proxy and try again (whole files are kept), or give a folder "
    "that has the checkpoint; there is none of that name here",
    retryable=True,
)
STRANGE: Final = _Words(
    "{model} could not be fetched: the hub's answer makes no sense ({kind})",
    "if HF_ENDPOINT is set, check that a hub is there, or give a folder that has the checkpoint",
)


def explained(error: BaseException, model: str) -> S2SError:
    """NotConfigured, retryable if the hub may answer later; UnknownName for an impossible name."""
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__:
        return explained(error.__cause__, model)  # of the network, told as a missing file
    if isinstance(error, HFValidationError):
        return UnknownName(f"{model!r} is neither a folder nor a name of the hub", hint=NAMES)
    words, facts = _words(error), _facts(error, model)
    return NotConfigured(
        words.message.format_map(facts),
        retryable=words.retryable,
        hint=words.hint.format_map(facts),
    )


def harmless(error: BaseException) -> BaseException | None:
    """The error itself, to be the cause of ours; None if it or a cause of it says the token."""
    told = [*traceback.format_exception(error), repr(error), repr(error.__cause__)]
    token = _token()
    return None if token and any(token in line for line in told) else error


def _token() -> str | None:
    from huggingface_hub import get_token

    try:
        return get_token()
    except Exception:  # noqa: BLE001  # it reads files, and may ask a server; then none was sent
        return None


def _facts(error: BaseException, model: str) -> dict[str, object]:
    repo, _, revision = model.partition("@")
    return {
        "model": model,
        "repo": repo,
        "revision": revision or "main",
        "status": _status(error),
        "kind": type(error).__name__,
        "reason": getattr(error, "strerror", None),
        "file": getattr(error, "filename", None),
    }


def _words(error: BaseException) -> _Words:
    from huggingface_hub import errors

    for name, words in KNOWN.items():
        if isinstance(error, getattr(errors, name)):
            return words
    if status := _status(error):
        return next((words for span, words in STATUS.items() if status in span), NO_HUB)
    if getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
        return FULL
    if getattr(error, "filename", None):
        return UNSTORED
    # Errors of the client derive from those of its transport and from OSError.
    return BROKEN if isinstance(error, errors.HfHubHTTPError.__bases__) else STRANGE


def _status(error: BaseException) -> int:
    """Of HTTP; 0 if it did not come to one."""
    return int(getattr(getattr(error, "response", None), "status_code", 0))
