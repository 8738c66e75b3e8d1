"""
A backend whose speed is known: it takes its time by the tokens, and a token is a word.

With a Clock it does not sleep but moves the clock on, so that what else runs on the machine
does not show in what is measured.
"""

import sys
import time
from contextlib import contextmanager

from s2s_tasks.backend import ANY_DECODING, Backend, BackendSpec, Capabilities
from s2s_tasks.exchange import Completion, Finish, Usage


class Clock:
    """In place of the time module, as far as measuring asks it."""

    def __init__(self):
        self.now = time.monotonic()

    def monotonic(self):
        return self.now

    perf_counter = monotonic

    def sleep(self, seconds):
        self.now += seconds

    @contextmanager
    def instead(self):
        """Measuring looks at this clock meanwhile."""
        module = sys.modules["s2s_tasks.evidence.measure"]  # the package has a function so called
        kept, module.time = module.time, self
        try:
            yield self
        finally:
            module.time = kept


class Paced(Backend):
    """Reads a token in `read` seconds, writes one of each answer of a batch in `step`."""

    model = "metronome"

    def __init__(
        self, *, fixed=0.0, read=1e-5, step=1e-3, load=0.0, clock=time, name="paced", **can
    ):
        self.name, self.clock = name, clock
        self.fixed, self.read, self.step, self.load = fixed, read, step, load
        self.capabilities = Capabilities(
            "decoder-only", follows_words=True, strategies=ANY_DECODING, **can
        )
        self.requests = []

    @property
    def spec(self):
        return BackendSpec(self.name, self.capabilities, lambda _: self)

    def warm(self):
        self.clock.sleep(self.load)

    def seconds(self, tokens, written, batch=1):
        """What it takes for a batch."""
        return self.fixed + self.read * tokens * batch + self.step * written

    def complete(self, requests):
        self.requests += requests
        limits = [min(request.max_tokens or 100, 100) for request in requests]
        tokens = sum(self.count_tokens(request.text) for request in requests)
        wait = requests[0].signal.wait if self.clock is time else self.clock.sleep
        wait(self.seconds(tokens, max(limits)))
        for number, (request, limit) in enumerate(zip(requests, limits, strict=True)):
            usage = Usage(self.count_tokens(request.text), limit)
            yield number, Completion("so " * limit, Finish.LENGTH, usage, model=self.model)

    def count_tokens(self, text):
        return len(text.split())
