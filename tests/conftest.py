"""Fixtures of the whole suite."""

import pytest


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    """A key or plugin list of the machine must not steer the tests."""
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "S2S_PLUGINS", "S2S_DEBUG"):
        monkeypatch.delenv(name, raising=False)
