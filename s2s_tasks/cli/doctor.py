"""`s2s doctor`: is all in order, and if not, what to do."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import click

from .. import __version__
from ..backend import BackendSpec
from ..plugin import Plugin, State
from ..registry import Registry
from .availability import install_line, why_not
from .command import registry_of
from .exits import FAILED, OK
from .report import dumps, plain
from .terminal import write

__all__ = ["LooksAtServers", "command", "examine", "examine_server"]

OLDEST = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """`state` is "ok", "off" (not in use, and that is no fault) or "broken"."""

    state: str
    about: str
    problem: str = ""
    mend: str = ""


@runtime_checkable
class LooksAtServers(Protocol):
    """A card of a backend that can look at any server of its dialect."""

    def examined(self, url: str) -> Iterator[tuple[str, str, str, str]]:
        """The state, subject, problem and way out of each finding."""


def command() -> click.Command:
    """The command."""
    doc = "Check the installation; exit code 1 if a plugin is broken."
    options: list[click.Parameter] = [
        click.Option(["--json", "json"], is_flag=True, help="As JSON."),
        click.Option(
            ["--server", "server"],
            metavar="URL",
            help="Look at an OpenAI-compatible server instead: its kind, its models, what it keeps to.",
        ),
    ]
    return click.Command("doctor", callback=_run, params=options, help=doc, short_help=doc)


def _run(*, json: bool, server: str | None) -> int:
    registry = registry_of(click.get_current_context())
    findings = [*(examine(registry) if server is None else examine_server(registry, server))]
    if json:
        write(dumps(plain([asdict(finding) for finding in findings]), indent=2) + "\n")
    else:
        for finding in findings:
            write(_line(finding))
    return FAILED if any(finding.state == "broken" for finding in findings) else OK


def examine(registry: Registry) -> Iterator[Finding]:
    """The interpreter, the package, each plugin, each backend."""
    old = sys.version_info < OLDEST
    yield Finding("broken" if old else "ok", f"python {platform.python_version()}")
    yield Finding("ok", f"s2s-tasks {__version__}")
    yield from map(_plugin, registry.plugins)
    for spec in registry.backends.values():
        yield _backend(spec, registry)


def examine_server(registry: Registry, url: str) -> Iterator[Finding]:
    """What the backends that talk to servers find at `url`."""
    able = [spec for spec in registry.backends.values() if isinstance(spec, LooksAtServers)]
    if not able:
        yield Finding("broken", url, "no plugin here looks at servers", "see s2s doctor")
    for spec in able:
        assert isinstance(spec, BackendSpec)
        if why := install_line(spec, registry.plugins):
            yield Finding("broken", f"backend {spec.name}", "its library is missing", why)
            continue
        yield from (Finding(*found) for found in spec.examined(url))


def _plugin(plugin: Plugin) -> Finding:
    states = {State.OK: "ok", State.OFF: "off"}
    about = " ".join(filter(None, ("plugin", plugin.name, plugin.version)))
    return Finding(states.get(plugin.state, "broken"), about, plugin.problem, plugin.mend)


def _backend(spec: BackendSpec, registry: Registry) -> Finding:
    problem = why_not(spec)
    mend = install_line(spec, registry.plugins) if problem else ""
    return Finding("off" if problem else "ok", f"backend {spec.name}", problem, mend)


def _line(finding: Finding) -> str:
    problem = f": {finding.problem}" if finding.problem else ""
    mend = f"{'':8}-> {finding.mend}\n" if finding.mend else ""
    return f"{finding.state:<8}{finding.about}{problem}\n{mend}"
