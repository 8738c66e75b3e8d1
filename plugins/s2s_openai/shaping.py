"""How a request says what its answer must look like, by the means of the server if it has any."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from s2s_tasks.backend import Misfit
from s2s_tasks.errors import SchemaRejected
from s2s_tasks.form import Choice, Grammar, Regex
from s2s_tasks.schema import Schema

from .profile import Forms, Schemas
from .strict import strict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2s_tasks.exchange import Request
    from s2s_tasks.form import Form

    from .profile import Profile

__all__ = ["SHAPES", "matching", "shape", "unshaped"]

SHAPES: Final = frozenset({"response_format", "structured_outputs", "grammar"})
"""Fields that hold an answer to its shape."""


def shape(request: Request, profile: Profile) -> dict[str, Any]:
    """Empty where words have to do."""
    if request.schema is not None:
        document = _document(request.schema, profile.schemas)
        return {"response_format": document} if document else {}
    return _form(request.form, profile.forms) if request.form else {}


def unshaped(request: Request, profile: Profile) -> Iterator[Misfit]:
    """A form that the server cannot be held to, or that its answer cannot be checked for."""
    form = request.form
    if form is None or isinstance(form, Choice):
        return
    kind = type(form).__name__
    if not _form(form, profile.forms):
        yield Misfit(kind.lower(), f"{profile.title} cannot be held to a {kind}", "vLLM can")
    elif isinstance(form, Regex):
        try:
            matching(form.pattern)
        except SchemaRejected as error:
            yield Misfit("regex", str(error))


def matching(pattern: str) -> Schema[Any]:
    """The schema of texts that match as a whole: it is checked in linear time."""
    return Schema.of({"type": "string", "pattern": f"^(?:{pattern})$"})


def _document(schema: Schema[Any], how: Schemas) -> dict[str, Any] | None:
    said = dict(schema.json)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", schema.name)[:60] or "answer"
    match how:
        case Schemas.NONE:
            return None
        case Schemas.STRICT:
            if (narrowed := strict(said)) is None:
                return None
            named = {"name": name, "schema": narrowed, "strict": True}
            return {"type": "json_schema", "json_schema": named}
        case Schemas.OPENAI:
            named = {"name": name, "schema": said, "strict": True}
            return {"type": "json_schema", "json_schema": named}
        case Schemas.BARE:
            return {"type": "json_schema", "json_schema": {"schema": said}}
        case Schemas.VALUE:
            named = {"name": name, "schema": said, "strict": True}
            return {"type": "json_schema", "value": named}


def _form(form: Form, how: Forms) -> dict[str, Any]:
    match how:
        case Forms.STRUCTURED:
            return {"structured_outputs": _structured(form)}
        case Forms.GBNF if isinstance(form, Choice):
            return {"grammar": f"root ::= {' | '.join(map(_quoted, form.options))}"}
        case Forms.REGEX if not isinstance(form, Grammar):
            pattern = form.pattern if isinstance(form, Regex) else _either(form.options)
            return {"response_format": {"type": "regex", "value": pattern}}
    return {}


def _structured(form: Form) -> dict[str, Any]:
    match form:
        case Choice(options):
            return {"choice": [*options]}
        case Regex(pattern):
            return {"regex": pattern}
        case Grammar(lark):
            return {"grammar": lark}


def _either(options: tuple[str, ...]) -> str:
    return f"({'|'.join(map(re.escape, options))})"


def _quoted(text: str) -> str:
    """As a literal of llama.cpp's grammars, which knows the escapes of JSON but for its slash."""
    return json.dumps(text, ensure_ascii=False)
