"""The graph of sentences, kept as a product of two sparse matrices.

With B the sentence-by-term matrix of binary, idf-weighted rows of unit length,
the similarity of two sentences (cosine) is an entry of B Bᵀ. That matrix is
never formed: `similarity(x)` is B (Bᵀ x) less its diagonal, at the cost of one
addition a term and direction. B itself is D A W: a diagonal of lengths, the
0/1 incidence, a diagonal of weights, so only the incidence is stored.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from math import log, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Graph:
    """Sentences as rows of term numbers; `weights` are squared idf, log(1 + n / df)².

    Binary, not counted, terms and the first power of idf did best of the twelve
    combinations tried on SciTLDR-A train. Some 60 bytes a term occurrence.
    """

    def __init__(self, sentences: Iterable[Sequence[str]], check: Callable[[], None]) -> None:
        self.numbers: dict[str, int] = {}
        self.rows = _numbered(sentences, self.numbers, check)
        found = Counter(chain.from_iterable(self.rows))
        check()
        self.weights = [log(1 + len(self.rows) / found[term]) ** 2 for term in range(len(found))]
        self.mass = [sum(map(self.weights.__getitem__, row)) for row in self.rows]
        check()
        # A term of a single sentence adds to its length and to nothing else.
        self.links = [[term for term in row if found[term] > 1] for row in self.rows]
        check()
        self.columns = _transposed(self.links, len(found), check)
        self._scale = [1 / sqrt(mass) if mass else 0.0 for mass in self.mass]
        self._own = [
            sum(map(self.weights.__getitem__, row)) * scale * scale
            for row, scale in zip(self.links, self._scale, strict=True)
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def similarity(self, values: Sequence[float]) -> list[float]:
        """For each sentence, the sum over all others of cosine times value."""
        scaled = [value * scale for value, scale in zip(values, self._scale, strict=True)]
        at = scaled.__getitem__
        sums = [
            weight * sum(map(at, column))
            for weight, column in zip(self.weights, self.columns, strict=True)
        ]
        get = sums.__getitem__
        return [
            scale * sum(map(get, row)) - own * value
            for row, scale, own, value in zip(
                self.links, self._scale, self._own, values, strict=True
            )
        ]

    def affinity(self, words: Iterable[str]) -> list[float]:
        """For each sentence, its cosine with the words, up to a common factor."""
        wanted = {self.numbers[word] for word in words if word in self.numbers}
        return [scale * self.shared(sentence, wanted) for sentence, scale in enumerate(self._scale)]

    def shared(self, sentence: int, wanted: set[int]) -> float:
        """The weight of the wanted terms in a sentence."""
        return sum(self.weights[term] for term in self.rows[sentence] if term in wanted)


def _numbered(
    sentences: Iterable[Sequence[str]], numbers: dict[str, int], check: Callable[[], None]
) -> list[list[int]]:
    rows: list[list[int]] = []
    for words in sentences:
        rows.append([numbers.setdefault(word, len(numbers)) for word in words])
        if len(rows) % 256 == 0:
            check()
    return rows


def _transposed(
    rows: Sequence[Sequence[int]], width: int, check: Callable[[], None]
) -> list[list[int]]:
    columns: list[list[int]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        for term in row:
            columns[term].append(number)
        if number % 256 == 0:
            check()
    return columns
