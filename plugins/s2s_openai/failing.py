"""What went wrong, in a typed error that says what to do, and whether to try again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from s2s_tasks.errors import (
    BackendError,
    BadInput,
    NotConfigured,
    OutcomeUnknown,
    OutOfTime,
    Refused,
    S2SError,
    TooLong,
    UnknownName,
    Unsupported,
)
from s2s_tasks.exchange import Completion, Finish
from s2s_tasks.remote.failure import Billed, Failure, passing
from s2s_tasks.remote.pauses import retry_after

from .troubles import BadReply, Refusal, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from .address import Address
    from .complaint import Complaint

__all__ = ["Explainer"]

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_LARGE, TOO_MANY = 401, 403, 404, 413, 429
REDIRECTS: Final = range(300, 400)

TOO_LONG: Final = (
    "context_length", "exceed_context_size", "context length", "context size", "maximum context",
    "too many tokens", "prompt is too long", "max_input", "inputs tokens", "input tokens",
)  # fmt: skip
NO_PICTURES: Final = ("image input is not supported", "image_url is only supported", "multimodal")
NO_FUNDS: Final = ("insufficient_quota", "billing", "exceeded your current quota")
FILTERED: Final = ("content_filter", "content management policy", "responsible_ai")


class Explainer:
    """For one server: `free` tells that a request costs nothing, so that it may be sent again."""

    def __init__(self, address: Address, model: str, *, free: bool) -> None:
        self._address, self._model, self._free = address, model, free

    def __call__(self, error: Exception) -> Failure:
        match error:
            case S2SError():
                return Failure(error)
            case Refusal():
                return self._refusal(error)
            case Told():
                return Failure(self._said("told of an error", error.complaint), billed=self._maybe)
            case BadReply():
                return Failure(self._strange(error), billed=self._maybe)
        return self._unanswered(error)

    def broke(self, error: Exception) -> str:
        """How a stream broke off, in a few words."""
        match error:
            case Told():
                return self._scrubbed(f"the server told of an error: {error.complaint.message}")
            case BadReply():
                return f"the server sent {error}"
        return f"the connection broke: {type(error).__name__}"

    # --- what has no answer, or no good one ------------------------------------------------

    def _unanswered(self, error: Exception) -> Failure:
        import httpx2

        match error:
            case TimeoutError():
                late = OutOfTime("no answer within the timeout", limit="total")
                return Failure(late, billed=self._maybe)
            case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout():
                return Failure(self._unreachable(error), retry=True)
            case httpx2.TransportError():
                return Failure(self._lost(error), retry=self._free, billed=self._maybe)
        unforeseen = BackendError(self._scrubbed(f"openai: {type(error).__name__}: {error}"))
        return Failure(unforeseen, billed=self._maybe)

    def _unreachable(self, error: Exception) -> NotConfigured:
        made = NotConfigured(
            f"no server answers at {self._address.url} ({type(error).__name__})",
            hint="start it, or correct S2S_OPENAI_URL; `s2s doctor --server URL` looks at it",
        )
        made.retryable = True
        return made

    def _lost(self, error: Exception) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{self._address.host} did not answer: {type(error).__name__}",
            retryable=True,
            hint="it may have done the work: look before you send it again",
        )

    def _strange(self, error: BadReply) -> BackendError:
        return BackendError(
            f"{self._address.url} answered with {error}",
            hint="is it an OpenAI-compatible server? `s2s doctor --server URL` looks at it",
        )

    # --- what says no ----------------------------------------------------------------------

    def _refusal(self, refusal: Refusal) -> Failure:
        status, said = refusal.status, refusal.complaint
        final = self._final(refusal)
        if final is not None:
            return Failure(final)
        again = passing(status, refusal.headers)
        error = self._said(f"answered with status {status}", said)
        error.retryable = again
        return Failure(error, retry=again, after=retry_after(refusal.headers))

    def _final(self, refusal: Refusal) -> S2SError | None:
        """The error where sending the same again is of no use."""
        said, status = refusal.complaint, refusal.status
        about: Callable[[tuple[str, ...]], bool] = lambda words: any(  # noqa: E731
            word in said.words for word in words
        )
        if status in REDIRECTS:
            return self._redirected(refusal)
        if about(FILTERED):
            filtered = Completion("", finish=Finish.REFUSAL, model=self._model)
            return Refused("the server's filter refused the request", completion=filtered)
        if about(NO_PICTURES):
            return Unsupported(
                f"{self._model} reads no images at {self._address.host}",
                hint="choose a model with vision, or start the server with its projector",
            )
        if status == TOO_LARGE or about(TOO_LONG):
            return self._too_long(said, status)
        if about(NO_FUNDS) and status == TOO_MANY:
            return self._said("has no credit left", said, "add to the account, or use another key")
        return self._by_status(status, said)

    def _by_status(self, status: int, said: Complaint) -> S2SError | None:
        match status:
            case 401:
                return self._configured("does not take the key", said, "set S2S_OPENAI_KEY")
            case 403:
                return self._configured(
                    "does not allow it", said, "the key may not use this model or endpoint"
                )
            case 404 | 405:
                return self._not_found(said)
            case 501:
                return Unsupported(
                    self._line("does not do that", said), hint="start it with another model"
                )
        return None

    def _redirected(self, refusal: Refusal) -> NotConfigured:
        return NotConfigured(
            f"{self._address.url} redirects elsewhere (status {refusal.status}),"
            " and keys and texts are not sent after it",
            hint="set S2S_OPENAI_URL to where the server really is",
        )

    def _too_long(self, said: Complaint, status: int) -> S2SError:
        if status == TOO_LARGE:
            return BadInput(
                self._line("finds the request too large", said), hint="send less at once"
            )
        return TooLong(
            self._line("finds the input too long", said),
            hint="shorten it, or choose a model with a longer context",
        )

    def _not_found(self, said: Complaint) -> S2SError:
        if "model" in said.words:
            return UnknownName(
                self._line(f"has no model {self._model!r}", said),
                hint="`s2s doctor --server URL` lists its models",
            )
        return self._configured(
            "has no such endpoint", said, "correct S2S_OPENAI_URL: it ends in /v1, mostly"
        )

    def _configured(self, what: str, said: Complaint, hint: str) -> NotConfigured:
        return NotConfigured(self._line(what, said), hint=hint)

    def _said(self, what: str, said: Complaint, hint: str = "") -> BackendError:
        return BackendError(self._line(what, said), hint=hint)

    def _line(self, what: str, said: Complaint) -> str:
        return self._scrubbed(f"{self._address.host} {what}: {said.message}")

    def _scrubbed(self, text: str) -> str:
        return self._address.key.scrubbed(text)

    @property
    def _maybe(self) -> Billed:
        return Billed.NO if self._free else Billed.MAYBE
