"""
JSON as a model writes it: how much of it is settled, and what that says.

Settled are whole tokens, so a text or number appears when it is complete and never changes.
A token that cannot stand where it is, or a key that comes twice, settles nothing more: what
was meant is not guessed. All of a stream is looked at once, whatever pieces it comes in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from ..errors import InvalidOutput
from ..pattern import pattern
from ..schema import Json, strict_json
from ..task import Draft

__all__ = ["JsonDraft"]

Container: TypeAlias = "list[Json] | dict[str, Json]"

# What may come next, by first character; "s" is a string, "w" a number or a literal.
VALUE, ITEM_OR_END, KEY, KEY_OR_END, COLON, NOTHING = "{[sw", "{[sw]", "s", "s}", ":", ""

DEEPEST = 64
"""Containers within each other; what is deeper is not read at the end either."""

_opening = pattern(r"(?:(?:`{3,}|~{3,})[^\n`]*+\n\s*+)?(?=[^\s`~])")
_gap = pattern(r"[ \t\n\r]*")
_inside = pattern(r'(?:[^"\\]++|\\.)*+', re.DOTALL)
_word = pattern(r'[^ \t\n\r{}\[\],:"]++(?=[ \t\n\r{}\[\],:"])')


class JsonDraft(Draft):
    """A JSON value, maybe in a Markdown fence, as it grows."""

    def __init__(self) -> None:
        self.text = ""
        self._tokens = _Tokens()
        self._growth = _Growth()

    @property
    def value(self) -> Snapshot:
        return self._growth.snapshot()

    def more(self, text: str) -> None:
        if self._growth.ended:
            return
        for gap, token in self._tokens.more(text):
            if not self._growth.take(token):
                return
            self.text += gap + token if self.text else token

    def whole(self, text: str) -> None:
        self.more(f"{text}\n")  # a number ends with what follows it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """
    A value as it was at one moment: the open containers, outermost first, and their lengths.

    Containers only grow at their ends, so nothing has to be copied before it is looked at.
    """

    path: tuple[tuple[Container, int], ...]

    def __call__(self) -> Json:
        """The value; None while there is none."""
        below: Container | None = None
        for container, length in reversed(self.path):
            below = _filled(_first(container, length), below)
        assert isinstance(below, list)
        return below[0] if below else None


def _first(container: Container, length: int) -> Container:
    if isinstance(container, list):
        return container[:length]
    return dict(islice(container.items(), length))


def _filled(container: Container, last: Container | None) -> Container:
    """The container with its last value, which was still open, as it was then."""
    if last is None:
        return container
    if isinstance(container, list):
        container[-1] = last
    else:
        container[next(reversed(container))] = last
    return container


class _Growth:
    """Builds a value of its tokens; the value itself is the one item of an outermost list."""

    def __init__(self) -> None:
        self._open: list[Container] = [[]]
        self._key = ""
        self._next = VALUE

    @property
    def ended(self) -> bool:
        return not self._next

    def snapshot(self) -> Snapshot:
        return Snapshot(tuple((container, len(container)) for container in self._open))

    def take(self, token: str) -> bool:
        """Whether the token may stand here; after one that may not, none may."""
        kind = {'"': "s"}.get(token[0], token[0] if token[0] in "{}[],:" else "w")
        try:
            after = self._taken(kind, token) if kind in self._next else None
        except InvalidOutput:
            after = None
        self._next = after or NOTHING
        return after is not None

    def _taken(self, kind: str, token: str) -> str:
        """What may come after it."""
        match kind:
            case "{" | "[":
                return self._begun({} if kind == "{" else [])
            case "}" | "]":
                self._open.pop()
                return self._after_value()
            case ",":
                return VALUE if isinstance(self._open[-1], list) else KEY
            case ":":
                return VALUE
            case "s" if self._next in {KEY, KEY_OR_END}:
                self._key = self._new_key(token)
                return COLON
        self._put(strict_json(token))
        return self._after_value()

    def _begun(self, container: Container) -> str:
        if len(self._open) > DEEPEST:
            raise InvalidOutput("the value is too deep")
        self._put(container)
        self._open.append(container)
        return ITEM_OR_END if isinstance(container, list) else KEY_OR_END

    def _after_value(self) -> str:
        if len(self._open) == 1:
            return NOTHING
        return ",]" if isinstance(self._open[-1], list) else ",}"

    def _put(self, value: Json) -> None:
        container = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        else:
            container[self._key] = value

    def _new_key(self, token: str) -> str:
        key, container = strict_json(token), self._open[-1]
        if not isinstance(key, str) or key in container:
            raise InvalidOutput(f"the key {token} comes twice")
        return key


class _Tokens:
    """
    Cuts a growing text into tokens, each with the white space before it.

    `_start` and `_seen` are where the next token begins and how far it was looked at, so that
    nothing is looked at again when more comes.
    """

    def __init__(self) -> None:
        self._text = ""
        self._begun = False
        self._start = self._seen = 0

    def more(self, text: str) -> Iterator[tuple[str, str]]:
        self._text += text
        at = 0
        while self._opened() and (end := self._token(at)):
            yield self._text[at : self._start], self._text[self._start : end]
            at = end
        self._text = self._text[at:]
        self._start, self._seen = max(0, self._start - at), max(0, self._seen - at)

    def _opened(self) -> bool:
        """Whether the tokens have begun: after white space and the opening line of a fence."""
        if not self._begun:
            self._text = self._text.lstrip()
            if opening := _opening().match(self._text):
                self._text, self._begun = self._text[opening.end() :], True
        return self._begun

    def _token(self, at: int) -> int | None:
        """The end of the token after `at`; None if it is not whole yet."""
        self._start = start = _whole(_gap().match(self._text, max(at, self._start))).end()
        match self._text[start : start + 1]:
            case "":
                return None
            case '"':
                return self._end_of_string(start)
            case "{" | "}" | "[" | "]" | "," | ":":
                return start + 1
            case _:
                word = _word().match(self._text, start)
                return word.end() if word else None

    def _end_of_string(self, start: int) -> int | None:
        self._seen = _whole(_inside().match(self._text, max(start + 1, self._seen))).end()
        return self._seen + 1 if self._text[self._seen : self._seen + 1] == '"' else None


def _whole(found: re.Match[str] | None) -> re.Match[str]:
    assert found is not None, "the pattern matches any text"
    return found
