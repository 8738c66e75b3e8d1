"""Code from a description."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Annotated, ClassVar

from ..errors import InvalidOutput
from ..exchange import Completion, Request
from ..form import Form, Grammar, Regex
from ..schema import strict_json
from ..task import Task
from .fence import has_fence, settled, unfenced
from .invariants import answered, need_text
from .settings import filled, params

__all__ = ["Codegen"]


@dataclass(frozen=True, kw_only=True)
class Codegen(Task[str, str]):
    """
    Write code that does what a text describes.

    The value is code only, without a Markdown fence. Python and JSON are parsed, never run.
    """

    name: ClassVar[str] = "codegen"

    language: Annotated[str, "programming language"] = "python"
    context: Annotated[str | None, "code that the new code has to fit"] = None
    grammar: Annotated[
        str | Grammar | Regex | None, "what the code must look like: a grammar in Lark's notation"
    ] = None

    def __post_init__(self) -> None:
        filled("language", self.language, optional=False)
        filled("context", self.context)
        filled("grammar", self.grammar if isinstance(self.grammar, str) else None)

    def request(self, value: str) -> Request:
        wish = need_text(value, "the description")
        given = (f"Existing code:\n\n{self.context}",) if self.context else ()
        return Request(
            task=self.name,
            parts=(*given, wish),
            instruction=(
                f"Write {self.language} code that does what the text describes."
                f"{' It has to fit the existing code.' if given else ''}"
                " Answer with the code only, without explanation."
            ),
            params=params([("language", self.language), ("context", self.context)]),
            form=_form(self.grammar),
        )

    def read(self, completion: Completion) -> str:
        answered(completion)
        code = unfenced(completion.text)
        if not code.strip():
            raise InvalidOutput("The answer has no code in it.")
        match self.language.casefold():
            case "python" | "python3" | "py":
                _check_python(code)
            case "json":
                strict_json(code)
            case "markdown" | "md":
                pass
            case _ if has_fence(code):
                raise InvalidOutput(
                    "Answer with the code only: one block, nothing before or after."
                )
        return code

    def settled(self, partial: str) -> str:
        return settled(partial)


def _form(told: str | Form | None) -> Form | None:
    return Grammar(told) if isinstance(told, str) else told


def _check_python(code: str) -> None:
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise InvalidOutput(
            f"The code is not Python: {error.msg} (line {error.lineno}). Answer with the code only."
        ) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise InvalidOutput(f"The code cannot be parsed as Python: {error}.") from error
