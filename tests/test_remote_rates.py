"""The pace of calls: as configured, and as servers tell in two dialects."""

import asyncio
import threading
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s_tasks.errors import BadSetting, OutOfTime
from s2s_tasks.remote.bucket import Bucket
from s2s_tasks.remote.pauses import backoff, retry_after
from s2s_tasks.remote.rates import Rates
from s2s_tasks.remote.told import told_limits

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def sent(rates, clock, count, tokens=0):
    """The times at which so many requests, all there at once, are let through."""
    return [clock.now + rates.reserve(tokens) for _ in range(count)]


def most_within_a_minute(times):
    times = sorted(times)
    ends = [bisect_left(times, start + 60 - 1e-6) for start in times]
    return max(end - n for n, end in enumerate(ends))


# -- as configured


@pytest.mark.parametrize("limit", [1, 2, 7, 10, 60, 600, 4_000])
def test_no_minute_sees_more_requests_than_configured(limit):
    clock = Clock()
    times = sent(Rates(limit, clock=clock), clock, 3 * limit + 1)
    assert most_within_a_minute(times) == limit
    assert times[-1] - times[0] < 60 * 3.5, "and it is used"


@given(st.integers(1, 500), st.lists(st.floats(0, 50), min_size=1, max_size=200))
def test_whenever_requests_come_no_minute_sees_more(limit, gaps):
    clock = Clock()
    rates, times = Rates(limit, clock=clock), []
    for gap in gaps:
        clock.now += gap
        times += sent(rates, clock, 1)
    assert most_within_a_minute(times) <= limit


def test_a_first_request_does_not_wait():
    clock = Clock()
    assert Rates(1, 1_000, clock=clock).reserve(900) == 0


def test_tokens_are_limited_in_the_long_run():
    clock = Clock()
    times = sent(Rates(None, 60_000, clock=clock), clock, 100, tokens=3_000)
    assert pytest.approx((times[-1] - times[0]) / 60, rel=0.15) == 100 * 3_000 / 60_000


def test_a_request_above_the_whole_limit_is_let_through_and_paid_for_by_the_next():
    clock = Clock()
    rates = Rates(None, 1_000, clock=clock)
    assert rates.reserve(5_000) == 0
    assert rates.reserve(1) > 60 * 4


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_is_a_mistake(limit):
    with pytest.raises(BadSetting, match="per minute"):
        Rates(limit)


def test_without_limits_nobody_waits():
    clock = Clock()
    rates = Rates(clock=clock)
    assert not rates.counts_tokens
    assert sent(rates, clock, 100, 10**9) == [clock.now] * 100


def test_a_turn_that_comes_too_late_is_refused_and_given_back():
    clock = Clock()
    rates = Rates(1, clock=clock)
    rates.acquire(0)
    for _ in range(5):
        with pytest.raises(OutOfTime, match=r"in 60\.0 s, and 3\.0 s are left"):
            rates.acquire(0, left=3)


def test_threads_and_loops_share_one_pace():
    rates = Rates(600)
    threads = [threading.Thread(target=rates.acquire, args=(0,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    async def main():
        await asyncio.gather(*(rates.aacquire(0) for _ in range(40)))

    asyncio.run(main())
    assert rates.reserve(0) == pytest.approx(0.1, abs=0.1), "60 of them at once"


# -- as told


def anthropic(kind, limit, remaining, seconds):
    reset = (NOW + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    told = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"anthropic-ratelimit-{kind}-{what}": str(value) for what, value in told.items()}


def openai(kind, limit, remaining, reset):
    told = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{what}-{kind}": str(value) for what, value in told.items()}


DATE = {"date": format_datetime(NOW, usegmt=True)}


@pytest.mark.parametrize(
    "headers",
    [anthropic("requests", 50, 0, 60) | DATE, openai("requests", 50, 0, "1m0s"),
     openai("requests", 50, 0, "60"), openai("requests", 50, 0, "60000ms")],
)  # fmt: skip
def test_who_has_nothing_left_waits_for_the_next_place(headers):
    clock = Clock()
    rates = Rates(clock=clock)
    rates.learn(headers)
    assert [pytest.approx(n * 1.2) for n in (1, 2, 3)] == [rates.reserve(0) for _ in range(3)]


@pytest.mark.parametrize("kind", ["tokens", "input-tokens"])
def test_tokens_are_learnt(kind):
    clock = Clock()
    rates = Rates(clock=clock)
    rates.learn(anthropic(kind, 6_000, 1_000, 50) | DATE)
    assert rates.counts_tokens
    assert rates.reserve(1_000) == 0
    assert rates.reserve(500) == pytest.approx(5)


def test_the_stricter_of_ours_and_theirs_counts():
    clock = Clock()
    rates = Rates(600, clock=clock)
    rates.learn(openai("requests", 60, 0, "60s"))
    assert rates.reserve(0) == pytest.approx(1)
    rates.learn(openai("requests", 10**6, 10**6, "0s"))
    assert max(sent(rates, clock, 100)) == pytest.approx(clock.now + 4.4, abs=0.4)


def test_what_is_learnt_later_replaces_what_was_learnt():
    clock = Clock()
    rates = Rates(clock=clock)
    rates.learn(openai("requests", 60, 0, "60s"))
    rates.learn(openai("requests", 60, 60, "0s"))
    assert rates.reserve(0) == 0


def test_no_word_of_a_server_holds_a_request_for_more_than_a_minute():
    clock = Clock()
    rates = Rates(clock=clock)
    rates.learn(openai("requests", 100, 0, "24h"))
    assert rates.reserve(0) == 60


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_an_hour_off_does_not_matter(hours):
    server = datetime.now(UTC) + timedelta(hours=hours)
    reset = (server + timedelta(seconds=60)).isoformat()
    headers = anthropic("requests", 60, 0, 0) | {
        "anthropic-ratelimit-requests-reset": reset,
        "date": format_datetime(server, usegmt=True),
    }
    assert told_limits(headers)["requests"].reset == pytest.approx(60, abs=1.1)


@pytest.mark.parametrize(
    "headers",
    [{}, openai("requests", "", "", ""), openai("requests", "many", 3, "1s"),
     openai("requests", -5, 3, "1s"), openai("requests", 5, -3, "1s"),
     openai("requests", "5" * 40, 3, "1s"), openai("requests", "٣", 3, "1s"),
     openai("requests", 0, 0, "1s"), openai("requests", 5, None, "1s")],
)  # fmt: skip
def test_what_is_told_in_no_form_to_rely_on_is_not_learnt(headers):
    assert told_limits(headers) == {}


@pytest.mark.parametrize("reset", ["", "soon", "-5", "nan", "1s1s1s", "9" * 30, "0001-01-01"])
def test_a_reset_that_cannot_be_read_breaks_nothing(reset):
    clock = Clock()
    rates = Rates(clock=clock)
    rates.learn(openai("requests", 60, 0, reset))
    assert 0 <= rates.reserve(0) <= 60


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_header_breaks_anything(limit, remaining, reset):
    rates = Rates()
    rates.learn(openai("requests", limit, remaining, reset))
    rates.learn(anthropic("tokens", limit, remaining, 1) | {"date": reset, "retry-after": reset})
    assert 0 <= rates.reserve(10) <= 60


def test_a_place_waits_its_turn_behind_what_is_larger_than_the_bucket():
    bucket = Bucket(10, 1, 10, 0)
    assert bucket.take(30, 0) == 0
    assert bucket.take(1, 0) == 21
    assert bucket.take(1, 30) == 0


# -- pauses


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": " 7.5 "}, 7.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1),
        ({"retry-after": "0"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "100000"}, 100_000),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e400"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=9), usegmt=True)} | DATE, 9),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=9), usegmt=True)} | DATE, None),
        ({"retry-after": "Wed, 99 Nov 2026 12:00:00 GMT"} | DATE, None),
    ],
)
def test_retry_after_is_read_in_all_its_forms(headers, seconds):
    assert retry_after(headers) == (None if seconds is None else pytest.approx(seconds))


def test_a_date_without_the_servers_clock_is_compared_with_ours():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert retry_after({"retry-after": soon}) == pytest.approx(30, abs=1.5)


@given(st.text(max_size=40))
def test_no_retry_after_breaks_anything(text):
    seconds = retry_after({"retry-after": text, "retry-after-ms": text, "date": text})
    assert seconds is None or 0 < seconds < float("inf")


def test_a_pause_is_never_nothing():
    assert min(backoff(failed, 1.0) for failed in range(1, 2_000)) == pytest.approx(0.375)
