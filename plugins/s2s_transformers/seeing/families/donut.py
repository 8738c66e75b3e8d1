"""
Donut: documents to JSON, or answers to questions about them.

It was trained to go on from a prompt of its own tokens: one that names the task, as
<s_cord-v2>, and for questions the question between two more. It writes fields as XML-like tokens,
which are read as JSON and checked by the schema afterwards.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from s2s_tasks.checkpoint.codec import Codec
from s2s_tasks.errors import Unsupported
from s2s_tasks.pattern import pattern

from ..family import Family, Said, question_of
from ..fitting import fitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PIL.Image import Image

    from s2s_tasks.exchange import Request

    from ..sight import Sight

__all__ = ["Donut", "DonutCodec", "token2json"]

PRETRAINED: Final = frozenset({"<s_iitcdip>", "<s_synthdog>"})
"""Tasks of its first training, whose tokens all its descendants keep."""

SEPARATORS: Final = frozenset({"<sep/>"})
ASKED: Final = ("<s_question>", "</s_question>", "<s_answer>", "</s_answer>")

_structure = pattern(r"</?s_[^<>]+>|<[^<>/]+/>")
_begin = pattern(r"<s_([^<>]+)>")


class DonutCodec(Codec):
    """The checkpoint's, but for an output's structure, which is part of its text."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self.control, self.controls = codec.control, codec.controls
        self.size, self.open = codec.size, codec.open
        kept = filter(_structure().fullmatch, codec.controls)
        self._kept = {number: token for token in kept if (number := codec.id_of(token)) is not None}

    @property
    def structure(self) -> tuple[str, ...]:
        """Tokens that stand for fields, tasks and values."""
        return tuple(self._kept.values())

    def decode(self, ids: Sequence[int]) -> str:
        text, run = "", list[int]()
        for number in ids:
            if token := self._kept.get(number):
                text, run = text + self._codec.decode(run) + token, []
            else:
                run.append(number)
        return text + self._codec.decode(run)

    def encode(self, text: str) -> list[int]:
        return self._codec.encode(text)

    def wrapped(self, text: str) -> list[int]:
        return self._codec.wrapped(text)

    def marked(self, text: str) -> list[int]:
        return self._codec.marked(text)

    def mixed(self, parts: Iterable[tuple[str, bool]]) -> list[int]:
        return self._codec.mixed(parts)

    def id_of(self, token: str) -> int | None:
        return self._codec.id_of(token)

    def token_of(self, number: int) -> str:
        return self._codec.token_of(number)

    def typed_pair(self, one: str, other: str) -> tuple[list[int], list[int]]:
        return self._codec.typed_pair(one, other)


class Donut(Family):
    """Of one task, by the tokens of its checkpoint."""

    writes_json = True

    def __init__(self, sight: Sight) -> None:
        self._tokens = frozenset(sight.codec.controls)
        self._task = _task(sight)
        self._asks = self._tokens.issuperset(ASKED)
        super().__init__(sight, {"answer"} if self._asks else {"extract"})

    def said(self, request: Request, image: Image) -> Said:
        del image
        return Said(start=tuple(self.sight.codec.mixed(self._prompt(request))))

    def _prompt(self, request: Request) -> Iterator[tuple[str, bool]]:
        yield self._task, True
        if self._asks:
            yield "<s_question>", True
            yield question_of(request), False
            yield "</s_question><s_answer>", True

    def shapes(self, request: Request) -> bool:
        del request
        return True

    def shaped(self, request: Request, text: str) -> tuple[str, tuple[str, ...]]:
        if self._asks:
            return self._plain(text.partition("</s_answer>")[0]), ()
        found = token2json(text, self._tokens)
        if request.schema is not None:
            found = fitted(found, request.schema.json)
        return json.dumps(found, ensure_ascii=False), ()

    def _plain(self, text: str) -> str:
        return _structure().sub(lambda found: _value(found.group()), text).strip()


def token2json(text: str, tokens: Iterable[str]) -> object:
    """As its processor reads it. `tokens`: all that were added to its vocabulary."""
    from transformers import DonutProcessor

    reading = DonutProcessor.__new__(DonutProcessor)  # which needs no more than the vocabulary
    found: object = reading.token2json(text, added_vocab={*tokens})
    return found


def _value(token: str) -> str:
    """What a token says that stands for a value: "yes" of <yes/>."""
    return token[1:-2] if token.endswith("/>") and token not in SEPARATORS else ""


def _task(sight: Sight) -> str:
    """The token that begins its task: one that is never closed."""
    names = [
        found.group(1) for token in sight.codec.controls if (found := _begin().fullmatch(token))
    ]
    closed = frozenset(sight.codec.controls)
    tasks = [f"<s_{name}>" for name in names if f"</s_{name}>" not in closed]
    begin = sight.settings.get("decoder_start_token_id")
    told = sight.codec.token_of(begin) if isinstance(begin, int) else ""
    learned = [told] if told in tasks else [one for one in tasks if one not in PRETRAINED]
    if len(learned) == 1:
        return learned[0]
    raise Unsupported(
        f"{sight.name} does not say which task it was trained for: it has"
        f" {', '.join(learned) or 'none of its own'}",
        hint="take a Donut that was trained for a task, or set its decoder_start_token_id to the"
        " token of one",
    )
