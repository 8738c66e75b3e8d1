"""A summary made of the text's own sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from s2s_tasks.pattern import pattern
from s2s_tasks.text import count_words, each_sentence, trim_words
from s2s_tasks.words import UNSPACED

from .graph import Graph
from .ranking import FOCUSED, rank
from .selection import choose
from .terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Span = tuple[int, int]

# The opening sentence says more often than others what a text is about. On
# SciTLDR-A train 1.0/1.1/1.2/1.3/1.5 give ROUGE-1 31.8/32.2/32.3/32.3/31.6 and
# ROUGE-2 12.2/12.7/13.0/13.2/13.0: the middle of the flat top.
_OPENING = 1.25
# Words, and the part of the text, of a summary whose length nobody set.
_LENGTH, _PART, _HEADLINE = 100, 0.3, 12
# What is left to a line without a final mark where most sentences have one: a
# heading, or the opening of a list, resembles all that stands below and says little.
_HEADING = 0.5
# What is left to a row of a table, a fence, a heading mark or a tag: not prose, but
# better than nothing in a text that has no prose.
_MARKUP = 0.1
# Fewer terms than this are a fragment, whose cosine with its like is high by chance.
# On SciTLDR-A train 1 to 12 differ by less than 0.05 in every score.
_FRAGMENT = 8
_ended = pattern(r"[.!?…。！？।॥؟۔։။។｡][\"'”’»)\]」』`*_]*$")
_markup = pattern(r"\s*(?:\||`{3}|~{3}|#{1,6}\s|<[/a-zA-Z!])")
_bullet = pattern(r"^(?:[-*+•‣◦–—·]|\(?\d{1,3}[.)])\s+")
_full_stop = pattern(r"(?<![.。])[.。।۔｡]$")
_east = "\u3001-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff01-\uffef"
_abutting = pattern(f"[{_east}]{{2}}")
_unspaced = pattern(f"[{UNSPACED}]")


class Style(StrEnum):
    """The shapes a summary can have."""

    PARAGRAPH = "paragraph"
    BULLETS = "bullets"
    HEADLINE = "headline"


@dataclass(frozen=True, slots=True)
class Summary:
    """The text, and where in the input its sentences stand: (start, end) in text order."""

    text: str
    spans: tuple[Span, ...] = ()
    warnings: tuple[str, ...] = ()


def _unwatched() -> None:
    """Nobody can stop the work."""


def summarize(
    text: str,
    *,
    max_words: int | None = None,
    style: Style = Style.PARAGRAPH,
    focus: str = "",
    language: str = "en",
    check: Callable[[], None] = _unwatched,
) -> Summary:
    """The most central sentences, at most `max_words` (by `count_words`; >= 1) in all.

    Without `max_words`: 30 % of the text but at most 100 words, and one sentence
    at least; 12 words for a headline. `check` is called often and may raise to
    stop the work. Time grows linearly with the text; some 65 MB for a million words.
    """
    sentences, graph = _read(text, language, check)
    if not sentences:
        return Summary("")
    scores, warnings = _scores(text, sentences, graph, focus, check)
    costs = [sentence.words + (style is Style.BULLETS) for sentence in sentences]
    best = max(range(len(scores)), key=scores.__getitem__)
    budget = max_words or _length(costs, best, style)
    chosen = [best] if style is Style.HEADLINE else choose(graph, scores, costs, budget, check)
    if not chosen or costs[chosen[0]] > budget:
        return _trimmed(text, sentences[best].span, budget, style, warnings)
    spans = tuple(sentences[number].span for number in sorted(chosen))
    return Summary(_styled([text[a:b] for a, b in spans], style), spans, warnings)


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    words: int


def _read(text: str, language: str, check: Callable[[], None]) -> tuple[list[_Sentence], Graph]:
    sentences: list[_Sentence] = []

    def rows() -> Iterator[list[str]]:
        for start, end in each_sentence(text, language):
            sentences.append(_Sentence((start, end), count_words(text[start:end])))
            yield terms(text[start:end])

    return sentences, Graph(rows(), check)


def _scores(
    text: str,
    sentences: Sequence[_Sentence],
    graph: Graph,
    focus: str,
    check: Callable[[], None],
) -> tuple[list[float], tuple[str, ...]]:
    affinity = graph.affinity(terms(focus)) if focus else []
    standing = _standing([text[a:b] for a, b in (s.span for s in sentences)])
    if any(affinity):
        scores = rank(graph, affinity, check, damping=FOCUSED)
    else:
        scores = rank(graph, [1.0] * len(graph), check)
        # Not the title: the first that stands as a sentence.
        scores[standing.index(max(standing))] *= _OPENING
    missed = focus and not any(affinity)
    weights = zip(scores, standing, graph.rows, strict=True)
    scores = [score * factor * min(1.0, len(row) / _FRAGMENT) for score, factor, row in weights]
    return scores, (f"nothing in the text bears on the focus {focus!r}",) if missed else ()


def _standing(sentences: Sequence[str]) -> list[float]:
    """What part of its score each sentence keeps for looking like one."""
    ended = [
        _ended().search(sentence, max(0, len(sentence) - 8)) is not None for sentence in sentences
    ]
    lesser = _HEADING if 2 * sum(ended) > len(ended) else 1.0
    return [
        _prose(sentence) * (1.0 if end else lesser)
        for sentence, end in zip(sentences, ended, strict=True)
    ]


def _prose(sentence: str) -> float:
    return _MARKUP if _markup().match(sentence) else 1.0


def _length(costs: Sequence[int], best: int, style: Style) -> int:
    if style is Style.HEADLINE:
        return _HEADLINE
    return min(_LENGTH, max(costs[best], int(_PART * sum(costs))))


def _trimmed(
    text: str, span: Span, budget: int, style: Style, warnings: tuple[str, ...]
) -> Summary:
    """The best sentence, cut; a dash only where there is a word left for it."""
    dash = "- " if style is Style.BULLETS and budget > 1 else ""
    start, end = span
    kept = trim_words(text[start:end], budget - bool(dash))
    if kept != text[start:end]:
        end = start + len(kept) - 1
        if style is not Style.HEADLINE:
            warnings = (*warnings, f"the best sentence was cut to {budget} words")
    return Summary(dash + _tidy(kept, style), ((start, end),), warnings)


def _styled(parts: Sequence[str], style: Style) -> str:
    tidy = [_tidy(part, style) for part in parts]
    if style is Style.BULLETS:
        return "\n".join(f"- {part}" for part in tidy)
    gaps = ["", *("" if _abut(a, b) else " " for a, b in pairwise(tidy))]
    return "".join(gap + part for gap, part in zip(gaps, tidy, strict=True))


def _tidy(sentence: str, style: Style) -> str:
    """On one line, without the mark of the list it stood in."""
    line = _bullet().sub("", " ".join(sentence.split()))
    return (_full_stop().sub("", line) or line) if style is Style.HEADLINE else line


def _abut(left: str, right: str) -> bool:
    """Whether two sentences are of a script that puts no space between them."""
    ends = left.rsplit(maxsplit=1)[-1], right.split(maxsplit=1)[0]
    return bool(_abutting().match(left[-1] + right[0])) and all(map(_unspaced().search, ends))
