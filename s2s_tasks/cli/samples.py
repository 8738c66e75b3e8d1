"""
What a task can read, found by asking it.

`request` is a pure function that refuses a value it cannot read, so a task shows with small
samples whether it takes texts, images, recordings or documents; and the requests that come
of them show which backends can do it.
"""

from __future__ import annotations

from collections.abc import Mapping

import click

from ..exchange import Media, Modality, Request
from .kinds import Listed, Pairs, Shape
from .settings import AnyTask, Setting, alternatives, created, hints_of, settings_of

__all__ = ["SAMPLES", "example", "may_read_media", "modalities", "sample_of"]

SAMPLES: Mapping[Modality, str | Media] = {
    Modality.TEXT: "A text.\nIt has two lines.",
    Modality.IMAGE: Media(Modality.IMAGE, "image/png", b"\x89PNG"),
    Modality.AUDIO: Media(Modality.AUDIO, "audio/wav", b"RIFF"),
    Modality.DOCUMENT: Media(Modality.DOCUMENT, "application/pdf", b"%PDF"),
}


def modalities(task: AnyTask) -> Mapping[Modality, Request]:
    """What it reads, each with the request that it makes of the sample."""
    kinds = [*SAMPLES] if may_read_media(type(task)) else [Modality.TEXT]
    found = {kind: _request(task, SAMPLES[kind]) for kind in kinds}
    return {kind: request for kind, request in found.items() if request is not None}


def may_read_media(task: type[AnyTask]) -> bool:
    """By the type of its value; a task that does not tell takes texts."""
    return Media in alternatives(hints_of(task.request).get("value", str))


def sample_of(task: AnyTask) -> str | Media:
    """A value that the task can read."""
    return SAMPLES[next(iter(modalities(task)), Modality.TEXT)]


def _request(task: AnyTask, sample: str | Media) -> Request | None:
    try:
        return task.request(task.prepare(sample))
    except Exception:  # noqa: BLE001  # a plugin's task may fail on a value it does not know
        return None


def example(task: type[AnyTask]) -> AnyTask | None:
    """The task with made-up settings where it must have some; None if none would do."""
    try:
        return created(task, {s.name: _made_up(s) for s in settings_of(task) if s.required})
    except Exception:  # noqa: BLE001  # a plugin's task may want what we cannot guess
        return None


def _made_up(setting: Setting) -> object:
    match setting.kind:
        case Listed():
            return ("one", "two")
        case Pairs():
            return {"one": "two"}
        case Shape():
            return {"type": "object"}
        case click.Choice(choices=choices):
            return choices[0]
        case kind if kind in {click.INT, click.FLOAT}:
            return 2
        case kind:
            return True if kind is click.BOOL else "en"
