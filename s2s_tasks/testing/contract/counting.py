"""Claims about numbers: tokens, usage, cost, and the places that an answer cites."""

# a claim is its name
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ...exchange import Completion
from ..network import no_network
from .subject import TEXTS, Subject, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...exchange import Request, Span, Usage

__all__ = ["Counting"]

SHORTEST = ("a", "é", "漢", "🙂", ".", "\N{ZERO WIDTH JOINER}", "\ud800")
COPIES = 64


class Counting(Subject):
    """Long inputs are split by these counts, and budgets kept by these costs."""

    def test_a_text_never_counts_as_nothing(self) -> None:
        with self.opened() as backend:
            for text in SHORTEST:
                assert backend.count_tokens(text) >= 1, f"{text!a} counts as nothing"

    def test_more_text_counts_as_more(self) -> None:
        with self.opened() as backend:
            for text in TEXTS:
                one, two, many = (backend.count_tokens(f"{text} " * n) for n in (1, 2, COPIES))
                assert one <= two <= many, f"1, 2 and {COPIES} copies count as {one}, {two}, {many}"
                words = len(text.split()) * COPIES
                assert many >= words, f"{words} words count as {many} tokens, which are too few"

    def test_tokens_are_counted_without_the_network(self) -> None:
        with self.opened() as backend, no_network():
            backend.count_tokens(TEXTS[0])

    def test_usage_and_cost_are_sums_that_can_be_added_up(self) -> None:
        for _, completion in self._completed():
            _check_usage(completion.usage)
            cost = completion.cost
            assert cost is None or isinstance(cost, Decimal), f"cost={cost!r} is not a Decimal"
            assert cost is None or cost >= 0, f"cost={cost} is below nothing"

    def test_the_price_is_the_most_that_it_costs(self) -> None:
        with self.opened() as backend:
            for request, completion in self._completed():
                most, cost = backend.price(request), completion.cost
                kept = most is None or (cost is not None and cost <= most)
                assert kept, f"priced at {most} at most, it cost {cost}"

    def test_citations_lie_in_the_parts_they_cite(self) -> None:
        for request, completion in self._completed():
            for span in completion.citations:
                assert _lies_in(request, span), f"{span} is not in the input"

    def _completed(self) -> Iterator[tuple[Request, Completion]]:
        requests = self.example_requests()
        with self.opened() as backend:
            outcomes = answers(backend, requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Completion):
                yield request, outcome


def _check_usage(usage: Usage) -> None:
    for name in ("input", "output", "cache_read", "cache_write", "reasoning"):
        tokens = getattr(usage, f"{name}_tokens")
        assert isinstance(tokens, int), f"{name}_tokens={tokens!r}"
        assert tokens >= 0, f"{name}_tokens={tokens!r}"
    assert usage.audio_seconds >= 0, f"audio_seconds={usage.audio_seconds!r}"


def _lies_in(request: Request, span: Span) -> bool:
    if not 0 <= span.part < len(request.parts):
        return False
    part = request.parts[span.part]
    end = len(part) if isinstance(part, str) else span.end
    return 0 <= span.start <= span.end <= end
