"""
Summarize a report that is far longer than what the model can read.

    python cookbook/05_local_models/summarize_report.py toys/summarizer
    python cookbook/05_local_models/summarize_report.py MODEL FILE

Lines that begin with `#>` are what the toy prints, of a log of which we know the news.
"""

import sys
from pathlib import Path

import lessons

from s2s_tasks import CutOff, Greedy, Tasks

model, *rest = sys.argv[1:]
report, news = lessons.report(lines=2_000)
if rest:
    report = Path(rest[0]).read_text(encoding="utf-8")

# 1. How much the model reads at once, and how much the report has, both in its own tokens.
client = Tasks(backend="local", model=model)
backend = client.registry.open("local", model)
print(f"{backend.count_tokens(report):,} tokens, {backend.capabilities.context} at a time")
#> 6,344 tokens, 188 at a time

# 2. The same call as for a short text. It is read in parts, and what was read of the parts is
#    summarized again, until it fits.
summary = client.summarize(report)
print(summary)
#> Boat sunk. Fire out. Thief caught. Wall fallen.

print(summary.value == news)
#> True

# 3. Was all of it read? The stretches that the model was shown are added up, and so is every
#    request. Nothing is cut short in silence: what is not as asked is a warning.
print(f"{summary.coverage.ratio:.0%} of {summary.coverage.total:,} characters")
print("parts:", len(summary.attempts) > 30, "warnings:", summary.warnings)
#> 100% of 23,694 characters
#> parts: True warnings: ()

# 4. A limit of words is kept by whole sentences, since this model cannot be told of one. What was
#    left out is said.
brief = client.summarize(report, max_words=4)
print(brief)
print(*brief.warnings)
#> Boat sunk. Fire out.
#> 2 sentences were left out to keep to 4 words

# 5. An answer that is cut off is an error, and what there is of it cannot be taken for a summary.
try:
    client.summarize(report, decoding=Greedy(max_tokens=4))
except CutOff as error:
    print(f"{error}: {error.completion.partial!r}")
    print("tokens spent:", error.result.usage.output_tokens > 0)
#> the answer was cut off at its limit of length: 'Boat sunk. Fire'
#> tokens spent: True

# From the command line, with who did it and at what cost:
#
#    s2s summarize FILE --backend local -m MODEL --max-words 60 --verbose
