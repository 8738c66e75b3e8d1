"""
The choice of a backend for a real call, among those that are installed.

What the caller prefers goes first; then the marks of the kind of model that a backend is, by
the same rows and weights as the advice. Where nothing else is known that is a remote one
that was configured on purpose, a local model that is there, the embedded default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..backend import BackendSpec, Place
from ..errors import S2SError
from ..exchange import Decision, Reason, Request
from .architecture import Architecture
from .candidate import Candidate, expected, weighed
from .carriers import row_name, stand_in
from .evidence import BLANK, Book
from .needs import Needs
from .ranking import weights_of
from .rows import BUILT_IN
from .saying import less, speed_of
from .situation import HAIKU, Known, Prices, Situation, World, haiku

__all__ = ["choose"]

EMBEDDED: Final = "extractive"
CHECKPOINTS: Final = ("encoder-decoder", "decoder-only-local", "encoder-only")
"""A backend that takes any of them counts as the least of them: one that says what it is goes before."""


def choose(
    needs: Needs,
    specs: Sequence[BackendSpec],
    *,
    rows: Iterable[Architecture] = BUILT_IN,
    book: Book = BLANK,
    prices: Prices = haiku,
) -> Decision:
    """Pure but for a look at what is available. An empty `backend` means that nobody can."""
    case = Situation(needs, World(tuple(rows), book, prices))
    request = stand_in(case)
    rejected: list[Reason] = []
    fitting: list[BackendSpec] = []
    for spec in specs:
        if why := _obstacle(needs, request, spec):
            rejected.append(Reason(spec.name, why))
        else:
            fitting.append(spec)
    if not fitting:
        return Decision(
            backend="",
            because=(f"no backend here can do the task {needs.task!r} as asked",),
            rejected=tuple(rejected),
            next_step=_next_step(needs, request, specs),
        )
    marks = {spec.name: _marks(case, request, spec) for spec in fitting}
    best, *others = sorted(fitting, key=lambda spec: (_wish(needs, spec), marks[spec.name].order))
    return Decision(
        backend=best.name,
        architecture=row_name(best),
        model=best.suggest(request, needs.model).model,
        decoding=request.decoding,
        because=_because(needs, best),
        rejected=(*rejected, *(Reason(s.name, _after(needs, s, best, marks)) for s in others)),
        runner_up=others[0].name if others else "",
        evidence=(speed_of(marks[best.name], None), f"weights: {weights_of(case)}"),
    )


def _obstacle(needs: Needs, request: Request, spec: BackendSpec) -> str:
    misfits = spec.capabilities.misfits(request, local_only=needs.local_only or needs.offline)
    if needs.policy.on_unsupported == "drop":
        misfits = tuple(misfit for misfit in misfits if misfit.option != "decoding")
    said = "; ".join(str(misfit) for misfit in misfits)
    return said or spec.availability() or _lacks(needs, request, spec)


def _lacks(needs: Needs, request: Request, spec: BackendSpec) -> str:
    try:
        return spec.suggest(request, needs.model).missing
    except S2SError as error:
        return str(error)


def _wish(needs: Needs, spec: BackendSpec) -> int:
    prefer = needs.policy.prefer
    return prefer.index(spec.name) if spec.name in prefer else len(prefer)


def _marks(case: Situation, request: Request, spec: BackendSpec) -> Candidate:
    model = spec.suggest(request, case.needs.model).model
    known = Known(model or HAIKU, case.world.book.find(spec.name, model))
    weights = weights_of(case)
    made = [
        weighed(case, row, expected(case, row, known), weights, spec.name)
        for row in _rows(case, spec)
    ]
    return max(made, key=lambda one: one.order)


def _rows(case: Situation, spec: BackendSpec) -> Sequence[Architecture]:
    """The row of its kind; those of all checkpoints for one that takes any of them."""
    known = {row.name: row for row in case.world.rows}
    remote = spec.capabilities.place == Place.REMOTE
    own = known.get(row_name(spec), known.get("decoder-only-api") if remote else None)
    if own is not None and (remote or _is_one_kind(spec, own)):
        return [own]
    task = case.as_task.task
    able = [known[name] for name in CHECKPOINTS if name in known and known[name].prior(task)]
    return able or [own or Architecture(spec.name, spec.summary, remote=remote)]


def _is_one_kind(spec: BackendSpec, own: Architecture) -> bool:
    """Not so if its card names a kind that does some tasks, and it does all the same."""
    bounded = spec.capabilities.tasks is not None
    return bounded or own.name == EMBEDDED or own.prior("") is not None


def _because(needs: Needs, spec: BackendSpec) -> tuple[str, ...]:
    said = (spec.summary,) if spec.summary else ()
    if spec.name in needs.policy.prefer:
        return ("preferred by the policy", *said)
    if spec.capabilities.architecture == EMBEDDED:
        return ("nothing else is needed: the embedded default", *said)
    if spec.capabilities.place == Place.REMOTE:
        return ("a remote backend is configured", *said)
    return ("a local model is available", *said)


def _after(needs: Needs, spec: BackendSpec, best: BackendSpec, marks: dict[str, Candidate]) -> str:
    if best.name in needs.policy.prefer:
        return f"fits, but {best.name} is preferred"
    return f"fits, but comes after {best.name}: {less(marks[spec.name], marks[best.name])}"


def _next_step(needs: Needs, request: Request, specs: Sequence[BackendSpec]) -> str:
    """For the backend that is nearest to doing it: one that lacks a model before one that lacks all."""
    able = [
        (spec.availability(), spec)
        for spec in specs
        if not spec.capabilities.misfits(request, local_only=needs.local_only)
    ]
    if not able:
        return "install a plugin whose backend can; `s2s backends` lists those that are here"
    why, spec = min(able, key=lambda one: bool(one[0]))
    if not why:
        return f"{spec.name}: {_lacks(needs, request, spec)}"
    extra = f' (pip install "s2s-tasks[{spec.extra}]")' if spec.extra and "install" in why else ""
    return f"make {spec.name} available: {why}{extra}"
