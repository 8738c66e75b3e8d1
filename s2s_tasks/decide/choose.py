"""
The choice of a backend for a real call, among those that are installed.

What the caller prefers goes first; then the marks of the kind of model that a backend is, by
the same rows and weights as the advice. Where nothing else is known that is a remote one
that was configured on purpose, a local model that is there, the embedded default.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..backend import BackendSpec, Place
from ..errors import S2SError
from ..exchange import Decision, Reason, Request
from .architecture import Architecture
from .candidate import Candidate, expected, weighed
from .carriers import Carrier, row_name, stand_in
from .carry import next_step
from .evidence import BLANK, Book
from .flips import flips
from .load import TYPICAL
from .needs import Needs
from .ranking import ranked, weights_of
from .rows import BUILT_IN
from .saying import less, speed_of
from .situation import HAIKU, Known, Prices, Situation, World, haiku

__all__ = ["choose"]

EMBEDDED: Final = "extractive"
CHECKPOINTS: Final = (
    "encoder-decoder", "decoder-only-local", "encoder-only", "vision-language",
    "speech-encoder-decoder",
)  # fmt: skip
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
    request = stand_in(case, remote=True)  # a PDF is one, whoever is asked
    obstacles = {spec.name: _obstacle(needs, request, spec) for spec in specs}
    rejected = tuple(Reason(name, why) for name, why in obstacles.items() if why)
    fits = [_fit(case, request, spec) for spec in specs if not obstacles[spec.name]]
    if not fits:
        return Decision(
            backend="",
            because=(f"no backend here can do the task {needs.task!r} as asked",),
            rejected=rejected,
            next_step=_next_step(needs, request, specs),
        )
    fits.sort(key=lambda fit: (_wish(needs, fit.spec), fit.order))
    return _chosen(case, request, fits, rejected)


@dataclass(frozen=True)
class _Fit:
    """A backend that can do it, the model it would take, and its marks as the kind that it is."""

    spec: BackendSpec
    model: str | None
    row: Architecture
    marks: Candidate

    @property
    def order(self) -> tuple[float, bool, bool, str]:
        """The best first; of two alike one that is of that kind, the one that usually runs it."""
        total, name = self.marks.order
        return total, row_name(self.spec) != self.row.name, name != self.row.backend, name


def _chosen(
    case: Situation, request: Request, fits: Sequence[_Fit], rejected: tuple[Reason, ...]
) -> Decision:
    best, *others = fits
    spec, model = best.spec, best.model
    step = next_step(case, best.row, Carrier(spec, model), model, request.decoding)
    return Decision(
        backend=spec.name,
        architecture=row_name(spec),
        model=model,
        decoding=request.decoding,
        because=_because(case.needs, spec),
        rejected=(*rejected, *(Reason(one.spec.name, _after(case, one, best)) for one in others)),
        runner_up=others[0].spec.name if others else "",
        break_even=_turns(case, fits),
        evidence=(speed_of(best.marks, None), f"weights: {weights_of(case)}"),
        next_step=step if case.needs.task in TYPICAL else "",
    )


def _turns(case: Situation, fits: Sequence[_Fit]) -> tuple[str, ...]:
    """Among the kinds of models that are here; none where there is one, or a wish decided."""
    kinds = {fit.row.name: fit.row for fit in fits}
    known = {fit.row.name: Known(fit.model or HAIKU, fit.marks.expected.evidence) for fit in fits}
    here = replace(case, world=replace(case.world, rows=tuple(kinds.values()), known=known))
    best = ranked(here).best if len(kinds) > 1 else None
    return flips(here, best.name) if best and best.name == fits[0].row.name else ()


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


def _fit(case: Situation, request: Request, spec: BackendSpec) -> _Fit:
    model = spec.suggest(request, case.needs.model).model
    known = Known(model or HAIKU, case.world.book.find(spec.name, model))
    weights = weights_of(case)
    made = [
        _Fit(spec, model, row, weighed(case, row, expected(case, row, known), weights, spec.name))
        for row in _rows(case, spec)
    ]
    return max(made, key=lambda fit: fit.order)


def _rows(case: Situation, spec: BackendSpec) -> Sequence[Architecture]:
    """The row of its kind; those of all checkpoints for one that takes any of them."""
    known = {row.name: row for row in case.world.rows}
    remote = spec.capabilities.place == Place.REMOTE
    own = known.get(row_name(spec), known.get("decoder-only-api") if remote else None)
    if own is not None and (remote or _is_one_kind(spec, own)):
        return [own]
    task = case.as_task.task
    checkpoints = [known[name] for name in CHECKPOINTS if name in known]
    able = [row for row in checkpoints if row.prior(task) and row.takes(case.reads)]
    return able or [own or Architecture(spec.name, spec.summary, remote=remote)]


def _is_one_kind(spec: BackendSpec, own: Architecture) -> bool:
    """Not so if its card names a kind that does some tasks, and it does all the same."""
    bounded = spec.capabilities.tasks is not None or bool(own.only_with)
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


def _after(case: Situation, one: _Fit, best: _Fit) -> str:
    name = best.spec.name
    if name in case.needs.policy.prefer:
        return f"fits, but {name} is preferred"
    return f"fits, but comes after {name}: {less(one.marks, best.marks)}"


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
