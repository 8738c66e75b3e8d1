"""The contract of every backend, kept by Claude against a server that refuses what the service does."""

import contextlib
from typing import ClassVar

import pytest
from claude_stub import Stub
from s2s_claude.card import SPEC
from s2s_claude.opening import opened

from s2s_tasks.exchange import Request
from s2s_tasks.testing import BackendContract


@pytest.fixture(scope="class")
def served(request):
    with Stub() as stub:
        request.cls.url = stub.url
        yield


@pytest.mark.usefixtures("served")
class TestContract(BackendContract):
    plugin_module = "s2s_claude"
    url: ClassVar[str] = ""

    def make_backend(self):
        return opened("sonnet", api_key="canary-key", base_url=self.url)

    def make_spec(self):
        return SPEC

    def long_request(self):
        return Request("summarize", ("say this slowly, " * 20,), instruction="Summarize.")

    cancel_within = 0.6

    @contextlib.contextmanager
    def opened(self):
        backend = self.make_backend()
        try:
            yield backend
        finally:
            backend.close()
