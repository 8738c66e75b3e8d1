"""Claims about complete(): whose answer is whose, alone, in batches and on threads."""

# a claim is its name
from __future__ import annotations

import asyncio
import itertools
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import SkipTest

from ...exchange import Completion, Finish
from ..identity import describe
from .subject import Subject, answers, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...backend import Backend, Outcome
    from ...exchange import Request

__all__ = ["Answering"]

THREADS = 16
LONG_ENOUGH = 4
"""Words of an answer that no vocabulary can say in one token."""


class Answering(Subject):
    """Each request gets its own answer, whatever is asked beside it."""

    def test_every_request_is_answered_exactly_once(self) -> None:
        requests = [*self.example_requests(), *self.example_requests()]
        with self.opened() as backend:
            places = sorted(place for place, _ in backend.complete(requests))
        assert places == [*range(len(requests))], f"{len(requests)} requests, answered: {places}"

    def test_no_requests_get_no_answers(self) -> None:
        with self.opened() as backend:
            assert not [*backend.complete([])], "an answer to nobody"

    def test_a_batch_answers_as_its_requests_do_alone(self) -> None:
        with self.opened() as backend:
            requests = self.example_requests()
            self._alike(answers(backend, requests), _alone(backend, requests))

    def test_the_order_of_a_batch_does_not_matter(self) -> None:
        with self.opened() as backend:
            requests = self.example_requests()
            backwards = answers(backend, requests[::-1])
            self._alike(backwards[::-1], answers(backend, requests))

    def test_the_async_twin_answers_alike(self) -> None:
        async def ask(backend: Backend) -> dict[int, Outcome]:
            return {n: answer async for n, answer in backend.acomplete(requests)}

        requests = self.example_requests()
        with self.opened() as backend:
            found = within(self.patience, lambda: asyncio.run(ask(backend)))
            self._alike([found[n] for n in sorted(found)], answers(backend, requests))

    def test_sixteen_threads_get_the_answers_of_one(self) -> None:
        """Never more at once than `capabilities.concurrency`."""
        requests = self.example_requests()
        with self.opened() as backend:
            expected = _alone(backend, requests)
            turns = threading.Semaphore(backend.capabilities.concurrency)
            found: list[list[Outcome]] = []

            def ask() -> None:
                for_one: list[Outcome] = []
                for request in requests:
                    with turns:
                        for_one += answers(backend, [request])
                found.append(for_one)

            threads = [threading.Thread(target=ask, daemon=True) for _ in range(THREADS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(self.patience)
        assert len(found) == THREADS, f"{THREADS - len(found)} of {THREADS} threads got no answer"
        for outcomes in found:
            self._alike(outcomes, expected)

    def test_a_request_is_not_changed(self) -> None:
        requests, twins = self.example_requests(), self.example_requests()
        with self.opened() as backend:
            answers(backend, requests)
        changed = [
            (before, after)
            for before, after in zip(map(describe, twins), map(describe, requests), strict=True)
            if before != after
        ]
        assert not changed, f"a request was changed: {changed[0]}"

    def test_an_answer_that_was_cut_says_so(self) -> None:
        with self.opened() as backend:
            for whole, short in self._limited(backend):
                assert not (short.whole and _begins(short, whole)), (
                    f"{short.partial!r} is cut from {whole.partial!r}, and says it is whole"
                )

    def test_a_limit_of_output_is_kept(self) -> None:
        if not self.limits_output:
            raise SkipTest("limits_output is False: it does not keep to max_tokens")
        with self.opened() as backend:
            for whole, short in self._limited(backend):
                kept = len(short.partial.split()) < len(whole.partial.split())
                assert kept, f"max_tokens=1 is not kept: {short.partial!r}"

    def _limited(self, backend: Backend) -> Sequence[tuple[Completion, Completion]]:
        """Answers of several words, and those to the same requests with max_tokens=1."""
        requests = [_unlimited(request) for request in self.example_requests()]
        cut = [replace(request, max_tokens=1) for request in requests]
        pairs = [
            (whole, short)
            for whole, short in zip(answers(backend, requests), answers(backend, cut), strict=True)
            if isinstance(whole, Completion) and isinstance(short, Completion)
            if whole.finish is Finish.STOP and len(whole.partial.split()) >= LONG_ENOUGH
        ]
        if not pairs:
            raise SkipTest(f"no example has a whole answer of {LONG_ENOUGH} words")
        return pairs

    def _alike(self, found: Sequence[Outcome], expected: Sequence[Outcome]) -> None:
        assert len(found) == len(expected), f"{len(found)} answers to {len(expected)} requests"
        for one, other in zip(found, expected, strict=True):
            assert self.same(one, other), f"{one!r:.200} is not {other!r:.200}"


def _alone(backend: Backend, requests: Sequence[Request]) -> list[Outcome]:
    return [*itertools.chain.from_iterable(answers(backend, [request]) for request in requests)]


def _unlimited(request: Request) -> Request:
    """Decoded as it is told to be, so that one who samples is still compared with itself."""
    decoding = request.decoding and replace(request.decoding, max_tokens=None)
    return replace(request, decoding=decoding)


def _begins(short: Completion, whole: Completion) -> bool:
    return short.partial != whole.partial and whole.partial.startswith(short.partial.rstrip())
