"""The one retry layer, on a clock of its own: nothing here sleeps."""

import asyncio
import math
import time
from decimal import Decimal

import pytest

from s2s_tasks.errors import (
    BackendError,
    Cancelled,
    NotConfigured,
    OutcomeUnknown,
    OutOfTime,
)
from s2s_tasks.exchange import Completion, Finish, Request, Signal, Usage
from s2s_tasks.remote.failure import Billed, Failure, passing
from s2s_tasks.remote.rates import Rates
from s2s_tasks.remote.retrying import Retrying

WHOLE = Completion("done", usage=Usage(7, 5))


class Lost(Exception):
    """What a library raises."""


class Clock:
    """Time that passes only when somebody sleeps, or when an attempt is said to take so long."""

    def __init__(self):
        self.now = time.monotonic()
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds):
        self.sleep(seconds)


class Bench:
    """A Retrying of either kind, and a script of what its attempts come to."""

    def __init__(self, verb, script=(), *, timeout=None, chance=0.0, takes=0.0, **settings):
        self.clock = Clock()
        self.verb, self.script, self.takes = verb, list(script), takes
        self.sent, self.lefts = [], []
        self.began = self.clock.now
        deadline = None if timeout is None else self.clock.now + timeout
        self.request = Request("summarize", ("text",), signal=Signal(deadline))
        self.retrying = Retrying(
            name="remote",
            model="m-1",
            clock=self.clock,
            sleep=self.clock.sleep,
            asleep=self.clock.asleep,
            chance=lambda: chance,
            **settings,
        )

    def send(self, left):
        self.sent.append(self.clock.now - self.began)
        self.lefts.append(left)
        self.clock.now += self.takes
        outcome = self.script.pop(0) if self.script else WHOLE
        if isinstance(outcome, Completion):
            return outcome
        raise outcome if isinstance(outcome, Exception) else Lost(outcome)

    async def asend(self, left):
        return self.send(left)

    def explain(self, error):
        return error.args[0]

    def __call__(self, **settings):
        if self.verb == "call":
            return self.retrying.call(self.request, self.send, self.explain, **settings)
        return asyncio.run(self.retrying.acall(self.request, self.asend, self.explain, **settings))

    def raised(self, kind):
        with pytest.raises(kind) as raised:
            self()
        return raised.value


@pytest.fixture(params=["call", "acall"])
def verb(request):
    return request.param


def busy(after=None, billed=Billed.NO, **settings):
    error = BackendError("busy", retryable=True)
    return Failure(error, retry=True, after=after, billed=billed, **settings)


# -- when to ask again


def test_a_whole_answer_is_asked_for_once(verb):
    bench = Bench(verb)
    assert bench() == WHOLE
    assert bench.lefts == [None]
    assert bench.clock.slept == []


def test_what_passes_is_tried_again_and_stays_on_the_answer(verb):
    answer = Bench(verb, [busy(), busy()], takes=0.5)()
    assert answer.output == "done"
    assert [attempt.problem for attempt in answer.attempts] == ["busy", "busy"]
    assert {attempt.backend for attempt in answer.attempts} == {"remote"}
    assert {attempt.model for attempt in answer.attempts} == {"m-1"}
    assert [attempt.seconds for attempt in answer.attempts] == [pytest.approx(0.5)] * 2
    assert {attempt.cost for attempt in answer.attempts} == {Decimal(0)}


@pytest.mark.parametrize("most", [1, 2, 3])
def test_there_are_never_more_attempts_than_allowed(verb, most):
    bench = Bench(verb, [busy()] * 9, attempts=most)
    error = bench.raised(BackendError)
    assert len(bench.sent) == most
    assert len(error.attempts) == most - 1, "the last one is counted by whoever asked"


def test_three_attempts_are_the_default(verb):
    bench = Bench(verb, [busy()] * 9)
    bench.raised(BackendError)
    assert len(bench.sent) == 3


def test_what_does_not_pass_is_not_tried_again(verb):
    bench = Bench(verb, [Failure(NotConfigured("wrong key"))])
    assert bench.raised(NotConfigured).attempts == ()
    assert len(bench.sent) == 1


@pytest.mark.parametrize("error", [Cancelled("stopped"), NotConfigured("no key")])
def test_what_was_raised_on_purpose_is_final(verb, error):
    bench = Bench(verb, [busy(), error])
    assert bench.raised(type(error)) is error
    assert len(error.attempts) == 1, "also where the same error is raised over and over"


def test_what_a_library_wrapped_is_found_again(verb):
    wrapped = RuntimeError("connection error")
    wrapped.__cause__ = Cancelled("stopped")
    Bench(verb, [wrapped]).raised(Cancelled)


def test_nothing_is_its_own_cause(verb):
    wrapped, inner = RuntimeError("connection error"), Cancelled("stopped")
    wrapped.__cause__ = inner
    for raised in (wrapped, inner):
        assert Bench(verb, [raised]).raised(Cancelled) is inner
        assert inner.__cause__ is None


def test_the_librarys_error_is_the_cause(verb):
    error = Bench(verb, [Failure(NotConfigured("wrong key"))]).raised(NotConfigured)
    assert isinstance(error.__cause__, Lost)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_is_not_explained(error):
    bench = Bench("call")
    bench.send = lambda left: (_ for _ in ()).throw(error)
    bench.explain = None
    with pytest.raises(error):
        bench()


@pytest.mark.parametrize(
    ("status", "again"),
    [(400, False), (401, False), (403, False), (404, False), (408, True), (409, True), (413, False),
     (422, False), (429, True), (500, True), (502, True), (503, True), (504, True), (529, True)],
)  # fmt: skip
def test_a_status_passes_or_not_unless_the_server_says_so(status, again):
    assert passing(status, {}) is again
    assert passing(status, {"x-should-retry": "true"})
    assert not passing(status, {"x-should-retry": "False"})


# -- how long to wait


def pauses(bench):
    return [later - earlier for earlier, later in zip(bench.sent, bench.sent[1:], strict=False)]


@pytest.mark.parametrize(("chance", "share"), [(0.0, 1.0), (0.5, 0.875), (1.0, 0.75)])
def test_pauses_double_up_to_eight_seconds_and_are_spread(verb, chance, share):
    bench = Bench(verb, [busy()] * 9, chance=chance, attempts=8)
    bench.raised(BackendError)
    expected = [0.5, 1, 2, 4, 8, 8, 8]
    assert pauses(bench) == [pytest.approx(pause * share) for pause in expected]


@pytest.mark.parametrize("after", [0.1, 3.0, 59.0])
def test_the_servers_word_is_honoured(verb, after):
    bench = Bench(verb, [busy(after)])
    bench()
    assert pauses(bench) == [pytest.approx(after)]


def test_those_who_were_asked_to_wait_do_not_come_back_all_at_once(verb):
    bench = Bench(verb, [busy(3.0)], chance=1.0)
    bench()
    assert 3.0 < pauses(bench)[0] <= 3.5


def test_no_longer_than_the_cap_is_waited(verb):
    bench = Bench(verb, [busy(90.0), busy(30.0)], cap=60.0)
    bench()
    assert pauses(bench) == [pytest.approx(60), pytest.approx(30)]


@pytest.mark.parametrize("after", [121.0, 1e5, 4_294_967.0, math.inf])
def test_what_cannot_be_waited_out_ends_the_call_at_once(verb, after):
    bench = Bench(verb, [busy(after)])
    bench.raised(BackendError)
    assert len(bench.sent) == 1
    assert bench.clock.slept == []


def test_sleep_is_cut_into_pieces_between_which_the_signal_is_heard(verb):
    bench = Bench(verb, [busy(30.0)])
    bench()
    assert max(bench.clock.slept) <= 0.25


def test_an_abort_ends_the_waiting(verb):
    bench = Bench(verb, [busy(30.0)])

    def sleep(seconds):
        bench.clock.now += seconds
        if bench.clock.now - bench.began > 5:
            bench.request.signal.abort()

    async def asleep(seconds):
        sleep(seconds)

    bench.retrying._sleep, bench.retrying._asleep = sleep, asleep
    error = bench.raised(Cancelled)
    assert bench.clock.now - bench.began < 5.6
    assert [attempt.problem for attempt in error.attempts] == ["busy"]


def test_a_call_that_is_not_wanted_any_more_is_not_sent(verb):
    bench = Bench(verb)
    bench.request.signal.abort()
    bench.raised(Cancelled)
    assert bench.sent == []


# -- the deadline


def test_each_attempt_is_told_what_is_left(verb):
    bench = Bench(verb, [busy(), busy()], timeout=10, takes=1)
    bench()
    assert bench.lefts == [pytest.approx(10), pytest.approx(8.5), pytest.approx(6.5)]


@pytest.mark.parametrize("pause", [None, 30.0])
@pytest.mark.parametrize("timeout", [0.3, 0.52])
def test_an_attempt_that_cannot_end_in_time_is_not_begun(verb, pause, timeout):
    bench = Bench(verb, [busy(pause)], timeout=timeout)
    assert str(bench.raised(BackendError)) == "busy", "why it failed says more than the time"
    assert len(bench.sent) == 1
    assert bench.clock.now - bench.began < timeout


def test_a_deadline_that_has_passed_sends_nothing(verb):
    bench = Bench(verb, timeout=1)
    bench.clock.now += 2
    assert bench.raised(OutOfTime).limit == "total"
    assert bench.sent == []


@pytest.mark.parametrize("billed", [Billed.NO, Billed.MAYBE])
def test_what_fails_at_the_deadline_is_out_of_time(verb, billed):
    bench = Bench(verb, [busy(billed=billed)], timeout=5, takes=5)
    error = bench.raised(OutOfTime)
    assert error.limit == "total"
    assert error.maybe_billed is (billed is Billed.MAYBE)


def test_what_fails_for_good_at_the_deadline_says_why(verb):
    Bench(verb, [Failure(NotConfigured("wrong key"))], timeout=5, takes=5).raised(NotConfigured)


def test_an_attempt_of_an_event_loop_ends_by_the_deadline():
    signal = Signal(time.monotonic() + 0.1)
    retrying = Retrying(name="remote", model="m-1")

    async def send(_left):
        await asyncio.sleep(30)

    with pytest.raises(OutOfTime) as raised:
        asyncio.run(retrying.acall(Request("x", ("y",), signal=signal), send, explain=None))
    assert raised.value.maybe_billed
    assert 0 <= time.monotonic() - signal.deadline + 0.01 < 1


def test_a_task_that_is_cancelled_is_cancelled():
    async def main():
        bench = Bench("acall", [busy(30.0)])
        bench.retrying._asleep = asyncio.sleep
        task = asyncio.create_task(bench.retrying.acall(bench.request, bench.asend, bench.explain))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


# -- what it costs


def test_an_unknown_outcome_is_counted_as_possibly_billed(verb):
    unknown = Failure(OutcomeUnknown("lost"), retry=True, billed=Billed.MAYBE)
    [attempt] = Bench(verb, [unknown])().attempts
    assert attempt.maybe_billed
    assert attempt.cost is None
    assert attempt.finish is Finish.ERROR


def test_an_unknown_outcome_is_not_sent_again_unless_it_is_said_to_be_safe(verb):
    bench = Bench(verb, [Failure(OutcomeUnknown("lost"), billed=Billed.MAYBE)])
    assert bench.raised(OutcomeUnknown).maybe_billed
    assert len(bench.sent) == 1


def test_what_was_billed_is_not_free_and_no_maybe(verb):
    [attempt] = Bench(verb, [busy(billed=Billed.YES)])().attempts
    assert attempt.cost is None
    assert not attempt.maybe_billed


@pytest.mark.parametrize(
    ("billed", "cost"), [(Billed.NO, Decimal(0)), (Billed.MAYBE, None), (Billed.YES, None)]
)
def test_what_the_last_attempt_cost_is_on_the_error(verb, billed, cost):
    error = Bench(verb, [Failure(BackendError("no"), billed=billed)]).raised(BackendError)
    assert error.cost == cost
    assert error.maybe_billed is (billed is Billed.MAYBE)


def test_what_was_not_sent_cost_nothing(verb):
    bench = Bench(verb, timeout=1)
    bench.clock.now += 2
    assert bench.raised(OutOfTime).cost == 0


def test_what_is_not_known_of_a_typed_error_stays_unknown(verb):
    typed = BackendError("no message at all")
    typed.maybe_billed = True
    error = Bench(verb, [typed]).raised(BackendError)
    assert error.maybe_billed
    assert error.cost is None


# -- streams


def test_of_a_stream_the_opening_is_tried_again():
    bench = Bench("call", [busy()])
    opened, tried = bench.retrying.opened(bench.request, bench.send, bench.explain)
    assert opened is WHOLE
    assert [attempt.problem for attempt in tried] == ["busy"]


def test_of_an_async_stream_the_opening_is_tried_again():
    bench = Bench("acall", [busy()])
    opened, tried = asyncio.run(bench.retrying.aopened(bench.request, bench.asend, bench.explain))
    assert opened is WHOLE
    assert len(tried) == 1


# -- many calls


def test_a_server_in_trouble_is_not_asked_thrice_by_all():
    bench = Bench("call", [busy()] * 9_999)
    for _ in range(1_000):
        bench.raised(BackendError)
        bench.clock.now = bench.began  # all at once
    assert len(bench.sent) <= 1_100, "one in ten at most is sent again"


def test_one_success_in_two_keeps_the_retries_within_a_tenth():
    bench = Bench("call", [busy(), WHOLE] * 1_000, attempts=2)
    answered = 0
    for _ in range(500):
        try:
            answered += bench().output == "done"
        except BackendError:
            answered += 0
        bench.clock.now = bench.began
    assert len(bench.sent) - 500 <= 10 + answered / 10


def test_pauses_that_the_server_asks_for_are_no_storm():
    bench = Bench("call", [busy(1.0), busy(1.0), WHOLE] * 100)
    for _ in range(100):
        assert bench().output == "done"


def test_one_who_is_asked_to_wait_makes_all_wait():
    bench = Bench("call", [busy(7.0)], attempts=1)
    bench.raised(BackendError)
    bench()
    assert bench.sent == [0, pytest.approx(7.0)]


def test_calls_keep_to_the_rates(verb):
    bench = Bench(verb)
    rates = Rates(requests_per_minute=60, clock=bench.clock)
    bench.retrying = Retrying(
        name="remote",
        model="m-1",
        rates=rates,
        clock=bench.clock,
        sleep=bench.clock.sleep,
        asleep=bench.clock.asleep,
    )
    for _ in range(120):
        bench()
    assert within_any_minute(bench.sent) == 60
    assert 60 < bench.sent[-1] < 130


def test_two_hundred_tasks_of_one_loop_keep_to_the_rates():
    speed, sent = 20, []

    def clock():
        return time.monotonic() * speed

    async def send(_left):
        sent.append(clock())
        return WHOLE

    async def main():
        retrying = Retrying(
            name="remote",
            model="m-1",
            rates=Rates(600, clock=clock),
            clock=clock,
            asleep=lambda seconds: asyncio.sleep(seconds / speed),
        )
        request = Request("summarize", ("text",))
        await asyncio.gather(*(retrying.acall(request, send, None) for _ in range(200)))

    asyncio.run(main())
    assert len(sent) == 200
    assert sent[59] - sent[0] < 5, "a tenth of the limit at once"
    assert 15 < sent[199] - sent[0] < 30, "and nine in a second"


def test_who_waits_for_a_turn_waits_longer_if_all_are_asked_to(verb):
    bench = Bench(verb)
    rates = bench.retrying.rates
    rates._own |= Rates(1, clock=bench.clock)._own
    bench()

    def sleep(seconds):
        if 10 < bench.clock.now - bench.began < 10.3:
            rates.hold(100)
        bench.clock.sleep(seconds)

    async def asleep(seconds):
        sleep(seconds)

    bench.retrying._sleep, bench.retrying._asleep = sleep, asleep
    bench()
    assert 110 <= bench.sent[1] < 172


def test_retries_keep_to_the_rates_too():
    bench = Bench("call", [busy()] * 2)
    bench.retrying._habits.rates._own |= Rates(1, clock=bench.clock)._own
    bench()
    assert pauses(bench) == [pytest.approx(60, abs=1)] * 2


def test_a_turn_that_comes_too_late_is_not_waited_for(verb):
    bench = Bench(verb, timeout=10)
    bench.retrying.rates._own |= Rates(1, clock=bench.clock)._own
    bench()
    error = bench.raised(OutOfTime)
    assert "per minute" in str(error)
    assert error.hint
    assert len(bench.sent) == 1
    assert bench.clock.slept == []


def test_tokens_that_were_not_used_are_given_back():
    bench = Bench("call")
    rates = bench.retrying.rates
    rates._own |= Rates(None, 6_000, clock=bench.clock)._own
    bench(tokens=600)
    assert rates._own["tokens"].level == pytest.approx(600 - 12)
    bench.script = [Failure(NotConfigured("no"))]
    with pytest.raises(NotConfigured):
        bench(tokens=100)
    assert rates._own["tokens"].level == pytest.approx(600 - 12), "nothing was used"


def test_a_place_that_was_not_used_is_given_back(verb):
    bench = Bench(verb, timeout=30)
    rates = bench.retrying.rates
    rates._own |= Rates(2, clock=bench.clock)._own
    bench()
    bench.clock.now += 1

    def sleep(_seconds):
        bench.request.signal.abort()

    async def asleep(_seconds):
        bench.request.signal.abort()

    bench.retrying._sleep, bench.retrying._asleep = sleep, asleep
    bench.request = Request("summarize", ("text",), signal=Signal(bench.clock.now + 45))
    before = rates._own["requests"].level
    bench.raised(Cancelled)
    assert rates._own["requests"].level == pytest.approx(before + 1 / 30)


def within_any_minute(times):
    return max(sum(start <= time < start + 60 - 1e-6 for time in times) for start in times)
