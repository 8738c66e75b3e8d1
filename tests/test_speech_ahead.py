"""Items are made ahead, in order, and no more of them than there is room for."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from s2s_tasks.speech.ahead import Ahead


@pytest.fixture
def executor():
    with ThreadPoolExecutor(2) as pool:
        yield pool


def drained(ahead):
    found = []
    while (item := ahead.next()) is not None:
        found.append(item)
    return found


def eventually(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.mark.parametrize("depth", [1, 2, 100])
def test_all_items_come_in_order(executor, depth):
    ahead = Ahead(iter(range(1, 50)), executor, depth)
    assert drained(ahead) == [*range(1, 50)]
    assert ahead.next() is None


@pytest.mark.parametrize("depth", [1, 3])
def test_no_more_is_made_than_there_is_room_for(executor, depth):
    made = []
    ahead = Ahead((made.append(n) or n for n in range(1, 20)), executor, depth)
    assert not made
    ahead.begin()
    eventually(lambda: len(made) == depth)
    time.sleep(0.02)
    assert len(made) == depth
    assert ahead.next() == 1
    eventually(lambda: len(made) == depth + 1)


def test_an_error_comes_where_its_item_would(executor):
    def items():
        yield 1
        yield 2
        raise OSError("broken")

    ahead = Ahead(items(), executor, 10)
    assert [ahead.next(), ahead.next()] == [1, 2]
    for _ in range(2):
        with pytest.raises(OSError, match="broken"):
            ahead.next()


def test_what_is_closed_makes_no_more_and_closes_its_iterator(executor):
    closed = threading.Event()

    def items():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    ahead = Ahead(items(), executor, 3)
    assert ahead.next() == 1
    ahead.close()
    assert closed.is_set()


def test_what_never_began_is_closed_as_well(executor):
    Ahead(iter([1]), executor, 3).close()


def test_many_share_few_threads(executor):
    many = [Ahead(iter(range(1, 30)), executor, 2) for _ in range(20)]
    for one in many:
        one.begin()
    assert [drained(one) for one in many] == [[*range(1, 30)]] * 20
