"""Text, cut where a reader would cut it.

Offsets are half-open pairs (start, end) of Python string indices. Nothing is
changed or dropped: a span points into the text it was found in. Nothing here
raises on any string, lone surrogates included.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from .pattern import pattern
from .words import count_words, grapheme, is_border, trim_words

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

__all__ = ["count_words", "each_sentence", "paragraphs", "sentences", "trim_words", "windows"]

Span = tuple[int, int]
Measure = Callable[[str], int]

_word = pattern(r"\S+")
_line_end = pattern("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
# sentencex panics on some wide white space, and str is not UTF-8 with these in it.
_unsafe = pattern("[^\\S ]|[\ud800-\udfff]")
_terminator = pattern(r"[.!?…。！？।॥؟۔։።…｡]")
_strong_end = pattern(r"[!?…。！？।॥؟۔։።｡.]+[\"'”’»)\]」』]*(?:\s+|(?<=[。！？｡])|(?<=[」』]))")
_closers = pattern(r"[*_`\"”’»)\]]+(?=\s|$)")
_marker = pattern(r"\W*(?:\d{1,3}|[a-zA-Z])[.)]\s*")
_item = pattern(r"\s*(?:[-*+•‣◦–—·#>|]|\(?\d{1,3}[.)]|\(?[a-zA-Z][.)])(?:\s|#)")

# Lines are taken for wrapped prose when they look as if a margin had cut them:
# terminals and mail wrap between these widths (CJK counts half as many).
_NARROW, _WIDE, _FULL = 30, 160, 0.6
# Characters: of the 14,283 sentences in SciTLDR-A train, six are longer.
_LONG = 600
# Characters handed over at once: see _breaks.
_STRETCH = 2048
# Guesses by proportion before halving; and the least measure a character is taken for.
_GUESSES, _THIN = 4, 1e-6


def sentences(text: str, language: str = "en") -> list[Span]:
    """Spans of the sentences, without the white space around them, in order.

    A blank line always ends a sentence; so does the end of a heading, of a list
    item, and of any line that no margin has cut. `language` is a BCP 47 tag; an
    unknown one is read with the rules that most languages share.
    """
    return list(each_sentence(text, language))


def each_sentence(text: str, language: str = "en") -> Iterator[Span]:
    """The same spans one by one, so that the work can be left off between them."""
    code = language.replace("_", "-").split("-")[0].lower()
    for block in _blocks(text):
        yield from _segment(text, block, code)


def paragraphs(text: str) -> list[Span]:
    """Spans between blank lines, without the white space around them."""
    return [span for lines in _stanzas(text) for span in _stripped(text, lines[0][0], lines[-1][1])]


def windows(text: str, limit: int, measure: Measure) -> list[Span]:
    """Contiguous windows over the whole text, each of measure <= limit.

    Packed greedily, with borders at the ends of paragraphs, else of sentences,
    else of words, else between graphemes; a single grapheme above the limit is
    a window of its own. `measure` should hardly shrink when text is appended;
    it need not be additive, and every window returned was measured, not
    estimated. A handful of calls per window, so the cost is near linear.
    """
    packer = _Packer(text, limit, measure)
    found: list[Span] = []
    start = 0
    while start < len(text):
        end = packer.end_from(start)
        found.append((start, end))
        start = end
    return found


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    body = piece.strip()
    if body:
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(body)


def _stanzas(text: str) -> Iterator[list[Span]]:
    """The lines of each paragraph."""
    lines: list[Span] = []
    at = 0
    for line in text.splitlines(keepends=True):
        blank = line.isspace()
        if blank and lines:
            yield lines
            lines = []
        elif not blank:
            lines.append((at, at + len(line)))
        at += len(line)
    if lines:
        yield lines


def _blocks(text: str) -> Iterator[Span]:
    """Runs of lines that read on from one into the next."""
    for lines in _stanzas(text):
        width = max(b - a for a, b in lines)
        end = lines[-1][1]
        prose = _NARROW <= width <= _WIDE and _terminator().search(text, lines[0][0], end)
        begin = lines[0][0]
        for (a, b), (c, d) in pairwise(lines):
            if not prose or b - a < _FULL * width or _item().match(text, c, d):
                yield begin, b
                begin = c
        yield begin, end


def _segment(text: str, block: Span, code: str) -> Iterator[Span]:
    for start, end in _merged(text, block, code):
        if end - start <= _LONG:
            yield from _stripped(text, start, end)
        else:
            yield from _shortened(text, start, end)


def _merged(text: str, block: Span, code: str) -> Iterator[Span]:
    """The library's, but not after "1." or a "[3]" in mid-sentence, and behind closing marks."""
    begin, stop = block
    for found in _breaks(text, block, code):
        closers = _closers().match(text, found, stop)
        end = closers.end() if closers else found
        if end <= begin:
            continue
        cited = text[end - 1] == "]" and text[end : end + 2].lstrip()[:1].islower()
        if end < stop and (cited or _marker().fullmatch(text, begin, end)):
            continue
        yield begin, end
        begin = end


def _breaks(text: str, block: Span, code: str) -> Iterator[int]:
    """Ends of sentences, asked for a stretch at a time.

    The library's time grows with the square of unclosed quotation marks.
    """
    from sentencex import (  # type: ignore[import-untyped]
        get_sentence_boundaries,
    )

    start, stop = block
    while start < stop:
        piece = _unsafe().sub(" ", text[start : min(start + _STRETCH, stop)])
        ends = [start + found["end_index"] for found in get_sentence_boundaries(code, piece)]
        if start + len(piece) < stop:
            ends.pop()  # where the stretch ends, not a sentence
        yield from ends
        start = ends[-1] if ends else start + (piece.rfind(" ", 1) + 1 or len(piece))


def _shortened(text: str, start: int, end: int) -> Iterator[Span]:
    """A stretch too long for one sentence, at every mark or line end it has."""
    for a, b in _cut(text, start, end, _strong_end()):
        for c, d in _cut(text, a, b, _line_end()) if b - a > _LONG else [(a, b)]:
            yield from _stripped(text, c, d)


def _cut(text: str, start: int, end: int, border: re.Pattern[str]) -> Iterator[Span]:
    for match in border.finditer(text, start, end):
        yield start, match.end()
        start = match.end()
    yield start, end


class _Level:
    """Borders of one kind, found for one stretch of text at a time."""

    def __init__(self, text: str, find: Callable[[str], Iterator[int]]) -> None:
        self.text, self.find = text, find
        self.borders: list[int] = [0]

    def after(self, start: int, stop: int) -> list[int]:
        """Ends of units; those beyond `start` run up to `stop`, itself one of them."""
        if self.borders[-1] <= start:
            inside = (start + at for at in self.find(self.text[start:stop]))
            self.borders = [at for at in inside if at > start and is_border(self.text, at)]
            self.borders.append(stop)
        return self.borders


class _Packer:
    """Finds the end of a window; holds what is known of the text after it.

    `far` keeps, for ends measured and found much too far, the measure still
    left up to them: a long paragraph is then measured when it is met and when
    it nearly fits, and not once for every window inside it.
    """

    def __init__(self, text: str, limit: int, measure: Measure) -> None:
        self.text, self.limit, self.measure = text, limit, measure
        self.far: dict[int, int] = {}
        self.size = 0
        self.density = 1.0
        self.levels = (
            _Level(text, lambda part: (start for start, _ in paragraphs(part))),
            _Level(text, lambda part: (start for start, _ in sentences(part))),
            _Level(text, lambda part: (found.start() for found in _word().finditer(part))),
        )

    def end_from(self, start: int) -> int:
        """The end of the window that begins at `start`."""
        end = self._search(start)
        self.far = {at: left - self.size for at, left in self.far.items() if at > end}
        return end

    def _search(self, start: int) -> int:
        stop = len(self.text)
        for level in self.levels:
            borders = level.after(start, stop)
            end = self._furthest(start, borders)
            if end > start:
                return end
            stop = borders[bisect_right(borders, start)]
        return self._between_graphemes(start, stop)

    def _between_graphemes(self, start: int, stop: int) -> int:
        reach = min(64 + int(2 * self.limit / self.density), 1 << 16)
        while True:
            piece = self.text[start : min(start + reach, stop)]
            ends = [start + found.end() for found in grapheme().finditer(piece)]
            if start + reach < stop:
                ends.pop()  # the next character may belong to it
            if ends:
                end = self._furthest(start, ends)
                if end < ends[-1] or ends[-1] == stop:
                    return max(end, ends[0])
            reach *= 2

    def _furthest(self, start: int, borders: list[int]) -> int:
        """The last border whose window fits, looked for near where it should be."""
        low, high = bisect_right(borders, start), len(borders)
        if not self._fits(start, borders[low]):
            return start
        probes = 0
        while high - low > 1:
            aim = bisect_right(borders, start + self.limit / self.density) - 1
            if probes > _GUESSES or not low < aim < high:
                aim = min(low + 2**probes, high - 1) if high == len(borders) else (low + high) // 2
            if self._fits(start, borders[aim]):
                low = aim
            else:
                high = aim
            probes += 1
        return borders[low]

    def _fits(self, start: int, end: int) -> bool:
        if self.far.get(end, 0) > 2 * self.limit:
            return False
        size = self.measure(self.text[start:end])
        self.density = max(size / (end - start), _THIN)
        if size > self.limit:
            self.far[end] = size
            return False
        self.size = size
        return True
