"""Many items: in order, lazily, in bounded memory, and none lost."""

import asyncio
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import psutil
import pytest
from echo import Echo, client, upper
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s_tasks import BackendError, InvalidOutput, OverBudget, Policy, Registry, S2SError, Tasks
from s2s_tasks.testing import Scripted, cut

CAPABILITIES = Scripted("").capabilities


def mapped(how, tasks, values):
    """A map read synchronously, or within an event loop from a sync or async source."""
    if how == "sync":
        return list(tasks.map(Echo(), values))

    async def source():
        for value in values:
            await asyncio.sleep(0)
            yield value

    async def run():
        given = source() if how == "async source" else values
        return [result async for result in tasks.map(Echo(), given)]

    return asyncio.run(run())


every_way = pytest.mark.parametrize("how", ["sync", "async", "async source"])
every_shape = pytest.mark.parametrize(
    ("concurrency", "batch"), [(1, 1), (1, 8), (4, 1), (3, 5)], ids=str
)


def shaped(script, concurrency, batch, **options):
    capabilities = replace(CAPABILITIES, concurrency=concurrency, batch=batch)
    return client(script, capabilities=capabilities, **options)


@every_way
@every_shape
def test_results_come_in_the_order_of_the_input(how, concurrency, batch):
    def slow_at_random(request):
        time.sleep(random.Random(request.text).random() / 200)
        return upper(request)

    words = [f"word {n}" for n in range(60)]
    results = mapped(how, shaped(slow_at_random, concurrency, batch), words)
    assert [r.value for r in results] == [word.upper() for word in words]
    assert [r.index for r in results] == list(range(60))


@every_way
@every_shape
def test_one_bad_item_never_ends_the_run(how, concurrency, batch):
    def answer(request):
        n = int(request.text)
        return BackendError("no") if n % 10 == 3 else cut("x") if n % 10 == 5 else str(n)

    words = ["  ", *map(str, range(40)), ""]
    results = mapped(how, shaped(answer, concurrency, batch), words)
    assert len(results) == 42
    good = [r.value for r in results if r.ok]
    assert good == [str(n) for n in range(40) if n % 10 not in (3, 5)]
    assert [r.index for r in results if not r.ok] == [0, 4, 6, 14, 16, 24, 26, 34, 36, 41]


@every_way
def test_an_empty_input_gives_no_results_and_asks_nobody(how):
    assert mapped(how, client("never"), []) == []


def test_items_are_pulled_as_places_become_free_and_not_before():
    pulled = 0

    def endless():
        nonlocal pulled
        while True:
            pulled += 1
            yield "x"

    results = iter(shaped(upper, 1, 2).map(Echo(), endless()))
    for _ in range(10):
        next(results)
    assert pulled <= 10 + 8


def test_as_completed_lets_quick_items_overtake_slow_ones():
    def answer(request):
        time.sleep(0.3 if request.text == "slow" else 0)
        return upper(request)

    tasks = shaped(answer, 2, 1)
    values = ["slow", "a", "b", "c"]
    assert [r.value for r in tasks.map(Echo(), values)] == ["SLOW", "A", "B", "C"]
    results = list(tasks.map(Echo(), values).as_completed())
    assert [r.value for r in results] == ["A", "B", "C", "SLOW"]
    assert [r.index for r in results] == [1, 2, 3, 0]


def test_repairs_of_a_batch_are_asked_together():
    tasks = shaped(lambda r: upper(r) if r.earlier or r.text > "c" else "bad", 1, 8)
    results = list(tasks.map(Echo(), ["a", "b", "x", "y"]))
    assert [r.value for r in results] == ["A", "B", "X", "Y"]
    assert [len(round_) for round_ in tasks.backend.rounds] == [4, 2]


def test_as_many_calls_run_at_once_as_the_backend_takes():
    running, most, lock = 0, 0, threading.Lock()

    def answer(request):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return upper(request)

    list(shaped(answer, 5, 1).map(Echo(), ["x"] * 40))
    assert most == 5


@every_way
def test_what_the_iterable_raises_comes_after_the_results_begun_before_it(how):
    def values():
        yield from ["a", "b"]
        raise OSError("the disk is gone")

    seen = []
    with pytest.raises(OSError, match="the disk is gone"):
        read_into(seen, how, shaped(upper, 1, 8), values)
    assert [r.value for r in seen] == ["A", "B"]


def read_into(seen, how, tasks, values):
    """Like `mapped`, but what was read before an error is kept."""

    async def source():
        for value in values():
            yield value

    async def run():
        async for result in tasks.map(Echo(), source() if how == "async source" else values()):
            seen.append(result)

    if how == "sync":
        for result in tasks.map(Echo(), values()):
            seen.append(result)
    else:
        asyncio.run(run())


def test_100_000_items_in_bounded_memory():
    tasks = client(lambda r: BackendError("no") if int(r.text) % 100 == 7 else r.text)
    process = psutil.Process()
    failed, at_start = 0, 0
    for n, result in enumerate(tasks.map(Echo(), map(str, range(100_000)))):
        assert result.index == n
        if not result.ok:
            failed += 1
        elif result.value != str(n):
            pytest.fail(f"item {n} has the value of another: {result.value}")
        tasks.backend.requests.clear()
        tasks.backend.rounds.clear()
        if n == 2_000:
            at_start = process.memory_info().rss
    assert failed == 1_000
    assert process.memory_info().rss - at_start <= 10_000_000


def test_16_threads_on_one_client_give_the_answers_of_one():
    tasks = shaped(lambda r: upper(r) if r.earlier or len(r.text) % 3 else "bad", 2, 3)
    words = [f"{'x' * (n % 7)}{n}" for n in range(200)]
    alone = [tasks.run(Echo(), word).value for word in words]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(lambda word: tasks.run(Echo(), word).value, words)) == alone
        maps = pool.map(lambda _: [r.value for r in tasks.map(Echo(), words)], range(16))
        assert all(values == alone for values in maps)


def test_200_async_tasks_on_one_client_give_the_answers_of_one():
    tasks = client(lambda r: upper(r) if r.earlier or len(r.text) % 3 else "bad")
    words = [f"{'x' * (n % 7)}{n}" for n in range(200)]

    async def run():
        return await asyncio.gather(*(tasks.arun(Echo(), word) for word in words))

    assert [r.value for r in asyncio.run(run())] == [word.upper() for word in words]


@settings(max_examples=60, deadline=None)
@given(
    fates=st.lists(
        st.sampled_from(["good", "bad", "repaired", "cut", "error", "blank"]), max_size=30
    ),
    concurrency=st.integers(1, 4),
    batch=st.integers(1, 5),
)
def test_a_map_is_the_same_as_single_calls(fates, concurrency, batch):
    answers = {
        "good": lambda r: f"fine {r.text}",
        "bad": lambda _: "bad",
        "repaired": lambda r: f"fine {r.text}" if r.earlier else "bad",
        "cut": lambda _: cut("half"),
        "error": lambda _: BackendError("down"),
    }
    values = ["" if fate == "blank" else f"{fate} {n}" for n, fate in enumerate(fates)]
    tasks = shaped(lambda r: answers[r.text.split()[0]](r), concurrency, batch)

    def outcome(value):
        try:
            return tasks.run(Echo(), value).value
        except S2SError as error:
            return type(error), str(error)

    def told(result):
        return result.value if result.ok else (type(result.error), str(result.error))

    assert [told(r) for r in tasks.map(Echo(), values)] == [outcome(v) for v in values]


def test_errors_of_a_batch_are_not_shared_between_items():
    tasks = shaped(ConnectionError("down"), 1, 8)
    results = list(tasks.map(Echo(), ["a", "b", "c"]))
    assert [r.error.result.index for r in results] == [0, 1, 2]
    assert all(isinstance(r.error.__cause__, ConnectionError) for r in results)


def test_the_spending_limit_is_over_the_whole_map():
    tasks = shaped(upper, 1, 4, price=Decimal(1)).using(policy=Policy(max_cost=Decimal(5)))
    results = list(tasks.map(Echo(), list("abcdefgh")))
    assert [r.ok for r in results] == [True] * 5 + [False] * 3
    assert all(isinstance(r.error, OverBudget) for r in results[5:])


def test_an_item_that_fails_its_repair_does_not_hold_up_others():
    tasks = client(lambda r: "bad" if r.text == "b" else upper(r))
    a, b, c = tasks.map(Echo(), ["a", "b", "c"])
    assert (a.value, c.value) == ("A", "C")
    assert isinstance(b.error, InvalidOutput)


def test_the_same_results_object_can_be_taken_up_again():
    results = client(upper).map(Echo(), ["a", "b", "c"])
    assert next(results).value == "A"
    assert [r.value for r in results] == ["B", "C"]


def test_a_client_needs_no_registry_to_map_on_its_own_backend():
    assert [
        r.value for r in Tasks(backend=Scripted(upper), registry=Registry()).map(Echo(), "ab")
    ] == [
        "A",
        "B",
    ]
