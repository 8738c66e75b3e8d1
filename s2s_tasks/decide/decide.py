"""
Which kind of model a task calls for, and who carries it out here.

Walls first: what is out of the question, and why. Then the marks for quality, cost, latency
and privacy, summed by weights that are shown. Then the points at which the answer would be
another. Pure: nothing is run, measured or fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ..backend import BackendSpec
from ..decoding import Decoding
from ..exchange import Modality, Reason
from .advice import Advice
from .architecture import Architecture
from .carriers import Carrier, Here, cheapest, given, here, known
from .carry import next_step
from .evidence import BLANK, Book
from .flips import flips
from .models import model_for, set_aside
from .needs import Needs
from .ranking import Ranking, front, ranked, weights_of
from .rows import BUILT_IN
from .saying import because, confidence, evidence_of, less
from .situation import Prices, Situation, World, haiku

__all__ = ["decide"]

SPOKEN: Final = "speech-encoder-decoder"


def decide(
    needs: Needs,
    specs: Sequence[BackendSpec] = (),
    *,
    rows: Iterable[Architecture] = BUILT_IN,
    book: Book = BLANK,
    prices: Prices = haiku,
    now: datetime | None = None,
) -> Advice:
    """
    `specs`: the backends that are installed, of which one is to carry it out; `rows`: the kinds
    of models there are; `book`: what was measured; `prices`: US dollars for a model's usage;
    `now`: by which evidence is so and so old, without it it is dated.
    """
    case = Situation(needs, World(tuple(rows), book, prices))
    if _is_spoken(needs):
        return _spoken(case, specs, now)
    return _advised(case, specs, now)


def _is_spoken(needs: Needs) -> bool:
    """Whether sound is to become something else than what is said in it."""
    whisper = needs.task == "translate" and needs.to == "en"
    return (
        Modality.AUDIO in needs.modalities and needs.task not in {"", "transcribe"} and not whisper
    )


def _spoken(case: Situation, specs: Sequence[BackendSpec], now: datetime | None) -> Advice:
    """First what is said, then what is to be made of it."""
    others = (case.needs.modalities - {Modality.AUDIO}) | {Modality.TEXT}
    heard = case.but(
        task="transcribe", modalities=frozenset({Modality.AUDIO}), output=None, request=None,
        input_tokens=None, output_tokens=None, longest=None, labelled_pairs=None,
    )  # fmt: skip
    first = _advised(heard, specs, now)
    second = _advised(case.but(modalities=others, request=None), specs, now)
    so = f"then {case.needs.task} what was said: {second.architecture or 'nobody can'}"
    then = tuple(filter(None, (second.architecture, *second.then)))
    return replace(first, because=(*first.because, so), then=then)


def _advised(case: Situation, specs: Sequence[BackendSpec], now: datetime | None) -> Advice:
    found_here = here(case, specs)
    able = frozenset(
        name for name, all_ in found_here.items() if any(not one.lacks for one in all_)
    )
    world = replace(case.world, known=known(case, found_here), ready=able if specs else None)
    case = replace(case, world=world)
    found = ranked(case)
    if found.best is None:
        return _nobody(case, found)
    row = next(row for row in case.world.rows if row.name == found.best.name)
    made = Advice(
        backend="",
        architecture=row.name,
        because=because(case, found, row),
        rejected=_rejected(case, found),
        runner_up=found.fit[1].name if len(found.fit) > 1 else "",
        break_even=flips(case, row.name),
        evidence=evidence_of(case, row, found.best, now),
        weights=weights_of(case),
        confidence=confidence(case.needs, found),
        candidates=tuple(found.fit),
        front=front(found.fit),
        expected=found.best.expected,
    )
    return _carried_out(case, row, made, found_here)


def _carried_out(case: Situation, row: Architecture, made: Advice, found: Here) -> Advice:
    """With the backend, the model and the decoding that do it here, and the line to type."""
    carrier = next(iter(found[row.name]), None)
    ready = carrier is not None and not carrier.lacks
    model, decoding = _model(case, row, carrier), _decoding(case, row, carrier)
    other = None if ready else _meanwhile(made, found)
    if carrier is None and not row.backend and other is not None:
        line = next_step(case, row, other, other.model, None)
    else:
        line = next_step(case, row, carrier, model, decoding)
    return replace(
        made,
        backend=carrier.spec.name if carrier and ready else "",
        model=model,
        decoding=decoding,
        next_step=line,
        lacks=_lacks(row, carrier, found),
        note="; ".join(filter(None, (_to_do(carrier), _pages(case, row), row.note))),
        meanwhile=other.spec.name if other else "",
    )


def _model(case: Situation, row: Architecture, carrier: Carrier | None) -> str | None:
    """
    The one that the backend here would take. Where it is paid for by the item, the cheapest;
    where it is still to be fetched, and the machine is known, the best that fits.
    """
    if carrier is None:
        return model_for(case, row.name)
    model = carrier.model if case.load.daily is None else cheapest(case, row, carrier)
    fitted = carrier.missing and case.needs.hardware.room_gb and not case.needs.model
    return (fitted and model_for(case, row.name)) or model or model_for(case, row.name)


def _nobody(case: Situation, found: Ranking) -> Advice:
    told = tuple(Reason(one.name, one.rejected) for one in found.out)
    what = case.needs.task or "this"
    return Advice(
        backend="",
        because=(f"every kind of model that could do {what} stands behind a wall",),
        rejected=told,
        next_step="s2s backends",
        weights=weights_of(case),
    )


def _decoding(case: Situation, row: Architecture, carrier: Carrier | None) -> Decoding | None:
    """The caller's, else what is usual for the task and the backend can."""
    if case.needs.request is not None and case.needs.request.decoding is not None:
        return case.needs.request.decoding
    usual = row.decoding.get(case.as_task.task)
    if carrier is not None and type(usual) not in carrier.spec.capabilities.strategies:
        return None
    return usual


def _rejected(case: Situation, found: Ranking) -> tuple[Reason, ...]:
    best, *others = found.fit
    return (
        *(Reason(one.name, less(one, best)) for one in others),
        *(Reason(one.name, one.rejected) for one in found.out),
        *set_aside(case, best.name),
    )


def _to_do(carrier: Carrier | None) -> str:
    """What the line itself does not put right."""
    if carrier is None or carrier.install or not carrier.unavailable:
        return ""
    return f"first, for {carrier.spec.name}: {carrier.unavailable}"


def _pages(case: Situation, row: Architecture) -> str:
    """What is to be done to a PDF before a model can see it."""
    seen = Modality.DOCUMENT in case.reads and given(case, remote=row.remote) != case.reads
    return "give each page of a PDF as a picture" if seen else ""


def _lacks(row: Architecture, carrier: Carrier | None, found: Here) -> str:
    if carrier is not None:
        return f"{carrier.spec.name}: {carrier.lacks}" if carrier.lacks else ""
    return f"no backend here is a {row.name}" if any(found.values()) else ""


def _meanwhile(made: Advice, found: Here) -> Carrier | None:
    """The best of those that can do it here now."""
    able = (one for other in made.candidates[1:] for one in found[other.name] if not one.lacks)
    return next(able, None)
