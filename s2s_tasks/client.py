"""The client: who does a task is chosen here, and `tasks.summarize(text)` begins."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any, Self, TypeVar

from .backend import Backend, BackendSpec, Capabilities, Place
from .catalog import (
    BUILT_IN,
    Answer,
    Caption,
    Classify,
    Codegen,
    Embed,
    Extract,
    Summarize,
    Transcribe,
    Translate,
)
from .decide import Needs
from .decoding import Beam, Decoding, Greedy, Sample
from .engine import Board, Job, Results, Stream, finish, refusal
from .errors import BadSetting, UnknownName, Unsupported
from .exchange import Decision, Request, Result
from .policy import Policy, Timeout
from .registry import Registry
from .task import Task
from .verb import Verb

__all__ = ["Tasks", "tasks"]

In = TypeVar("In")
Out = TypeVar("Out")

FRESH = 2.0
"""Seconds that a choice is kept: looking for keys and weights costs more than a call's share."""


@cache
def _installed() -> Registry:
    return Registry.installed()


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """A client. Its options are defaults of every call; `backend` may be an open Backend too."""

    backend: str | Backend | None = None
    model: str | None = None
    decoding: Decoding | None = None
    policy: Policy = field(default_factory=Policy)
    timeout: Timeout | float | None = None
    registry: Registry = field(default_factory=_installed, repr=False, compare=False)
    _choices: dict[object, tuple[float, Decision]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    summarize = Verb(Summarize)
    translate = Verb(Translate)
    caption = Verb(Caption)
    answer = Verb(Answer)
    transcribe = Verb(Transcribe)
    codegen = Verb(Codegen)
    extract = Verb(Extract)
    classify = Verb(Classify)
    embed = Verb(Embed)

    def __getattr__(self, name: str) -> Verb[Any, ..., Any]:
        # Only names that are not found otherwise come here: the tasks of plugins.
        if name.startswith("_"):
            raise AttributeError(name)
        if (task := self.registry.tasks.get(name)) is not None:
            return Verb(task, self)
        error = UnknownName.among(
            "task", name, [task.name for task in BUILT_IN] + [*self.registry.tasks]
        )
        raise AttributeError(f"{error}; {error.hint}") from error

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.registry.tasks]

    def using(
        self,
        *,
        backend: str | Backend | None = None,
        model: str | None = None,
        decoding: Decoding | None = None,
        policy: Policy | None = None,
        timeout: Timeout | float | None = None,
    ) -> Self:
        """A client with other defaults; what is not given stays as it is."""
        return replace(
            self,
            backend=backend or self.backend,
            model=model or self.model,
            decoding=decoding or self.decoding,
            policy=policy or self.policy,
            timeout=timeout or self.timeout,
        )

    # --- verbs for any Task object ---------------------------------------------------------

    def run(self, task: Task[In, Out], value: In) -> Result[Out]:
        """Do `task` now. Raises what went wrong, with what was spent as `error.result`."""
        value = task.prepare(value)
        return _raised(finish(Board(self._job(task, value)), value))

    async def arun(self, task: Task[In, Out], value: In) -> Result[Out]:
        """The async twin of `run`."""
        from .engine.drive_async import finish_async

        value = task.prepare(value)
        return _raised(await finish_async(Board(self._job(task, value)), value))

    def stream(self, task: Task[In, Out], value: In) -> Stream[Out]:
        """Text as it settles; see Stream. Nothing is done before it is iterated."""

        def start() -> tuple[Board[In, Out], In]:
            prepared = task.prepare(value)
            return Board(self._job(task, prepared), streamed=True), prepared

        return Stream(start)

    def map(self, task: Task[In, Out], values: Iterable[In] | AsyncIterable[In]) -> Results[Out]:
        """Do `task` for many; see Results. The backend is chosen once, by the first values."""
        return Results(task, values, lambda value: self._job(task, value))

    def explain(self, task: Task[In, Out], value: In) -> Decision:
        """Who would do it and why. Nothing is run or loaded."""
        request = self._request(task, task.prepare(value))
        return self._decide(request, task, self._policy(task))

    # --- from a task to a job --------------------------------------------------------------

    def _policy(self, task: Task[Any, Any]) -> Policy:
        return task.policy or self.policy

    def _request(self, task: Task[In, Out], value: In) -> Request:
        request = task.request(value)
        decoding = task.decoding or self.decoding
        return replace(request, decoding=decoding) if decoding else request

    def _job(self, task: Task[In, Out], value: In) -> Job[In, Out]:
        """Whom to ask. Raises Unsupported, UnknownName or MissingExtra before any work."""
        policy = self._policy(task)
        _check_options(task.backend or self.backend, task.decoding or self.decoding, policy)
        request = self._request(task, value)
        decision = self._choice(request, task, policy)
        if not decision.backend:
            raise Unsupported(
                "; ".join(decision.because),
                reasons=tuple(f"{no.subject}: {no.text}" for no in decision.rejected),
                hint=decision.next_step,
            )
        if self.decoding and not task.decoding:
            task = replace(task, decoding=self.decoding)
        return Job(
            task=task,
            backend=self._open(decision, policy, task),
            decision=decision,
            policy=policy,
            timeout=Timeout.of(task.timeout or self.timeout),
            completed=self.registry.completed,
        )

    def _choice(self, request: Request, task: Task[Any, Any], policy: Policy) -> Decision:
        """The decision, kept for a moment: what it depends on is its key."""
        key = (
            *(request.task, request.modalities, type(request.decoding), bool(request.schema)),
            *(task.backend, task.model, policy),
            *(request.params.get(name) for name in ("to", "source", "language")),
            *(request.language, request.creative, len(request.labels)),
            len(request.text).bit_length(),  # what is twice as long may be another's
        )
        kept = self._choices.get(key)
        now = time.monotonic()
        if kept is None or now - kept[0] > FRESH:
            kept = self._choices[key] = now, self._decide(request, task, policy)
        return kept[1]

    def _decide(self, request: Request, task: Task[Any, Any], policy: Policy) -> Decision:
        named = task.backend or self.backend
        if isinstance(named, Backend):
            return _given(named, task.model or self.model)
        model = task.model or (self.model if task.backend is None else None)
        if named is None:
            return self.registry.choose(Needs.of(request, policy, model))
        return self._named(self.registry.spec(named), model, request, policy)

    def _named(
        self, spec: BackendSpec, model: str | None, request: Request, policy: Policy
    ) -> Decision:
        """A backend that the caller named: it can do this, or the call is refused."""
        misfits = spec.capabilities.misfits(request, local_only=policy.local_only)
        if policy.on_unsupported == "drop":
            misfits = tuple(misfit for misfit in misfits if misfit.option != "decoding")
        if misfits and not policy.fallback:
            raise refusal(spec.name, misfits)
        return Decision(
            backend=spec.name,
            architecture=spec.capabilities.architecture,
            model=spec.suggest(request, model).model,
            decoding=request.decoding,
            because=("named by the caller",),
        )

    def _open(self, decision: Decision, policy: Policy, task: Task[Any, Any]) -> Backend:
        given = task.backend or self.backend
        first: Callable[[], Backend] = partial(self.registry.open, decision.backend, decision.model)
        if isinstance(given, Backend):
            first, card = (lambda: given), given.capabilities
        else:
            card = self.registry.spec(decision.backend).capabilities
        if not policy.fallback:
            return first()
        return self._fallback(decision.backend, card, first, policy)

    def _fallback(
        self, name: str, card: Capabilities, first: Callable[[], Backend], policy: Policy
    ) -> Backend:
        from .fallback import Fallback, Member

        members = [Member(name, card, first)]
        for other in (other for other in policy.fallback if other != name):
            spec = self.registry.spec(other)
            members.append(Member(other, spec.capabilities, partial(self.registry.open, other)))
        near = [member for member in members if member.capabilities.place == Place.LOCAL]
        return Fallback((near or members) if policy.local_only else members, policy)

    def close(self) -> None:
        """Close the backends that were opened for this client's registry."""
        self.registry.close()


def _check_options(backend: object, decoding: object, policy: object) -> None:
    """Raise BadSetting for run options of a wrong type, which would fail later and elsewhere."""
    if not isinstance(policy, Policy):
        raise BadSetting(f"policy={policy!r} is not a Policy", hint="as in Policy(local_only=True)")
    if not isinstance(decoding, Greedy | Beam | Sample | None):
        raise BadSetting(f"decoding={decoding!r} is none", hint="give a Greedy, Beam or Sample")
    if not isinstance(backend, str | Backend | None):
        raise BadSetting(f"backend={backend!r} is no backend", hint="give a name or a Backend")


def _raised(result: Result[Out]) -> Result[Out]:
    if result.error is not None:
        raise result.error
    return result


def _given(backend: Backend, model: str | None) -> Decision:
    return Decision(
        backend=backend.name,
        architecture=backend.capabilities.architecture,
        model=model or backend.model,
        because=("given by the caller",),
    )


tasks = Tasks()
"""The default client: every installed plugin, no policy but the default one."""
