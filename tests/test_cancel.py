"""Whoever goes away stops the work: closing, Ctrl-C, a cancelled coroutine."""

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from echo import Echo

from s2s_tasks import Registry, Tasks
from s2s_tasks.testing import Scripted

HERE = str(Path(__file__).parent)


class Endless(Scripted):
    """Works until it is told to stop, and says when that was."""

    def __init__(self, **options):
        super().__init__("never", **options)
        self.began, self.stopped = threading.Event(), threading.Event()

    def complete(self, requests):
        self._work(requests[0])
        yield 0, None

    def stream(self, request):
        try:
            for n in range(10_000):
                self.began.set()
                yield f"{n} "
                request.signal.wait(0.01)
        finally:
            self.stopped.set()

    def _work(self, request):
        self.began.set()
        try:
            while True:
                request.signal.wait(0.01)
        finally:
            self.stopped.set()


def endless(**options):
    return Tasks(backend=Endless(**options), registry=Registry())


@pytest.mark.parametrize("timeout", [None, 60], ids=["in line", "on a thread"])
def test_closing_a_stream_stops_the_backend(timeout):
    tasks = endless().using(timeout=timeout)
    with tasks.stream(Echo(), "x") as stream:
        next(iter(stream))
    assert tasks.backend.stopped.wait(0.25)


def test_dropping_a_stream_stops_the_backend():
    tasks = endless()

    def look():
        for _ in tasks.stream(Echo(), "x"):
            break

    look()
    assert tasks.backend.stopped.wait(0.25)


def test_a_cancelled_coroutine_stops_the_backend():
    tasks = endless()

    async def run():
        call = asyncio.create_task(tasks.arun(Echo(), "x"))
        await asyncio.to_thread(tasks.backend.began.wait, 5)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(run())
    assert tasks.backend.stopped.wait(0.25)


def test_an_async_stream_that_is_left_stops_the_backend():
    tasks = endless()

    async def run():
        async with tasks.stream(Echo(), "x") as stream:
            async for _ in stream:
                break

    asyncio.run(run())
    assert tasks.backend.stopped.wait(0.25)


def test_an_async_map_that_is_cancelled_stops_the_backend():
    tasks = endless()

    async def run():
        async def read():
            async for _ in tasks.map(Echo(), ["a", "b"]):
                pass

        reading = asyncio.create_task(read())
        await asyncio.to_thread(tasks.backend.began.wait, 5)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    asyncio.run(run())
    assert tasks.backend.stopped.wait(0.25)


def test_the_event_loop_is_never_blocked():
    tasks = Tasks(backend=Scripted("done", delay=0.3), registry=Registry())

    async def run():
        call = asyncio.create_task(tasks.arun(Echo(), "x"))
        gaps, last = [], time.monotonic()
        while not call.done():
            await asyncio.sleep(0.005)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()
        return max(gaps)

    assert asyncio.run(run()) < 0.1


@pytest.mark.parametrize("timeout", ["None", "60"], ids=["in line", "on lanes"])
@pytest.mark.parametrize("verb", ["run(Echo(), 'x')", "map(Echo(), ['x']).__next__()"])
def test_ctrl_c_ends_the_call_at_once_and_leaves_no_thread_behind(verb, timeout):
    program = textwrap.dedent(f"""
        import sys, threading
        sys.path[:0] = [{HERE!r}]
        from test_cancel import Echo, endless
        tasks = endless().using(timeout={timeout})
        threading.Thread(target=lambda: (tasks.backend.began.wait(), print("began", flush=True))).start()
        try:
            tasks.{verb}
        except KeyboardInterrupt:
            print("stopped" if tasks.backend.stopped.wait(1) else "still running", flush=True)
    """)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "began\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10)[0] == "stopped\n"
    assert process.returncode == 0
    assert time.monotonic() - began < 2


def test_an_abandoned_backend_does_not_keep_the_program_from_ending():
    program = textwrap.dedent(f"""
        import sys, time
        sys.path[:0] = [{HERE!r}]
        from test_cancel import Echo, Registry, Scripted, Tasks
        class Deaf(Scripted):
            def complete(self, requests):
                time.sleep(60)
                yield 0, None
        try:
            Tasks(backend=Deaf(""), registry=Registry(), timeout=0.1).run(Echo(), "x")
        except Exception as error:
            print(type(error).__name__)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=True
    )
    assert done.stdout == "OutOfTime\n"
