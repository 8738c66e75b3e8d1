"""The line to go on with: a command that can be typed as it stands."""

from __future__ import annotations

import shlex
from typing import Final

from ..decoding import Beam, Decoding
from ..exchange import Modality
from .architecture import Architecture
from .carriers import Carrier, given
from .situation import Situation

__all__ = ["next_step"]

TEXT_LINES: Final = {
    "translate": 's2s translate --to {to} -t "Where is the station?"',
    "summarize": 's2s summarize --max-words 20 -t "It rained all night. By noon the river had risen, and the bridge was closed."',
    "classify": 's2s classify --labels refund,bug,praise -t "The app crashes when I log in."',
    "embed": 's2s embed -t "The river rose overnight."',
    "answer": 's2s answer -q "How many cups are there?" -t "There are five cups on the table."',
    "codegen": 's2s codegen -t "a function that reverses a list"',
    "extract": "echo '{{\"type\": \"object\", \"properties\": {{\"name\": {{\"type\": \"string\"}}}}}}' > schema.json && s2s extract -s schema.json -t \"Ada Lovelace was born in 1815.\"",
    "transcribe": "s2s transcribe recording.wav",
}  # fmt: skip
FILES: Final = {
    Modality.IMAGE: "photo.jpg",
    Modality.DOCUMENT: "page.pdf",
    Modality.AUDIO: "recording.wav",
}
WITH_FILE: Final = {
    "caption": "s2s caption {file}",
    "answer": 's2s answer -q "How many cups are there?" {file}',
    "extract": 's2s answer -q "What is the total?" {file}',
}  # fmt: skip


def next_step(
    case: Situation,
    row: Architecture,
    carrier: Carrier | None,
    model: str | None,
    decoding: Decoding | None,
) -> str:
    """Install what is missing, if anything, and do one item of the task."""
    backend = carrier.spec.name if carrier else row.backend
    extra = carrier.spec.extra if carrier else row.extra
    if not backend:
        return "s2s backends"
    options = ["--backend", backend, *(["--model", model] if model else [])]
    if isinstance(decoding, Beam):
        options += ["--beam", str(decoding.width)]
    if case.needs.local_only:
        options.append("--local-only")
    line = f"{_line(case, row)} {shlex.join(options)}"
    install = extra and (carrier is None or carrier.install)
    return f'pip install "s2s-tasks[{extra}]" && {line}' if install else line


def _line(case: Situation, row: Architecture) -> str:
    task, kinds = _task(case), given(case, remote=row.remote)
    files = [name for kind, name in FILES.items() if kind in kinds]
    if files and task in WITH_FILE:
        return WITH_FILE[task].format(file=files[0])
    plain = TEXT_LINES.get(task) or f's2s run {task} -t "A text."'
    return plain.format(to=case.needs.to or "de")


def _task(case: Situation) -> str:
    if Modality.AUDIO in case.reads:
        return "transcribe"
    return case.needs.task or case.as_task.task or "answer"
