"""
Fixtures and an option for pytest, found by its entry point.

`s2s_scripted(answers)` puts a client before a script; `s2s_no_network` is the wall around
one test, and `--s2s-no-network` (or `s2s_no_network = true` in the ini file) around all but
those marked `s2s_network`. Loopback is let through. Nothing is loaded before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from .network import Wall
    from .scripted import Script, Scripted
    from .stage import Stage

    Staging: TypeAlias = Callable[[Script | Scripted], Stage]

OPTION = "s2s_no_network"


@pytest.fixture
def s2s_scripted() -> Staging:
    """Call it with answers (see Scripted); it returns a Stage: `tasks, backend`."""
    from .stage import Stage

    return Stage.of


@pytest.fixture
def s2s_no_network() -> Iterator[Wall]:
    """The test fails if anything in it reaches out of the machine, even if that is caught."""
    from .network import no_network

    with no_network(allow_loopback=True) as wall:
        yield wall


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option and its twin in the ini file."""
    text = "fail tests that reach out of the machine, unless marked s2s_network"
    group = parser.getgroup("s2s_tasks")
    group.addoption("--s2s-no-network", dest=OPTION, action="store_true", help=text)
    parser.addini(OPTION, text, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Build the wall only where it is wanted."""
    config.addinivalue_line("markers", "s2s_network: may use the network despite --s2s-no-network")
    if config.getoption(OPTION) or config.getini(OPTION):
        config.pluginmanager.register(_Walled(), "s2s_tasks-no-network")


class _Walled:
    """The wall around each phase of each test, so that a refusal is reported as its failure."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        return (yield from _walled(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        return (yield from _walled(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        return (yield from _walled(item))


def _walled(item: pytest.Item) -> Generator[None, None, None]:
    from .network import no_network

    if item.get_closest_marker("s2s_network"):
        return (yield)
    with no_network(allow_loopback=True):
        return (yield)
