"""Fixtures of the whole suite."""

import pytest

KEPT_OUT = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "S2S_OPENAI_KEY",
    "S2S_OPENAI_MODEL",
    "S2S_OPENAI_URL",
    "S2S_PLUGINS",
    "S2S_DEBUG",
)


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch, tmp_path_factory):
    """A key, server or plugin list of the machine must not steer the tests."""
    for name in KEPT_OUT:
        monkeypatch.delenv(name, raising=False)
    nothing = tmp_path_factory.getbasetemp() / "nothing-was-measured"
    monkeypatch.setenv("S2S_DATA", str(nothing))
