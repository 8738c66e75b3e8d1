"""ROUGE of the extractive summarizer and of four of sumy's on SciTLDR, in one run.

Each is scored against the better of a paper's gold summaries, as Cachola et al.
(2020) do. sumy reads the data's own sentences; ours finds them itself in the
abstract as one text.

    python benchmarks/extractive_quality.py --data PATH/SciTLDR-Data [--split train]
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from s2s_extractive.summary import Style, summarize
from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
from sumy.nlp.stemmers import Stemmer
from sumy.summarizers.lex_rank import LexRankSummarizer
from sumy.summarizers.lsa import LsaSummarizer
from sumy.summarizers.luhn import LuhnSummarizer
from sumy.summarizers.text_rank import TextRankSummarizer

from s2s_tasks.text import trim_words

KINDS = ("rouge1", "rouge2", "rougeL")
SUMY = {
    "sumy LexRank": LexRankSummarizer,
    "sumy TextRank": TextRankSummarizer,
    "sumy LSA": LsaSummarizer,
    "sumy Luhn": LuhnSummarizer,
}
Pick = Callable[[list[str]], list[str]]


class Words:
    """sumy's own pattern of words, without its need of NLTK's data."""

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """Letters, with hyphens and apostrophes inside."""
        return tuple(re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", sentence))


def sumy(kind: type, count: int) -> Pick:
    """The first `count` sentences by rank, best first."""
    summarizer = kind(Stemmer("english"))
    order: list[str] = []

    def pick(sentences: list[str]) -> list[str]:
        document = ObjectDocumentModel([Paragraph([Sentence(s, Words()) for s in sentences])])
        order.clear()
        for n in range(1, min(count, len(sentences)) + 1):
            # sumy gives sentences in text order: what is new at n is the n-th by rank.
            order.extend(s for s in map(str, summarizer(document, n)) if s not in order)
        return order[:count]

    return pick


def ours(sentences: list[str]) -> list[str]:
    text = " ".join(sentences)
    ((start, end),) = summarize(text, style=Style.HEADLINE, max_words=1_000_000).spans
    return [text[start:end]]


def filled(pick: Pick, words: int) -> Callable[[list[str]], str]:
    """Sentences best first until the words are used up, the last one cut."""
    return lambda sentences: trim_words(" ".join(pick(sentences)), words)


def score(golds: list[str], text: str, scorer: RougeScorer) -> list[float]:
    every = [scorer.score(gold, text) for gold in golds]
    return [100 * max(found[kind].fmeasure for found in every) for kind in KINDS]


def table(title: str, ways: dict[str, Callable[[list[str]], str]], papers: list[dict]) -> None:
    scorer = RougeScorer(KINDS, use_stemmer=True)
    print(f"\n{title}\n\n| | R1 | R2 | RL | words |\n|---|---|---|---|---|")
    for name, way in ways.items():
        texts = [way(paper["source"]) for paper in papers]
        rows = [score(p["target"], t, scorer) for p, t in zip(papers, texts, strict=True)]
        means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        words = sum(len(text.split()) for text in texts) / len(texts)
        print(f"| {name} | " + " | ".join(f"{m:.2f}" for m in means) + f" | {words:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--words", type=int, nargs="*", default=[20, 40])
    options = parser.parse_args()
    lines = (options.data / "SciTLDR-A" / f"{options.split}.jsonl").read_text("utf-8")
    papers = [json.loads(line) for line in lines.splitlines()]
    one = {"ours": ours, "lead": lambda s: s[:1], **{n: sumy(k, 1) for n, k in SUMY.items()}}
    joined = {name: lambda s, pick=pick: " ".join(pick(s)) for name, pick in one.items()}
    table(f"One sentence, {options.split}, {len(papers)} papers", joined, papers)
    for words in options.words:
        ways = {
            "ours": lambda s, n=words: summarize(" ".join(s), max_words=n).text,
            "lead": filled(list, words),
            **{name: filled(sumy(kind, 4), words) for name, kind in SUMY.items()},
        }
        table(f"At most {words} words, {options.split}", ways, papers)


if __name__ == "__main__":
    main()
