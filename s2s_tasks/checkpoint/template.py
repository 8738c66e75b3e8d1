"""A chat template, which is a program that came with the weights, run in Jinja's sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn

from ..errors import NotConfigured
from .specials import named_tokens

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    from .folder import Checkpoint

__all__ = ["Content", "RefusedByTemplate", "Template", "Turns"]

MOST: Final = 1_000_000
"""Characters that a template may add of its own; beyond this it is taken for a hostile one."""

Content = str | Sequence[Mapping[str, str]]
"""A text, or parts as {"type": "text", "text": ...} and {"type": "image"}."""

Turns = Sequence[tuple[str, Content]]
"""Pairs of a role ("system", "user", "assistant") and what is said."""


class RefusedByTemplate(Exception):
    """The template itself raised this: it does not know such turns."""


class Template:
    """
    What it can do is to write, to loop and to look at the turns.

    Its output is bounded, each of its ranges too (by Jinja), its time and memory are not: loops
    in loops may run for very long.
    """

    def __init__(self, checkpoint: Checkpoint, source: str) -> None:
        self._name = checkpoint.name or str(checkpoint.folder)
        self._specials = named_tokens(checkpoint)
        with self._blamed():
            self._template = _house().from_string(source)

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Template | None:
        """None for a checkpoint that has no template."""
        source = _source(checkpoint)
        return cls(checkpoint, source) if source else None

    def render(self, turns: Turns) -> str:
        """
        Text up to where the assistant's answer begins.

        Raises RefusedByTemplate, or NotConfigured if it fails or does what it must not.
        """
        messages = [{"role": role, "content": content} for role, content in turns]
        most = MOST + 4 * sum(_length(content) for _, content in turns)
        told = {"tools": None, "documents": None, "add_generation_prompt": True}
        with self._blamed():
            return _bounded(
                self._template.generate(messages=messages, **told, **self._specials), most
            )

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except RefusedByTemplate:
            raise
        except Exception as error:  # whatever a template does is its own fault
            raise NotConfigured(
                f"the chat template of {self._name} fails: {type(error).__name__}: {error}",
                hint="correct chat_template.jinja in a copy of the checkpoint",
            ) from error


def _length(content: Content) -> int:
    if isinstance(content, str):
        return len(content)
    return sum(len(part.get("text", "")) for part in content)


def _bounded(parts: Iterable[str], most: int) -> str:
    written, length = [], 0
    for part in parts:
        written.append(part)
        length += len(part)
        if length > most:
            raise OverflowError(f"it writes more than {most:,} characters")
    return "".join(written)


def _source(checkpoint: Checkpoint) -> str:
    path = checkpoint.folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text("utf-8", errors="replace")
    told = checkpoint.tokenizer.get("chat_template")
    if isinstance(told, list):  # several, by name
        named = {one.get("name"): one.get("template") for one in told if isinstance(one, dict)}
        told = named.get("default")
    return told if isinstance(told, str) else ""


def _house() -> Environment:
    """As transformers sets it up."""
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    house = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _generation()]
    )
    house.filters["tojson"] = _tojson
    house.globals["raise_exception"] = _refuse
    house.globals["strftime_now"] = _now
    return house


def _generation() -> type[Extension]:
    """{% generation %}, which marks the assistant's words for training; it changes nothing here."""
    from jinja2 import nodes
    from jinja2.ext import Extension

    class Generation(Extension):
        tags = {"generation"}  # noqa: RUF012  # declared so by Jinja

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body).set_lineno(line)

    return Generation


def _refuse(message: str) -> NoReturn:
    raise RefusedByTemplate(message)


def _now(form: str) -> str:
    from datetime import datetime

    return datetime.now().astimezone().strftime(form)


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )
