"""One output on its way through a grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llguidance import LLMatcher

__all__ = ["Walk"]


class Walk:
    """
    Where an output stands. Of what can be written in only one way, the tokens are settled
    ahead: `forced`, spelled as the tokenizer itself would, whatever else would be allowed.
    """

    def __init__(self, matcher: LLMatcher, ahead: tuple[int, ...] | None = None) -> None:
        self._matcher = matcher
        self._ahead = self._told_ahead() if ahead is None else ahead

    def fork(self) -> Walk:
        """Another output with the same beginning."""
        return Walk(self._matcher.deep_copy(), self._ahead)

    @property
    def forced(self) -> tuple[int, ...]:
        """The next tokens, if there is no choice."""
        return self._ahead

    @property
    def whole(self) -> bool:
        """Whether it may end here."""
        return bool(self._matcher.is_accepting())

    @property
    def over(self) -> bool:
        """Whether nothing more can come but an end token."""
        return bool(self._matcher.is_stopped())

    @property
    def error(self) -> str:
        """What went wrong in the engine; an output with an error is of no use."""
        return str(self._matcher.get_error())

    def allowed(self) -> bytes:
        """One bit for each token, the lowest first: whether it may come next."""
        return self._matcher.compute_bitmask()

    def step(self, token: int) -> None:
        """Write one token. After an end token, nothing changes any more."""
        if self._matcher.is_stopped():
            return
        self._matcher.consume_token(token)
        kept = self._ahead[1:] if self._ahead[:1] == (token,) else ()
        self._ahead = kept or self._told_ahead()

    def _told_ahead(self) -> tuple[int, ...]:
        return () if self._matcher.is_stopped() else tuple(self._matcher.compute_ff_tokens())
