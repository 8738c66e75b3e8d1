"""
The choice among installed backends: walls first, then wishes, then the house order.

The order: what the caller prefers; a remote backend that was configured on purpose; a local
model that is there; the embedded default, which needs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..backend import BackendSpec, Place
from ..errors import S2SError
from ..exchange import Decision, Reason
from .needs import Needs

__all__ = ["choose"]

EMBEDDED = "extractive"


def choose(needs: Needs, specs: Sequence[BackendSpec]) -> Decision:
    """Pure but for a look at what is available. An empty `backend` means that nobody can."""
    rejected: list[Reason] = []
    fitting: list[BackendSpec] = []
    for spec in specs:
        if why := _obstacle(needs, spec):
            rejected.append(Reason(spec.name, why))
        else:
            fitting.append(spec)
    ranked = sorted(fitting, key=lambda spec: _rank(needs, spec))
    if not ranked:
        return Decision(
            backend="",
            because=(f"no backend here can do the task {needs.task!r} as asked",),
            rejected=tuple(rejected),
            next_step=_next_step(needs, specs),
        )
    best, *others = ranked
    return Decision(
        backend=best.name,
        architecture=best.capabilities.architecture,
        model=best.suggest(needs.request, needs.model).model,
        decoding=needs.request.decoding,
        because=_because(needs, best),
        rejected=(*rejected, *(Reason(spec.name, _less(needs, best)) for spec in others)),
        runner_up=others[0].name if others else "",
    )


def _obstacle(needs: Needs, spec: BackendSpec) -> str:
    request, local_only = needs.request, needs.policy.local_only
    misfits = spec.capabilities.misfits(request, local_only=local_only)
    if needs.policy.on_unsupported == "drop":
        misfits = tuple(misfit for misfit in misfits if misfit.option != "decoding")
    return (
        "; ".join(str(misfit) for misfit in misfits) or spec.availability() or _lacks(needs, spec)
    )


def _lacks(needs: Needs, spec: BackendSpec) -> str:
    try:
        return spec.suggest(needs.request, needs.model).missing
    except S2SError as error:
        return str(error)


def _rank(needs: Needs, spec: BackendSpec) -> tuple[int, int, str]:
    prefer = needs.policy.prefer
    wish = prefer.index(spec.name) if spec.name in prefer else len(prefer)
    return wish, _house_order(spec), spec.name


def _house_order(spec: BackendSpec) -> int:
    if spec.capabilities.architecture == EMBEDDED:
        return 2
    return 0 if spec.capabilities.place == Place.REMOTE else 1


def _because(needs: Needs, spec: BackendSpec) -> tuple[str, ...]:
    if spec.name in needs.policy.prefer:
        return ("preferred by the policy", *((spec.summary,) if spec.summary else ()))
    order = (
        "a remote backend is configured",
        "a local model is available",
        "nothing else is needed: the embedded default",
    )
    return (order[_house_order(spec)], *((spec.summary,) if spec.summary else ()))


def _less(needs: Needs, best: BackendSpec) -> str:
    if best.name in needs.policy.prefer:
        return f"fits, but {best.name} is preferred"
    return f"fits, but comes after {best.name} in the house order"


def _next_step(needs: Needs, specs: Sequence[BackendSpec]) -> str:
    able = [
        spec
        for spec in specs
        if not spec.capabilities.misfits(needs.request, local_only=needs.policy.local_only)
    ]
    if able:
        if why := able[0].availability():
            extra = f' (pip install "s2s-tasks[{able[0].extra}]")' if able[0].extra else ""
            return f"make {able[0].name} available: {why}{extra}"
        return f"{able[0].name}: {_lacks(needs, able[0])}"
    return "install a plugin whose backend can; `s2s backends` lists those that are here"
