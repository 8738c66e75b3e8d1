"""Long runs: `pytest -m soak`."""

import random
import threading

import psutil
import pytest
from echo import Echo, client, upper
from hypothesis import given, settings
from hypothesis import strategies as st
from verbs import VERBS

from s2s_tasks import BackendError, tasks
from s2s_tasks.testing import cut, refused

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


def test_a_million_items_in_bounded_memory():
    scripted = client(upper)
    process, before = psutil.Process(), 0
    for n, result in enumerate(scripted.map(Echo(), map(str, range(1_000_000)))):
        assert result.value == str(n)
        scripted.backend.requests.clear()
        scripted.backend.rounds.clear()
        if n == 10_000:
            before = process.memory_info().rss
    assert process.memory_info().rss - before <= 10_000_000


def test_ten_thousand_streams_leave_no_thread_and_no_file():
    scripted = client(upper).using(timeout=60)
    process = psutil.Process()
    list(scripted.stream(Echo(), "warm"))
    threads, files = threading.active_count(), process.num_fds()
    for n in range(10_000):
        stream = scripted.stream(Echo(), f"some words {n}")
        next(iter(stream))
        if n % 2:
            stream.close()
        else:
            assert stream.result.value == f"SOME WORDS {n}"
    assert threading.active_count() <= threads + 2
    assert process.num_fds() <= files


@settings(max_examples=5_000, deadline=None)
@given(
    st.lists(
        st.sampled_from(["good", "bad", cut("half"), refused(), BackendError("down")]), max_size=4
    )
)
def test_every_verb_agrees_on_every_script(script):
    def outcome(verb):
        result = verb(client(*script, "good"), Echo(), "x")
        return result.output, type(result.error), result.finish, result.usage, len(result.attempts)

    assert len({outcome(verb) for verb in VERBS}) == 1


def test_summaries_of_random_unicode_are_summaries_or_typed_errors():
    chance = random.Random(7)
    for _ in range(3_000):
        text = "".join(chr(chance.randrange(1, 0xD800)) for _ in range(chance.randrange(1, 400)))
        for result in tasks.summarize.map([text], max_words=10):
            assert result.ok or type(result.error).__module__ == "s2s_tasks.errors"
