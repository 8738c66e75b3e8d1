"""
Models that read what is written in a picture, and do nothing else.

What a user wants of them is the text: as an answer to "What does it say?", or extracted, with a
schema that is a string or holds one. Any other question is refused, for they would not see it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s2s_tasks.exchange import Request

__all__ = ["asks_to_read", "misfits_of_reading", "written_as_json"]

ASK: Final = 'ask "What does it say?"'

_reading = pattern(
    r"what (does (it|this|that|the \w+) say|is written( \w+){0,4}|is the text( \w+){0,4}"
    r"|text is (in|on) (it|this|the \w+))|(please )?(read|transcribe|ocr)( \w+){0,4}"
)


def asks_to_read(question: str) -> bool:
    """Whether it asks for the text and nothing else."""
    return bool(_reading().fullmatch(question.strip(" ?.!").casefold()))


def misfits_of_reading(request: Request) -> Iterator[Misfit]:
    """What of a request one cannot honour who reads."""
    if request.task == "answer" and not asks_to_read(request.params.get("question", "")):
        yield Misfit("question", "reads what is written and answers no other question", ASK)
    if request.schema is not None and _place(request.schema.json) is None:
        reason = "reads text and tells no fields apart"
        yield Misfit("schema", reason, "give schema=str, or an object with one string")


def written_as_json(request: Request, text: str) -> str:
    """The text as the schema wants it; itself where there is none."""
    if request.schema is None:
        return text
    name = _place(request.schema.json)
    return json.dumps({name: text.strip()} if name else text.strip(), ensure_ascii=False)


def _place(schema: Mapping[str, object]) -> str | None:
    """The name of the only field, "" for a schema that is a string, None where there is neither."""
    if schema.get("type") == "string":
        return ""
    fields = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(fields, dict) or len(fields) != 1:
        return None
    [(name, field)] = fields.items()
    return name if isinstance(field, dict) and field.get("type") == "string" else None
