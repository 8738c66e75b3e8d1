"""`s2s measure`: how fast backends and models are on this machine, kept for the decision helper."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self, TypeVar

import click

from ..backend import BackendSpec, Place
from ..decide.evidence import Evidence
from ..errors import S2SError
from ..evidence import SECONDS, TASKS, Store, Subject, fingerprint, measure
from ..registry import Registry
from .apart import apart
from .command import registry_of
from .ending import complain
from .exits import FAILED, OK
from .measured import show, show_kept
from .subjects import subjects
from .terminal import is_terminal, note

__all__ = ["command"]

T = TypeVar("T")

DOC = """
Measure how fast backends are on this machine, and keep it for the decision helper.

Without BACKEND: every local one that is available, with each model that is here. One that is
named may be remote, and fetches a model that is named or is the default for the task.
"""


def command() -> click.Command:
    """The command."""
    short = "Measure how fast backends are on this machine."
    return click.Command("measure", callback=_run, params=_params(), help=DOC, short_help=short)


def _params() -> list[click.Parameter]:
    return [
        click.Argument(["backend"], required=False),
        click.Option(["-m", "--model"], metavar="NAME", help="Model of that backend."),
        click.Option(["--task"], type=click.Choice([*TASKS]), help="What it is to do."),
        click.Option(
            ["--seconds"],
            type=click.FloatRange(0.1, 3600),
            default=SECONDS,
            show_default=True,
            metavar="S",
            help="For each model, once it is loaded.",
        ),
        _flag("--local-only", help="Nothing leaves this machine.", envvar="S2S_LOCAL_ONLY"),
        _flag("--list", "listed", help="Show what is kept; measure nothing."),
        _flag("--forget", help="Drop what is kept of BACKEND and model, or all."),
        _flag("--json", help="As JSON."),
    ]


def _flag(*names: str, help: str, envvar: str | None = None) -> click.Option:  # noqa: A002  # click's
    return click.Option(
        names, is_flag=True, help=help, envvar=envvar, show_envvar=envvar is not None
    )


def _run(
    *,
    backend: str | None,
    model: str | None,
    task: str | None,
    seconds: float,
    local_only: bool,
    listed: bool,
    forget: bool,
    json: bool,
) -> int:
    if listed and forget:
        raise click.UsageError("--list and --forget exclude each other")
    with _warned():
        if forget:
            return _forgotten(backend, model)
        if listed:
            return _listed(backend, model, as_json=json)
        run = _Run.of(click.get_current_context(), seconds)
        found = subjects(run.registry, backend, model, task, local_only=local_only)
        show([*filter(None, map(run.measured, found))], as_json=json)
        return FAILED if run.failed else OK


@dataclass
class _Run:
    """`handed`: the registry was handed over, and cannot be handed on to another process."""

    registry: Registry
    seconds: float
    handed: bool
    failed: int = 0

    @classmethod
    def of(cls, context: click.Context, seconds: float) -> Self:
        handed = isinstance(context.find_root().obj, Registry)
        return cls(registry_of(context), seconds, handed)

    def measured(self, subject: Subject) -> Evidence | None:
        """Kept as soon as it is there; one that fails does not end the others."""
        spec = self.registry.spec(subject.backend)
        _announce(subject, spec)
        evidence = self._tried(lambda: self._measured(subject))
        if evidence is not None:
            self._tried(lambda: Store().add(evidence, fingerprint(spec.extra)))
        return evidence

    def _tried(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except S2SError as error:
            self.failed += 1
            complain(error)
            return None

    def _measured(self, subject: Subject) -> Evidence:
        if self.handed:
            return _taken(subject, self.registry, self.seconds)
        return apart(_taken, subject, None, self.seconds)


def _taken(subject: Subject, registry: Registry | None, seconds: float) -> Evidence:
    registry = registry or Registry.installed()
    with _watched() as said:
        return measure(subject, registry, seconds=seconds, said=said)


def _announce(subject: Subject, spec: BackendSpec) -> None:
    what = f"measuring {subject.backend}" + (f" with {subject.model}" if subject.model else "")
    remote = spec.capabilities.place == Place.REMOTE
    note(f"{what}: drawn words are sent there, which may cost" if remote else what)


@contextmanager
def _watched() -> Iterator[Callable[[str], object]]:
    """Tells what is being done to somebody who is watching."""
    if not is_terminal(sys.stderr):
        yield len
        return
    from rich.console import Console  # rich is loaded only to draw

    with Console(stderr=True).status("") as status:
        yield status.update


def _forgotten(backend: str | None, model: str | None) -> int:
    number = Store().forget(backend, model)
    note(f"{number} forgotten")
    return OK


def _listed(backend: str | None, model: str | None, *, as_json: bool) -> int:
    wanted = {"backend": backend, "model": model}
    records = [one for one in Store().records() if _is(one.evidence, wanted)]
    show_kept(records[::-1], as_json=as_json)
    return OK


def _is(evidence: Evidence, wanted: Mapping[str, str | None]) -> bool:
    return all(name is None or getattr(evidence, of) == name for of, name in wanted.items())


@contextmanager
def _warned() -> Iterator[None]:
    """Warnings become notes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        try:
            yield
        finally:
            _note_all(caught)


def _note_all(caught: Sequence[warnings.WarningMessage]) -> None:
    for warning in caught:
        note(f"warning: {warning.message}")
