"""Translation: the same said in another language, its layout kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, ClassVar, Literal, cast

from ..errors import BadSetting, InvalidOutput
from ..exchange import Completion, Request, Span
from ..language import guess_language, language_code, language_name, looks_like
from ..task import Budget, Flow, Task, ask, together
from .invariants import answered, need_text
from .kept import check_translation
from .layout import Piece, by_sentence, by_window
from .settings import filled, one_of, params

__all__ = ["Translate"]

Formality = Literal["default", "formal", "informal"]

LONGEST = 3000
"""Tokens of one piece: a translation is as long as its text, and outputs are bounded far
below contexts."""


@dataclass(frozen=True, kw_only=True)
class Translate(Task[str, str]):
    """
    Say the same in another language.

    Layout, numbers, addresses and placeholders are kept. A long text is translated in
    pieces, and white space between them is put back as it was.
    """

    name: ClassVar[str] = "translate"

    to: Annotated[str, "language to translate into, by name or code"]
    source: Annotated[str | None, "language of the text, by name or code"] = None
    glossary: Annotated[
        Mapping[str, str] | Sequence[tuple[str, str]], "terms and how they are to be translated"
    ] = ()
    formality: Annotated[Formality, "how readers are addressed: default, formal, informal"] = (
        "default"
    )

    def __post_init__(self) -> None:
        filled("to", self.to, optional=False)
        filled("source", self.source)
        language_code(self.to)
        if self.source is not None:
            language_code(self.source)
        one_of("formality", self.formality, Formality)
        object.__setattr__(self, "glossary", _pairs(self.glossary))

    def request(self, value: str) -> Request:
        return Request(
            task=self.name,
            parts=(need_text(value),),
            instruction=self._instruction(),
            params=params(self._params()),
        )

    def read(self, completion: Completion) -> str:
        text = answered(completion)
        if not looks_like(text, language_code(self.to)):
            raise InvalidOutput(f"The answer is not in {language_name(self.to)}.")
        return text

    def flow(self, value: str, budget: Budget) -> Flow[str]:
        told = language_code(self.source) if self.source else guess_language(value)
        request = replace(self.request(value), language=told or "")
        pieces = self._pieces(value, request, budget)
        flows = [self._piece(piece, value, request, budget) for piece in pieces]
        texts = yield from together(flows, budget)
        leads = [value[piece.begin : piece.start] for piece in pieces]
        tail = value[pieces[-1].end :] if pieces else value
        return "".join(lead + text for lead, text in zip(leads, texts, strict=True)) + tail

    @property
    def _terms(self) -> tuple[tuple[str, str], ...]:
        return cast("tuple[tuple[str, str], ...]", self.glossary)

    def _instruction(self) -> str:
        source = f" from {language_name(self.source)}" if self.source else ""
        manner = (
            "" if self.formality == "default" else f" Address readers in {self.formality} style."
        )
        terms = "; ".join(f"{term!r} is {meaning!r}" for term, meaning in self._terms)
        glossary = f" Use these terms: {terms}." if terms else ""
        return (
            f"Translate the text{source} into {language_name(self.to)}.{manner}{glossary} Keep"
            " layout, numbers, web addresses, placeholders and tags as they are."
            " Answer with the translation only."
        )

    def _params(self) -> Sequence[tuple[str, str | None]]:
        return (
            ("to", language_code(self.to)),
            ("source", self.source and language_code(self.source)),
            ("formality", None if self.formality == "default" else self.formality),
            ("glossary", "; ".join("=".join(pair) for pair in self._terms) or None),
        )

    def _pieces(self, text: str, request: Request, budget: Budget) -> list[Piece]:
        sizes = (LONGEST, budget.room(request), budget.window)
        limit = min(size for size in sizes if size is not None)
        if budget.window is None:
            return by_window(text, limit, budget.count)
        return by_sentence(text, limit, budget.count, request.language or "en")

    def _piece(self, piece: Piece, text: str, request: Request, budget: Budget) -> Flow[str]:
        source = text[piece.start : piece.end]
        rest = text[piece.end :]
        end = piece.end if any(map(str.isalpha, rest)) else len(text)
        asked = replace(
            request,
            parts=(source,),
            reads=(Span(piece.begin, end),),
            lead=text[piece.begin : piece.start],
        )
        return ask(asked, partial(self._read_piece, source), budget)

    def _read_piece(self, source: str, completion: Completion) -> str:
        text = self.read(completion)
        check_translation(source, text)
        self._check_terms(source, text)
        return text

    def _check_terms(self, source: str, text: str) -> None:
        for term, meaning in self._terms:
            if _has(source, term) and not _has_stem(text, meaning):
                raise InvalidOutput(f"The glossary says that {term!r} is {meaning!r}.")


def _pairs(glossary: object) -> tuple[tuple[str, str], ...]:
    given = glossary.items() if isinstance(glossary, Mapping) else glossary
    pairs = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(_is_pair(pair) for pair in pairs):
        raise BadSetting(
            f"glossary={glossary!r} is not pairs of terms",
            hint='give them as {"term": "translation"}',
        )
    return tuple((term, meaning) for term, meaning in pairs)


def _is_pair(pair: object) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:  # noqa: PLR2004
        return False
    return all(isinstance(word, str) and word.strip() for word in pair)


def _has(text: str, term: str) -> bool:
    pattern = rf"(?<!\w){re.escape(term)}(?!\w)"
    return re.search(pattern, text, re.IGNORECASE) is not None


def _has_stem(text: str, term: str) -> bool:
    """Whether the beginning of the term's first word occurs: its end may be inflected."""
    word = term.split(maxsplit=1)[0].casefold()
    return word[: max(2, len(word) * 3 // 5)] in text.casefold()
