"""Backends that are sound but for one thing, and the claims of the contract that they break."""

import contextlib
import re
import socket
import threading
import time
from dataclasses import replace
from decimal import Decimal

from s2s_tasks.backend import BackendSpec, Misfit, Place
from s2s_tasks.decoding import Beam
from s2s_tasks.errors import BackendError, Cancelled
from s2s_tasks.exchange import Completion, Finish, Modality, Request, Signal, Span, Usage
from s2s_tasks.testing import Scripted
from s2s_tasks.testing.scripted import ALL

LONG = "a long story"


def shout(request):
    """A small model: it shouts, keeps to max_tokens, and takes its time over a long story."""
    if request.text == LONG:
        request.signal.wait(0.7)
    words = request.text.upper().split()
    kept = words[: request.output_limit]
    finish = Finish.LENGTH if len(kept) < len(words) else Finish.STOP
    return Completion(" ".join(kept), finish)


SABOTEURS = {}


class Sound(Scripted):
    def __init__(self, **can):
        super().__init__(shout, capabilities=replace(ALL, **can))


def breaks(*claims, **contract):
    """The decorated backend fails these claims and no others."""

    def keep(kind):
        SABOTEURS[kind.__name__] = (kind, {f"test_{claim}" for claim in claims}, contract)
        return kind

    return keep


@breaks("every_request_is_answered_exactly_once")
class AnswersTwice(Sound):
    def complete(self, requests):
        for place, answer in super().complete(requests):
            yield place, answer
            yield place, answer


@breaks("no_requests_get_no_answers")
class AnswersNobody(Sound):
    def complete(self, requests):
        return super().complete(requests) if requests else iter([(0, Completion(""))])


@breaks(
    "a_batch_answers_as_its_requests_do_alone",
    "a_hostile_input_does_not_spoil_its_batch",
)
class CutsInBatches(Sound):
    """Pads to the shortest, say."""

    def complete(self, requests):
        for place, answer in super().complete(requests):
            yield place, replace(answer, output=answer.partial[:20]) if requests[1:] else answer

    async def acomplete(self, requests):
        for place, answer in self.complete(requests):
            yield place, answer


@breaks(
    "the_order_of_a_batch_does_not_matter",
    "a_batch_answers_as_its_requests_do_alone",
    "a_hostile_input_does_not_spoil_its_batch",
)
class MixesUpABatch(Sound):
    """Sorts by length for the padding's sake, and forgets to sort back."""

    def complete(self, requests):
        return super().complete(sorted(requests, key=lambda request: request.text))


@breaks("the_async_twin_answers_alike")
class HasAnotherTwin(Sound):
    async def acomplete(self, requests):
        for place, answer in self.complete(requests):
            yield place, replace(answer, output=answer.partial.lower())


@breaks("sixteen_threads_get_the_answers_of_one")
class SharesItsState(Sound):
    def __init__(self):
        super().__init__(concurrency=16)

    def _answer(self, request):
        self.current = request
        time.sleep(0.001)
        return super()._answer(self.current)


@breaks("a_request_is_not_changed")
class WritesOnRequests(Sound):
    def _answer(self, request):
        request.params["seen"] = "yes"
        return super()._answer(request)


@breaks("an_answer_that_was_cut_says_so")
class HidesTheCut(Sound):
    def _answer(self, request):
        return replace(super()._answer(request), finish=Finish.STOP)


@breaks("a_limit_of_output_is_kept")
class IgnoresTheLimit(Sound):
    def _answer(self, request):
        return super()._answer(replace(request, max_tokens=None))


@breaks("a_stream_ends_with_its_one_completion")
class EndsItsStreamTwice(Sound):
    def stream(self, request):
        yield from (items := [*super().stream(request)])
        yield items[-1]


@breaks("the_pieces_of_a_stream_join_to_its_text")
class LosesSpaces(Sound):
    def stream(self, request):
        for item in super().stream(request):
            yield item.strip() if isinstance(item, str) else item


@breaks("a_stream_says_what_complete_says")
class StreamsOtherwise(Sound):
    """As one that streams greedily what it completes by beam."""

    def stream(self, request):
        return super().stream(replace(request, parts=(request.text[:-5],)))


@breaks("an_async_stream_says_what_a_stream_says")
class LosesAnAsyncPiece(Sound):
    async def astream(self, request):
        _, *items = self.stream(request)
        for item in items:
            yield item


@breaks("a_backend_that_says_it_streams_gives_several_pieces")
class StreamsAtOnce(Sound):
    def stream(self, request):
        *_, end = super().stream(request)
        yield end.partial
        yield end


class Native(Sound):
    """Its async stream is its own."""

    async def astream(self, request):
        for item in Sound.stream(self, request):
            yield item


@breaks("a_stream_that_is_left_gives_back_its_thread")
class LeaksAThread(Native):
    def stream(self, request):
        try:
            yield from super().stream(request)
        except GeneratorExit:
            threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
            raise


@breaks("a_stream_that_is_left_gives_back_its_thread", patience=0.5)
class KeepsItsLock(Native):
    """Once left, it answers nobody else."""

    def __init__(self):
        super().__init__()
        self.turn = threading.Lock()

    def stream(self, request):
        self.turn.acquire()
        yield from super().stream(request)
        self.turn.release()


@breaks("an_async_stream_that_is_left_gives_back_its_thread")
class LeaksAnAsyncThread(Sound):
    async def astream(self, request):
        threading.Thread(target=time.sleep, args=(0.5,), daemon=True).start()
        for item in self.stream(request):
            yield item


@breaks("an_aborted_request_is_not_answered", "a_request_past_its_deadline_is_out_of_time")
class BeginsRegardless(Sound):
    def complete(self, requests):
        return super().complete([replace(request, signal=Signal()) for request in requests])


@breaks("an_aborted_request_is_not_streamed")
class StreamsRegardless(Sound):
    def stream(self, request):
        return super().stream(replace(request, signal=Signal()))


@breaks("a_request_past_its_deadline_is_out_of_time")
class ForgetsTheDeadline(Sound):
    def complete(self, requests):
        for request in requests:
            request.signal.deadline = None
        return super().complete(requests)


def long_story(_):
    return Request("summarize", (LONG,))


@breaks("an_abort_ends_complete_in_time", long_request=long_story)
class WorksOn(Sound):
    def complete(self, requests):
        for place, request in enumerate(requests):
            request.signal.check()
            yield place, self._answer(replace(request, signal=Signal()))


@breaks("an_abort_ends_a_stream_in_time", long_request=long_story)
class StreamsOn(Sound):
    def stream(self, request):
        request.signal.check()
        return super().stream(replace(request, signal=Signal()))


@breaks("an_abort_ends_complete_in_time", long_request=long_story)
class CallsTheRestWhole(Sound):
    """It stops, and passes off what it has."""

    def complete(self, requests):
        for place, request in enumerate(requests):
            request.signal.check()
            try:
                yield place, self._answer(request)
            except Cancelled:
                yield place, Completion("A LONG")


@breaks("what_it_has_no_misfit_for_is_answered", "every_strategy_it_names_is_taken")
class RefusesItsOwn(Sound):
    def misfits(self, request, *, local_only=False):
        return (Misfit("task", "cannot"),)


@breaks("every_strategy_it_names_is_taken")
class NamesOneTooMany(Sound):
    def _answer(self, request):
        if isinstance(request.decoding, Beam):
            return BackendError("no beams")
        return super()._answer(request)


@breaks("what_is_beyond_its_capabilities_is_a_misfit")
class TakesAnything(Sound):
    def __init__(self):
        super().__init__(strategies=frozenset())

    def misfits(self, request, *, local_only=False):
        return ()


@breaks("a_remote_backend_is_a_misfit_of_local_only")
class SaysNothingOfItsPlace(Sound):
    def __init__(self):
        super().__init__(place=Place.REMOTE)

    def misfits(self, request, *, local_only=False):
        return super().misfits(request)


def phone():
    socket.create_connection(("127.0.0.1", 9), timeout=0.1)


@breaks("misfits_are_told_without_the_network")
class AsksTheServer(Sound):
    def __init__(self):
        super().__init__(tasks=frozenset({"summarize"}))

    def misfits(self, request, *, local_only=False):
        with contextlib.suppress(OSError, RuntimeError):
            phone()
        return super().misfits(request, local_only=local_only)


@breaks("its_capabilities_are_consistent", "its_card_agrees_with_it")
class HasNoArchitecture(Sound):
    def __init__(self):
        super().__init__(architecture="")


@breaks("its_capabilities_cannot_be_changed")
class HoldsASet(Sound):
    def __init__(self):
        super().__init__(accepts=set(Modality))


@breaks("its_name_and_model_are_told")
class HasNoModel(Sound):
    def __init__(self):
        super().__init__()
        self.model = ""


@breaks("a_text_never_counts_as_nothing")
class CountsKnownWordsOnly(Sound):
    def count_tokens(self, text):
        return len(re.findall(r"[a-zA-Z]+", text))


@breaks("more_text_counts_as_more")
class CountsToItsLimit(Sound):
    """As a tokenizer that truncates."""

    def count_tokens(self, text):
        return min(512, super().count_tokens(text))


@breaks("tokens_are_counted_without_the_network")
class CountsRemotely(Sound):
    def count_tokens(self, text):
        with contextlib.suppress(OSError, RuntimeError):
            phone()
        return super().count_tokens(text)

    def _usage(self, request, output):
        return Usage(1, 1)


@breaks("usage_and_cost_are_sums_that_can_be_added_up", "the_price_is_the_most_that_it_costs")
class BillsInFloats(Sound):
    def _answer(self, request):
        return replace(super()._answer(request), cost=0.1)


@breaks("usage_and_cost_are_sums_that_can_be_added_up")
class CountsBackwards(Sound):
    def _answer(self, request):
        return replace(super()._answer(request), usage=Usage(-1))


@breaks("the_price_is_the_most_that_it_costs")
class CostsMoreThanItsPrice(Sound):
    def _answer(self, request):
        return replace(super()._answer(request), cost=Decimal("0.01"))


@breaks("citations_lie_in_the_parts_they_cite")
class CitesNothing(Sound):
    def _answer(self, request):
        return replace(super()._answer(request), citations=(Span(0, 10_000),))


@breaks(
    "a_hostile_input_gets_an_answer_or_a_typed_error", "a_hostile_input_does_not_spoil_its_batch"
)
class ChokesOnSurrogates(Sound):
    def _answer(self, request):
        request.text.encode()
        return super()._answer(request)


@breaks("a_hostile_input_does_not_spoil_its_batch")
class SpoilsItsBatch(Sound):
    """A typed error, but for all."""

    def complete(self, requests):
        for place, request in enumerate(requests):
            if "\0" in request.text:
                raise BackendError("there is a NUL in it")
            yield from ((place, answer) for _, answer in super().complete([request]))


@breaks("its_card_agrees_with_it")
class HidesItsPlace(Sound):
    @property
    def spec(self):
        remote = replace(self.capabilities, place=Place.REMOTE)
        return BackendSpec(self.name, remote, lambda _: self)


@breaks("its_availability_is_told_in_words_and_without_the_network")
class LooksForItsServer(Sound):
    @property
    def spec(self):
        return replace(super().spec, availability=lambda: phone() or "")


@breaks("it_can_be_warmed_and_closed_twice")
class ClosesOnce(Sound):
    def close(self):
        if self.closed:
            raise ValueError("closed already")
        super().close()


HEAVY = {"plugin_module": "decimal", "heavy": ("decimal",)}


@breaks("its_card_is_read_without_heavy_libraries", **HEAVY)
class LoadsItsLibraryAtOnce(Sound):
    pass
