"""Transcription: a recording as a form, and the speech out of the answer."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.errors import S2SError
from s2s_tasks.exchange import Completion, Segment, Speech, Usage, Word
from s2s_tasks.language import language_code

from .complaint import error_in
from .connection import Form
from .counts import usage_of
from .draft import document
from .troubles import BadReply, Told

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s2s_tasks.exchange import Request

    from .profile import Profile

__all__ = ["endpoint", "speech", "transcription", "unheard"]

EXTENSIONS: Final = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/matroska": "mkv",
    "audio/x-ms-wma": "wma",
    "audio/x-caf": "caf",
    "audio/basic": "au",
}


def endpoint(request: Request) -> str:
    """Translation into English is an endpoint of its own."""
    return "/audio/translations" if request.params.get("to") else "/audio/transcriptions"


def transcription(request: Request, model: str) -> Form:
    """The fields of the form, and the file under a name that tells its type."""
    [recording] = request.media
    params, times = request.params, request.params.get("timestamps", "none")
    told: dict[str, str | list[str]] = {"model": model}
    if language := params.get("language"):
        told["language"] = language
    if prompt := params.get("prompt"):
        told["prompt"] = prompt
    if times != "none":
        told["response_format"] = "verbose_json"
        told["timestamp_granularities[]"] = ["segment", "word"] if times == "word" else ["segment"]
    kind = recording.mime.split("/")[1]
    stem = PurePath(recording.name).stem or "recording"
    name = f"{stem}.{EXTENSIONS.get(recording.mime, kind)}"
    return Form(told, (name, recording.data, recording.mime))


def unheard(request: Request, profile: Profile) -> Iterator[Misfit]:
    """Settings of a transcription that the server would ignore."""
    if profile.speech is None:
        yield Misfit("task", f"{profile.title} has no endpoint for transcription")
        return
    for name, value in request.params.items():
        if name not in profile.speech and (name, value) != ("timestamps", "none"):
            known = ", ".join(sorted(profile.speech)) or "none"
            yield Misfit(name, f"{profile.title} ignores {name}", f"settings it has: {known}")


def speech(body: bytes) -> Completion:
    """A text, or speech with times where the server tells them."""
    told = document(body)
    if complaint := error_in(told):
        raise Told(complaint)
    if not isinstance(told, dict) or not isinstance(told.get("text"), str):
        raise BadReply("an answer without a transcript")
    segments = tuple(_segments(told))
    usage = _usage(told)
    known = Speech(segments, _language(told.get("language")), usage.audio_seconds)
    return Completion(known if segments else told["text"], usage=usage, raw=told)


def _segments(told: Mapping[str, Any]) -> Iterator[Segment]:
    words = [*_words(told.get("words"))]
    for one in _listed(told.get("segments")):
        start, end = _times(one)
        inside = tuple(word for word in words if start <= (word.start + word.end) / 2 < end)
        yield Segment(str(one.get("text", "")), start, end, inside)


def _words(told: object) -> Iterator[Word]:
    for one in _listed(told):
        yield Word(str(one.get("word", "")), *_times(one))


def _listed(told: object) -> list[Any]:
    if not isinstance(told, list | None):
        raise BadReply("segments that are no list")
    return told or []


def _times(told: object) -> tuple[float, float]:
    if not isinstance(told, dict):
        raise BadReply("a segment that is no object")
    start, end = told.get("start"), told.get("end")
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise BadReply("a segment without times")
    return float(start), float(end)


def _language(told: object) -> str:
    """Servers tell it by its code or its English name."""
    try:
        return language_code(told) if isinstance(told, str) and told else ""
    except S2SError:
        return ""


def _usage(told: Mapping[str, Any]) -> Usage:
    counted = usage_of(told.get("usage")) or Usage()
    seconds = told.get("duration")
    usage = told.get("usage")
    if isinstance(usage, dict) and usage.get("type") == "duration":
        seconds = usage.get("seconds", seconds)
    heard = float(seconds) if isinstance(seconds, int | float) and seconds >= 0 else 0.0
    return counted + Usage(audio_seconds=heard)
