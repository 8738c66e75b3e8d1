"""Backends, tasks and readers that do what they should not: each harms only itself."""

import asyncio
import pickle
import threading
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

import pytest
from echo import Echo, client, registry
from verbs import every_verb

from s2s_tasks import (
    Backend,
    BackendError,
    BackendSpec,
    BadSetting,
    Beam,
    Capabilities,
    Completion,
    Greedy,
    InvalidOutput,
    OutOfTime,
    OverBudget,
    Place,
    PluginError,
    Policy,
    Registry,
    Tasks,
    Timeout,
    Unsupported,
    ask,
    hookimpl,
    together,
)
from s2s_tasks.catalog import Caption
from s2s_tasks.testing import Scripted, refused

ABLE = Scripted("").capabilities


def on(backend, **options):
    return Tasks(backend=backend, registry=Registry(), **options)


class Panic(BaseException):
    """What some native extensions raise: no Exception."""


@dataclass(frozen=True, kw_only=True)
class Words(Echo):
    """Each word in a request of its own, none of them shown."""

    name: ClassVar[str] = "words"

    def flow(self, value, budget):
        flows = [ask(replace(self.request(w), lead=None), self.read, budget) for w in value.split()]
        return "-".join((yield from together(flows, replace(budget, one_by_one=False))))


# --- backends -------------------------------------------------------------------------------


@every_verb
@pytest.mark.parametrize("concurrency", [1, 3])
def test_a_panic_in_native_code_is_an_error_of_its_request(verb, concurrency):
    def panic(request):
        raise Panic("rust")

    backend = Scripted(panic, capabilities=replace(ABLE, concurrency=concurrency))
    result = verb(on(backend), Echo(), "x")
    assert isinstance(result.error, BackendError)
    assert "Panic" in str(result.error)


@every_verb
def test_a_backend_that_lingers_after_its_answer_holds_nobody_up(verb):
    class Lingers(Scripted):
        def complete(self, requests):
            yield from super().complete(requests)
            time.sleep(3)

    began = time.monotonic()
    tasks = on(Lingers("done"), timeout=20)
    assert verb(tasks, Echo(), "x").value == "done"
    assert time.monotonic() - began < 2.5


def test_lanes_that_were_left_behind_come_to_an_end():
    class Deaf(Scripted):
        def complete(self, requests):
            time.sleep(0.5)
            yield 0, Completion("late")

    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(OutOfTime):
            on(Deaf(""), timeout=0.02).run(Echo(), "x")
    time.sleep(0.6)
    assert threading.active_count() <= before


UNSOUND = {
    "float cost": Completion("x", cost=0.1),
    "NaN cost": Completion("x", cost=Decimal("NaN")),
    "negative cost": Completion("x", cost=Decimal(-1)),
    "no usage": Completion("x", usage=None),
    "a number": Completion(5),
    "a word as the finish": Completion("x", finish="stopped"),
}


@every_verb
@pytest.mark.parametrize("completion", UNSOUND.values(), ids=UNSOUND)
def test_a_completion_that_cannot_be_counted_is_an_error(verb, completion):
    class Unsound(Backend):
        name, model, capabilities = "unsound", "m", replace(ABLE, batch=1)

        def complete(self, requests):
            yield 0, completion

    result = verb(on(Unsound()), Echo(), "x")
    assert isinstance(result.error, BackendError)
    assert "unsound broke its contract" in str(result.error)


@pytest.mark.parametrize("method", ["misfits", "price", "count_tokens"])
def test_a_backend_that_raises_about_one_item_harms_no_other(method):
    def faulty(self, request, **_):
        if "b" in (request if isinstance(request, str) else request.text):
            raise ValueError("own defect")
        return {"misfits": (), "price": Decimal(0), "count_tokens": 1}[method]

    kind = type("Faulty", (Scripted,), {method: faulty})
    backend = kind(lambda r: Completion(r.text), capabilities=replace(ABLE, context=100, batch=1))
    tasks = on(backend, policy=Policy(max_cost=Decimal(1)))
    silent = replace(Echo().request("x"), instruction="")

    @dataclass(frozen=True, kw_only=True)
    class Silent(Echo):
        def request(self, value):
            return replace(silent, parts=(value,))

    a, b, c = tasks.map(Silent(), ["a", "b", "c"])
    assert (a.value, c.value) == ("a", "c")
    assert not b.ok


@pytest.mark.parametrize("name", ["concurrency", "batch", "context", "window"])
@pytest.mark.parametrize("number", [0, -1, 1.5, "2"])
def test_capabilities_that_would_hang_are_refused(name, number):
    with pytest.raises(BadSetting, match=name):
        Capabilities("x", **{name: number})


def test_calls_of_all_clients_together_keep_to_the_concurrency_of_a_backend():
    inside, most = 0, 0

    def count(request):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.002)
        inside -= 1
        return "done"

    backend = Scripted(count, capabilities=replace(ABLE, concurrency=2))

    async def run():
        return await asyncio.gather(*(on(backend).arun(Echo(), "x") for _ in range(30)))

    assert all(result.ok for result in asyncio.run(run()))
    threads = [threading.Thread(target=on(backend).run, args=(Echo(), "x")) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 2


def test_a_call_within_a_loop_over_a_stream_or_map_is_not_locked_out():
    tasks = client(lambda request: f"{request.text} said twice")
    for _ in tasks.stream(Echo(), "a"):
        assert tasks.run(Echo(), "b").value == "b said twice"
    for _ in tasks.map(Echo(), ["a", "b"]):
        assert tasks.using(timeout=5).run(Echo(), "c").value == "c said twice"
    streams = zip(tasks.stream(Echo(), "a"), tasks.stream(Echo(), "b"), strict=True)
    assert next("".join(pair) for pair in streams) == "ab"


# --- deadlines ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["sync", "async"])
def test_a_backend_that_chatters_without_end_is_stopped_at_the_deadline(how):
    class Chatty(Scripted):
        def stream(self, request):
            while True:
                yield "x "

    stream = on(Chatty(""), timeout=0.2).stream(Echo(), "x")

    async def read():
        async for _ in stream:
            pass

    began = time.monotonic()
    with pytest.raises(OutOfTime):
        asyncio.run(read()) if how == "async" else list(stream)
    assert time.monotonic() - began < 1


def test_a_slow_reader_is_not_taken_for_an_idle_backend():
    async def read():
        pieces = []
        async for piece in on(Scripted("one two"), timeout=Timeout(idle=0.1)).stream(Echo(), "x"):
            await asyncio.sleep(0.2)
            pieces.append(piece)
        return "".join(pieces)

    assert asyncio.run(read()) == "one two"


@every_verb
def test_a_round_that_has_failed_is_not_asked_to_its_end(verb):
    backend = Scripted(
        lambda r: BackendError("no") if r.text == "a" else r.text,
        capabilities=replace(ABLE, batch=1),
    )
    assert not verb(on(backend), Words(), "a b c d e f").ok
    assert len(backend.requests) == 1


@every_verb
def test_the_deadline_of_many_parts_is_one(verb):
    class Deaf(Scripted):
        def _wait(self, request, seconds):
            time.sleep(0.3)

    backend = Deaf("x", capabilities=replace(ABLE, batch=1))
    began = time.monotonic()
    assert isinstance(verb(on(backend, timeout=0.1), Words(), "a b c d e f").error, OutOfTime)
    assert time.monotonic() - began < 1.2
    assert len(backend.requests) == 1


# --- tasks ----------------------------------------------------------------------------------


def _panics(self, completion):
    raise Panic("rust")


def _yields_no_list(self, value, budget):
    yield self.request(value)


@every_verb
@pytest.mark.parametrize(
    "defect", [{"read": _panics}, {"flow": _yields_no_list}], ids=["panics", "yields no list"]
)
def test_a_defect_of_a_task_is_an_error_of_its_item(verb, defect):
    task = dataclass(frozen=True, kw_only=True)(type("Odd", (Echo,), dict(defect)))
    assert isinstance(verb(client("fine"), task(), "x").error, PluginError)


def test_blame_falls_on_the_answer_that_was_bad():
    tasks = client(lambda r: r.text).using(policy=Policy(repairs=0))
    with pytest.raises(InvalidOutput) as raised:
        tasks.run(Words(), "bad x y")
    assert [a.finish for a in raised.value.result.attempts] == ["invalid", "stop", "stop"]
    tasks = client(lambda r: "fine" if r.earlier else "bad")
    finishes = [a.finish for a in tasks.run(Words(), "a b c").attempts]
    assert finishes == ["invalid"] * 3 + ["stop"] * 3


def test_a_file_that_can_be_read_once_is_read_once(tmp_path):
    png = tmp_path / "a.png"
    png.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 16)
    tasks = client("a dot")
    with png.open("rb") as one, png.open("rb") as two:
        assert [r.value for r in tasks.map(Caption(), [one, two])] == ["a dot", "a dot"]


# --- fallbacks ------------------------------------------------------------------------------


def falling(*backends, **policy):
    names = tuple(backend.name for backend in backends)
    return Tasks(
        backend=names[0],
        registry=registry(*backends),
        policy=Policy(fallback=names[1:], **policy),
    )


@every_verb
def test_the_spending_limit_counts_every_member_that_may_be_asked(verb):
    price = Decimal("0.9")
    one = Scripted(refused(), name="one", price=price)
    two = Scripted("good", name="two", price=price)
    assert isinstance(verb(falling(one, two, max_cost=Decimal(1)), Echo(), "x").error, OverBudget)
    assert one.requests == two.requests == []
    assert verb(falling(one, two, max_cost=Decimal(2)), Echo(), "x").cost == 2 * price


@every_verb
def test_what_was_spent_before_a_deadline_within_a_fallback_is_counted(verb):
    one = Scripted(refused(), name="one", price=Decimal(1))
    two = Scripted("late", name="two", delay=2)
    result = verb(falling(one, two).using(timeout=0.15), Echo(), "x")
    assert isinstance(result.error, OutOfTime)
    attempts = [(a.backend, a.finish) for a in result.attempts]
    assert attempts == [("one", "refusal"), ("two", "timeout")]


@every_verb
def test_a_repair_goes_to_whoever_gave_the_bad_answer(verb):
    one = Scripted(refused(), name="one")
    two = Scripted(["bad", "good"], name="two")
    assert verb(falling(one, two), Echo(), "x").value == "good"
    assert len(one.requests) == 1
    assert [r.earlier and r.earlier.answer for r in two.requests] == [None, "bad"]


@every_verb
def test_the_error_names_the_member_that_failed_last(verb):
    one = Scripted(BackendError("one is down"), name="one")
    two = Scripted(BackendError("two is down"), name="two")
    attempts = verb(falling(one, two), Echo(), "x").attempts
    assert [(a.backend, a.problem) for a in attempts] == [
        ("one", "one is down"),
        ("two", "two is down"),
    ]


@every_verb
@pytest.mark.parametrize("drop", [True, False])
def test_a_member_that_cannot_honour_an_option_is_passed_over_or_the_result_says_so(verb, drop):
    one = Scripted(BackendError("down"), name="one")
    able = replace(ABLE, strategies=frozenset({Greedy}))
    two = Scripted("good", name="two", capabilities=able)
    tasks = falling(one, two, on_unsupported="drop" if drop else "refuse")
    result = verb(tasks, Echo(decoding=Beam(4)), "x")
    assert result.ok is drop
    assert result.warnings == (("dropped: two does not decode by Beam",) if drop else ())


@every_verb
def test_a_member_that_exits_is_one_that_fails(verb):
    one = Scripted(lambda _: (_ for _ in ()).throw(SystemExit(3)), name="one")
    assert verb(falling(one, Scripted("good", name="two")), Echo(), "x").value == "good"


@every_verb
def test_members_are_opened_when_needed_and_once(verb):
    opened = []

    def spec(name, answer):
        def open_(model):
            opened.append(name)
            if answer is None:
                raise BackendError("no key")
            return Scripted(answer, name=name)

        return BackendSpec(name, ABLE, open_)

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [spec("one", None), spec("two", "good"), spec("three", "good")]

    policy = Policy(fallback=("two", "three"))
    tasks = Tasks(backend="one", registry=Registry(Plugin()), policy=policy)
    assert verb(tasks, Echo(), "x").value == "good"
    assert opened == ["one", "two"]


@every_verb
def test_the_wall_stands_whatever_a_backend_says_of_itself(verb):
    class Open(Scripted):
        def misfits(self, request, *, local_only=False):
            return ()

    far = Open("far", name="far", capabilities=replace(ABLE, place=Place.REMOTE))
    wall = Policy(local_only=True)
    assert isinstance(verb(on(far, policy=wall), Echo(), "x").error, Unsupported)
    near = Scripted(BackendError("down"), name="near")
    liar = BackendSpec("far", ABLE, lambda _: far)

    class Plugin:
        @hookimpl
        def s2s_backends(self):
            return [near.spec, liar]

    policy = replace(wall, fallback=("far",))
    tasks = Tasks(backend="near", registry=Registry(Plugin()), policy=policy)
    assert not verb(tasks, Echo(), "x").ok
    assert far.requests == []


# --- results and errors that are kept -------------------------------------------------------


def test_an_error_and_its_result_survive_pickling():
    with pytest.raises(InvalidOutput) as raised:
        client("bad", "bad").run(Echo(), "x")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert copy.result.error is copy
    assert (str(copy), len(copy.result.attempts)) == (str(raised.value), 2)


def test_an_error_that_is_raised_again_and_again_does_not_grow():
    error = BackendError("down")
    for _ in client(error).map(Echo(), ["x"] * 50):
        pass
    assert error.__traceback__ is None
    assert error.result is None
