"""
Both remote plugins against servers that do everything wrong, on real sockets.

Whatever comes: each call ends by its deadline with a whole answer or a typed error, nothing partial
is called whole, nobody is asked more than three times, and no secret is told.
"""

import asyncio
import importlib
import itertools
import logging
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext

import pytest

pytest.importorskip("httpx2")
pytest.importorskip("anthropic")

from fault_dialects import ANTHROPIC, OPENAI, TEXT
from fault_kinds import Whole, kinds
from fault_server import FaultServer

from s2s_tasks.errors import BackendError, OutOfTime, S2SError
from s2s_tasks.exchange import Completion, Piece, Request, Signal
from s2s_tasks.remote import bounds
from s2s_tasks.remote.retrying import Retrying

SECRET, PRIVATE = "sk-canary-7f3d9a51c0", "canary-of-the-prompt-51c0"
DIALECTS = {dialect.name: dialect for dialect in (ANTHROPIC, OPENAI)}
KINDS = {name: kinds(dialect) for name, dialect in DIALECTS.items()}
SYNC, ASYNC = ("complete", "stream"), ("acomplete", "astream")
VERBS = SYNC + ASYNC
ENOUGH, SHORT, GRACE = 10.0, 0.5, 1.0
"""Seconds: for faults that end by themselves, for those that do not, and after the deadline."""


class Hasty:
    """A clock that is set forward by who would sleep."""

    ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead

    def sleep(self, seconds):
        self.ahead += seconds

    async def asleep(self, seconds):
        self.ahead += seconds

    @contextmanager
    def in_use(self):
        """Every Retrying that is made meanwhile goes by this clock."""
        defaults = Retrying.__init__.__kwdefaults__
        real = dict(defaults)
        defaults.update(clock=self, sleep=self.sleep, asleep=self.asleep)
        yield
        defaults.update(real)


def opened(name, url):
    opening = importlib.import_module(
        "s2s_claude.opening" if name == "anthropic" else "s2s_openai.opening"
    )
    if name == "anthropic":
        return opening.opened("claude-haiku-4-5", api_key=SECRET, base_url=url)
    return opening.opened("tiny", url=f"{url}/v1", key=SECRET, profile="vllm")


class Bench:
    """A backend, the server of its dialect with all faults, and an event loop to call it from."""

    def __init__(self, name, clock=None):
        self.name, self.dialect, self.clock = name, DIALECTS[name], clock
        self.faults = dict(KINDS[name])
        commits = {
            fault: lambda line, fault=fault: self.faults[fault].commit(line)
            for fault in self.faults
        }
        self.server = FaultServer(commits, self.dialect.get)
        self._runs = itertools.count()

    def __enter__(self):
        self.server.__enter__()
        self.runner = asyncio.Runner()
        with self.clock.in_use() if self.clock else nullcontext():
            self.backend = opened(self.name, self.server.url)
        return self

    def __exit__(self, *error):
        self.backend.close()
        self.runner.close()
        self.server.__exit__(*error)

    def ask(self, fault, verb, seconds=ENOUGH):
        """What it came to, and how often the server was asked."""
        asked = f"[[{fault}#{next(self._runs)}]]"
        deadline = (self.clock or time.monotonic)() + seconds
        request = Request(
            "summarize", (f"{PRIVATE} {asked}",), "Summarize it.", signal=Signal(deadline)
        )
        began = time.monotonic()
        try:
            outcome = self._ended(verb, request)
        except S2SError as error:
            outcome = error
        took = time.monotonic() - began
        assert took < seconds + GRACE, f"{fault} by {verb} took {took:.1f} s"
        if self.clock:
            self.clock.ahead += 120  # until the next call
        return outcome, self.server.asked[asked.encode()]

    def _ended(self, verb, request):
        if verb == "complete":
            [(_, outcome)] = self.backend.complete([request])
            return outcome
        if verb == "stream":
            return _last(list(self.backend.stream(request)))
        return self.runner.run(self._ended_async(verb, request))

    async def _ended_async(self, verb, request):
        if verb == "acomplete":
            [(_, outcome)] = [item async for item in self.backend.acomplete([request])]
            return outcome
        return _last([item async for item in self.backend.astream(request)])


def _last(items):
    """The completion, of which the pieces of its last attempt must be the text."""
    *pieces, end = items
    last = max((getattr(piece, "attempt", 0) for piece in pieces), default=0)
    shown = "".join(piece for piece in pieces if getattr(piece, "attempt", 0) == last)
    assert all(isinstance(piece, str | Piece) for piece in pieces)
    assert shown == end.partial
    return end


@pytest.fixture(scope="module")
def benches():
    hasty = Hasty()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounds, "MOST", 20_000_000)  # a tenth of the bytes in a tenth of the time
        patch.setattr(bounds, "LONGEST_EVENT", 2_000_000)
        with Bench("anthropic", hasty) as claude, Bench("openai", hasty) as openai:
            yield {"anthropic": claude, "openai": openai}


def judge(fault, outcome, asked):
    """Assert all that must hold, whatever was done wrong."""
    assert isinstance(outcome, Completion | S2SError)
    assert asked <= 3
    whole = isinstance(outcome, Completion) and outcome.whole
    if whole:
        assert outcome.output == TEXT, "a partial output is labelled complete"
    assert not (whole and fault.whole is Whole.NOT), "nothing of this is whole"
    assert whole or fault.whole is not Whole.WHOLE, f"it can be answered: {outcome!r}"
    if asked:
        assert len(outcome.attempts) == asked - 1, "every attempt is on the result"
    assert not told(told_by(outcome))


def told(text):
    """Which of what must stay private."""
    return [secret for secret in (SECRET, PRIVATE) if secret in text]


def told_by(outcome):
    if isinstance(outcome, Completion):
        return repr(outcome)
    lines = traceback.format_exception(outcome)
    assert str(outcome).strip(), "an error says something"
    assert len(str(outcome)) < 2_000
    return "".join(lines) + repr(outcome) + outcome.hint


def fits(fault, verb):
    return fault.stream is None or fault.stream is ("stream" in verb)


FAST = [(name, fault) for name in KINDS for fault, one in KINDS[name].items() if not one.slow]


@pytest.mark.parametrize(("name", "fault"), FAST, ids=lambda part: part)
def test_a_fault_is_an_error_and_never_half_an_answer(benches, caplog, name, fault):
    caplog.set_level(logging.DEBUG)
    bench, kind = benches[name], KINDS[name][fault]
    for verb in VERBS:
        if fits(kind, verb):
            outcome, asked = bench.ask(fault, verb)
            judge(kind, outcome, asked)
    assert not told(caplog.text)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", DIALECTS)
def test_no_silence_outlasts_the_deadline(name, verb):
    slow = [fault for fault, kind in KINDS[name].items() if kind.slow and fits(kind, verb)]
    with Bench(name) as bench:
        for fault, (outcome, asked) in zip(slow, _asked_at_once(bench, slow, verb), strict=True):
            judge(KINDS[name][fault], outcome, asked)
            if isinstance(outcome, S2SError):
                assert isinstance(outcome, OutOfTime), fault
                assert (asked, outcome.maybe_billed) == (1, True), fault


def _asked_at_once(bench, faults, verb):
    bench.ask("body-right" if "complete" in verb else "stream-right", verb)  # all is imported

    def ask(fault):
        return bench.ask(fault, verb, SHORT)

    if verb in SYNC:
        with ThreadPoolExecutor(len(faults)) as pool:
            return list(pool.map(ask, faults))
    return bench.runner.run(_gathered(bench, faults, verb))


async def _gathered(bench, faults, verb):
    async def ask(fault):
        asked = f"[[{fault}#{next(bench._runs)}]]"
        signal = Signal(time.monotonic() + SHORT)
        request = Request("summarize", (f"{PRIVATE} {asked}",), "Summarize it.", signal=signal)
        try:
            outcome = await bench._ended_async(verb, request)
        except S2SError as error:
            outcome = error
        assert time.monotonic() < signal.deadline + GRACE, fault
        return outcome, bench.server.asked[asked.encode()]

    return await asyncio.gather(*map(ask, faults))


@pytest.mark.parametrize("verb", SYNC)
@pytest.mark.parametrize("name", DIALECTS)
def test_an_abort_ends_a_silent_call_within_a_second(name, verb):
    with Bench(name) as bench, ThreadPoolExecutor(1) as pool:
        signal = Signal()
        request = Request("summarize", ("A text [[silent-in-stream]] [[silent]]",), signal=signal)
        call = pool.submit(bench._ended, verb, request)
        while not bench.server.asked:
            time.sleep(0.01)
        signal.abort()
        aborted = time.monotonic()
        try:
            outcome = call.result(timeout=5)
        except S2SError as error:
            outcome = error
        assert time.monotonic() - aborted < 1
        assert not isinstance(outcome, Completion) or not outcome.whole


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", DIALECTS)
def test_nobody_at_home_is_three_attempts_and_one_clear_error(benches, name, verb):
    bench = benches[name]
    closed = Bench(name, bench.clock)
    with closed:
        closed.server.__exit__()
        outcome, asked = closed.ask("close", verb)
    assert isinstance(outcome, BackendError)
    assert not outcome.maybe_billed, "nothing was sent"
    assert (len(outcome.attempts), asked) == (2, 0)
    assert outcome.hint


# -- cuts


def cut_at(transcript, end, how):
    """Send so many bytes of it, and close: cleanly, by a reset, or within a chunk."""

    def commit(line):
        line.open(chunked=how != "clean")
        if how == "clean":
            line.raw(transcript.data[:end])
        else:
            line.raw(b"%x\r\n" % len(transcript.data) + transcript.data[:end])
        if how == "reset":
            line.reset()

    return commit


CUTS = [(name, one) for name, dialect in DIALECTS.items() for one in dialect.transcripts]


def check_cuts(bench, name, one, how, step):
    transcript = DIALECTS[name].transcripts[one]
    for end in range(0, len(transcript.data), step):
        fault = f"cut-{one}-{how}-{end}"
        bench.server.faults[fault] = cut_at(transcript, end, how)
        verb = SYNC[1] if end % 2 else ASYNC[1]
        outcome, asked = bench.ask(fault, verb)
        assert isinstance(outcome, Completion | S2SError)
        assert 1 <= asked <= 3
        if isinstance(outcome, Completion):
            assert TEXT.startswith(outcome.partial), (fault, outcome)
            assert not outcome.whole or (outcome.output == TEXT and end >= transcript.settled), (
                fault
            )


@pytest.mark.parametrize("how", ["clean", "reset", "in a chunk"])
@pytest.mark.parametrize(("name", "one"), CUTS, ids=lambda part: part)
def test_a_cut_is_never_a_whole_answer(benches, name, one, how):
    check_cuts(benches[name], name, one, how, 7)


@pytest.mark.soak
@pytest.mark.parametrize("how", ["clean", "reset", "in a chunk"])
@pytest.mark.parametrize(("name", "one"), CUTS, ids=lambda part: part)
def test_a_cut_at_any_byte_is_never_a_whole_answer(benches, name, one, how):
    check_cuts(benches[name], name, one, how, 1)


@pytest.mark.parametrize(("name", "one"), CUTS, ids=lambda part: part)
def test_a_transcript_without_a_cut_is_whole(benches, name, one):
    bench, transcript = benches[name], DIALECTS[name].transcripts[one]
    bench.server.faults["whole"] = cut_at(transcript, len(transcript.data), "clean")
    for verb in (SYNC[1], ASYNC[1]):
        outcome, asked = bench.ask("whole", verb)
        assert (outcome.finish, outcome.output, asked) == ("stop", TEXT, 1)


def test_there_are_enough_faults():
    assert all(len(faults) >= 150 for faults in KINDS.values())
