"""As many at once as there are places, in the order of their coming."""

import asyncio
import threading
import time

import pytest

from s2s_tasks import Cancelled
from s2s_tasks.gate import Gate


def idle():
    """Nothing ends the waiting."""


@pytest.mark.parametrize("places", [1, 3])
def test_threads_and_loops_share_the_places(places):
    gate, lock = Gate(places), threading.Lock()
    inside, most = 0, 0

    def enter():
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)

    def leave():
        nonlocal inside
        with lock:
            inside -= 1

    def work():
        for _ in range(20):
            with gate.inside(idle):
                enter()
                time.sleep(0.0005)
                leave()

    async def work_async():
        async with gate.inside_async(idle):
            enter()
            await asyncio.sleep(0.0005)
            leave()

    async def many():
        await asyncio.gather(*(work_async() for _ in range(60)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    threads += [threading.Thread(target=lambda: asyncio.run(many())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    assert (inside, most) == (0, places)


def test_who_gives_up_leaves_no_place_behind():
    gate = Gate(1)

    def gone():
        raise Cancelled("gone")

    with gate.inside(idle):
        with pytest.raises(Cancelled), gate.inside(gone):
            pytest.fail("there was no place")
        with pytest.raises(Cancelled):
            asyncio.run(entered(gate, gone))
    assert asyncio.run(entered(gate, idle))


async def entered(gate, check):
    async with gate.inside_async(check):
        return True


def test_a_cancelled_coroutine_passes_its_place_on():
    gate = Gate(1)

    async def run():
        async with gate.inside_async(idle):
            waiting = asyncio.create_task(entered(gate, idle))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        return await asyncio.wait_for(entered(gate, idle), 2)

    assert asyncio.run(run())


def test_a_place_is_held_while_an_item_is_made_and_not_between():
    gate = Gate(1)
    steps = gate.steps(iter("abc"), idle)
    assert next(steps) == "a"
    with gate.inside(idle):
        pass
    assert list(steps) == ["b", "c"]
