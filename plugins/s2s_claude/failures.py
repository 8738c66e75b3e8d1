"""
What an exception of the SDK, or of what lies below it, means: a typed error and the way out.

Also those that the SDK lets through (of httpx2 in mid-stream, of json, a TypeError for a missing
key). What is said holds no secrets, and neither do the exceptions that it is raised from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import anthropic
import httpx2

from s2s_tasks.errors import BackendError, NotConfigured, OutcomeUnknown, S2SError
from s2s_tasks.remote.failure import Billed, Failure
from s2s_tasks.remote.secrets import scrubbed

from .complaints import Complained, Told
from .statuses import of_status

__all__ = ["ADDRESS", "KEY", "cleansed", "explained"]

KEY: Final = "set ANTHROPIC_API_KEY, or give api_key="
ADDRESS: Final = "is ANTHROPIC_BASE_URL (or base_url=) right, and is the server up?"

UNSENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
MISTAKES: Final = (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)


def explained(error: BaseException, *, model: str, secrets: Iterable[str]) -> Failure:
    """What one attempt came to; the exception itself is cleansed of secrets on the way."""
    cleansed(error, secrets)
    failure = _of(error, model)
    _scrub(failure.error, secrets)
    return failure


def _of(error: BaseException, model: str) -> Failure:
    if isinstance(error, S2SError):
        return Failure(error, billed=Billed.MAYBE if error.maybe_billed else Billed.NO)
    if told := _told_by(error):
        return of_status(told, model)
    if unset := _unset(error):
        return Failure(unset)
    if isinstance(error, anthropic.APIConnectionError | httpx2.HTTPError | httpx2.InvalidURL):
        return _of_transport(_innermost(error))
    return Failure(_bad_reply(error), billed=Billed.MAYBE)


def _unset(error: BaseException) -> NotConfigured | None:
    if isinstance(error, anthropic.CredentialsError):
        return NotConfigured(f"the credentials cannot be had: {error}", hint=KEY)
    if isinstance(error, TypeError) and "authentication" in str(error):
        return NotConfigured("there is no key for Claude", hint=KEY)
    return None


def _of_transport(error: BaseException) -> Failure:
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, UNSENT):
        unreached = BackendError(
            f"the server cannot be reached ({said})", retryable=True, hint=ADDRESS
        )
        return Failure(unreached, retry=True)
    if isinstance(error, MISTAKES):
        return Failure(NotConfigured(f"no request can be made ({said})", hint=ADDRESS))
    silent = isinstance(error, httpx2.ReadTimeout | httpx2.WriteTimeout)
    lost = OutcomeUnknown(
        f"the connection broke after the request was sent ({said})", retryable=True
    )
    return Failure(lost, retry=not silent, billed=Billed.MAYBE)


def _bad_reply(error: BaseException) -> BackendError:
    kind = type(error).__name__
    return BackendError(f"the answer cannot be read as one of the Messages API ({kind}: {error})")


def _innermost(error: BaseException) -> BaseException:
    """The trouble below the SDK's own word for it."""
    while isinstance(error, anthropic.APIConnectionError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _told_by(error: BaseException) -> Told | None:
    """What the service said, without the SDK's types."""
    if isinstance(error, Complained):
        return error.told
    if not isinstance(error, anthropic.APIStatusError):
        return None
    return Told(
        status=error.status_code,
        kind=str(error.type or ""),
        code=str(error.error_code or ""),
        said=str(error.api_message or ""),
        request=str(error.request_id or "")[:60],
        headers=error.response.headers,
    )


def cleansed(error: BaseException, secrets: Iterable[str]) -> None:
    """Take the secrets out of what a traceback would show of it, and of its causes."""
    for one in _chain(error):
        shown = [scrubbed(arg, secrets) if isinstance(arg, str) else arg for arg in one.args]
        one.args = tuple(shown)
        if scrubbed(str(one), secrets) != str(one):
            one.args = (type(one).__name__,)


def _scrub(error: S2SError, secrets: Iterable[str]) -> None:
    error.args = tuple(
        scrubbed(arg, secrets) if isinstance(arg, str) else arg for arg in error.args
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    stack = [error]
    while stack:
        one = stack.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            stack += [one.__cause__, one.__context__]
