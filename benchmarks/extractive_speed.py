"""Time of the extractive summarizer and of four of sumy's on texts made here.

Every measurement is a process of its own with a deadline, so that one that
runs out of time or memory is reported as such. The clock runs over the whole
way from a string to three sentences; sumy's includes its reading of the text
with a regular expression for sentences and one for words, and its English
stemmer, as in its manual. Best of `--repeat`.

    python benchmarks/extractive_speed.py [--deadline 60] [--repeat 3]
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import subprocess
import sys
import time
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("ours", "LexRank", "TextRank", "LSA", "Luhn")


def zipf_text(words: int, seed: int = 1) -> str:
    """Made-up words at Zipf's frequencies, 5 to 35 in a sentence, in paragraphs."""
    draw = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    forms = ["".join(draw.choices(letters, k=draw.randint(2, 11))) for _ in range(50_000)]
    ranks = list(accumulate(1 / rank for rank in range(1, len(forms) + 1)))
    drawn = draw.choices(forms, cum_weights=ranks, k=words)
    parts: list[str] = []
    while drawn:
        length = draw.randint(5, 35)
        parts.append(" ".join(drawn[-length:]).capitalize() + ".")
        parts.append("\n\n" if draw.random() < 0.15 else " ")
        del drawn[-length:]
    return "".join(parts)


class Plain:
    """A tokenizer for sumy that needs no data of NLTK's, and is faster than NLTK's."""

    def to_sentences(self, paragraph: str) -> list[str]:
        """Cut after a full stop and space."""
        return re.split(r"(?<=[.!?])\s+", paragraph.strip())

    def to_words(self, sentence: str) -> list[str]:
        """Runs of letters and digits."""
        return re.findall(r"\w+", sentence)


def summarizer(name: str) -> Callable[[str], object]:
    if name == "ours":
        from s2s_extractive.summary import summarize

        return lambda text: summarize(text, max_words=60).text
    from sumy.nlp.stemmers import Stemmer
    from sumy.parsers.plaintext import PlaintextParser
    from sumy.summarizers.lex_rank import LexRankSummarizer
    from sumy.summarizers.lsa import LsaSummarizer
    from sumy.summarizers.luhn import LuhnSummarizer
    from sumy.summarizers.text_rank import TextRankSummarizer

    kinds = {
        "LexRank": LexRankSummarizer,
        "TextRank": TextRankSummarizer,
        "LSA": LsaSummarizer,
        "Luhn": LuhnSummarizer,
    }
    rank = kinds[name](Stemmer("english"))
    return lambda text: rank(PlaintextParser.from_string(text, Plain()).document, 3)


def measure(name: str, words: int, repeat: int) -> None:
    """In the child: seconds and the peak of memory in MiB, as JSON."""
    text, run = zipf_text(words), summarizer(name)
    run("Warm it up. So that imports are not timed. Yes, they are not.")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times: list[float] = []
    while len(times) < repeat and sum(times) < 10:
        start = time.perf_counter()
        run(text)
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"s": min(times), "peak": peak / 1024, "before": before / 1024}))


def child(name: str, words: int, options: argparse.Namespace) -> dict[str, float] | str:
    command = [
        sys.executable,
        __file__,
        "--child",
        name,
        str(words),
        "--repeat",
        str(options.repeat),
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=options.deadline, check=False
        )
    except subprocess.TimeoutExpired:
        return f"> {options.deadline} s"
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"killed ({done.returncode})"])[-1][:60]
    return json.loads(done.stdout)


def cell(found: dict[str, float] | str, ours: float) -> str:
    return found if isinstance(found, str) else f"{found['s']:.3f} s (x{found['s'] / ours:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deadline", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--child", nargs=2)
    options = parser.parse_args()
    if options.child:
        measure(options.child[0], int(options.child[1]), options.repeat)
        return
    print("| words | " + " | ".join(NAMES) + " |\n|" + "---|" * (len(NAMES) + 1))
    for words in options.sizes:
        found = {name: child(name, words, options) for name in NAMES}
        ours = found["ours"]["s"] if isinstance(found["ours"], dict) else float("nan")
        print(
            f"| {words:,} | " + " | ".join(cell(found[n], ours) for n in NAMES) + " |", flush=True
        )
    print("\nOurs, a million words:", child("ours", 1_000_000, options))


if __name__ == "__main__":
    main()
