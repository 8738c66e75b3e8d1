"""
Your first summary, and everything that its result knows.

    python cookbook/01_first_summary.py

Nothing is downloaded and no key is needed: the backend that is always there picks the
central sentences of a text. Lines that begin with `#>` are what is printed when it is the
only one; once you have set a key or installed a model, the same calls may go to that one.
"""

from pathlib import Path

from s2s_tasks import tasks

article = (Path(__file__).parent / "data" / "article.md").read_text(encoding="utf-8")
print(len(article.split()), "words")
#> 2192 words

# 1. A verb and a text are enough. Settings are keywords; your editor completes them.
summary = tasks.summarize(article, max_words=60)
print(summary)
#> Not one house in Wendbridge was lost in the flood of 2021, the largest ever measured there,
#  because the meadows above the town held the water for nine hours. The town keeps its meadows
#  empty for the river, it builds houses that may get wet, and it rings a bell six hours before the
#  water comes.

# 2. The same text in other shapes.
print(tasks.summarize(article, style="headline"))
#> Not one house in Wendbridge was lost in the flood of 2021…

print(tasks.summarize(article, style="bullets"))
#> - Not one house in Wendbridge was lost in the flood of 2021, the largest ever measured there,
#  because the meadows above the town held the water for nine hours.
#> - The town keeps its meadows empty for the river, it builds houses that may get wet, and it
#  rings a bell six hours before the water comes.
#> - Upstream of Wendbridge the valley widens into a plain that had been meadow for as long as
#  there were maps, and that had been cut off from the river by earth banks in the 1850s.

# 3. What is it to dwell on?
print(tasks.summarize(article, max_words=40, focus="the farmers"))
#> The meadows belonged to 27 farms, and not one of the farmers had been asked. The farmers gained
#  something that nobody had planned. This time the farmers of Wendbridge called the meeting, and
#  Averill brought the map.

# A focus that the text says nothing about is no error, but you are told.
missed = tasks.summarize(article, max_words=30, focus="volcanoes")
print(missed.warnings)
#> ("nothing in the text bears on the focus 'volcanoes'",)

# 4. Who did it, and why? What did it cost?
print(summary.backend, "/", summary.model)
print(summary.decision)
print(f"${summary.cost}, finish: {summary.finish}")
#> extractive / sentence-graph
#> extractive: nothing else is needed: the embedded default; picks the central sentences of the
#  text; no model, works at once and offline
#> $0, finish: stop

# The decision can be had without the work. Here nobody can do it, and says so.
print(tasks.translate.explain("Where is the station?", to="de"))
#> no backend: no backend here can do the task 'translate' as asked
#> not extractive: does not translate (it does summarize)

# 5. Was all of it read? A text is never cut short in silence.
print(f"{summary.coverage.ratio:.0%} of {summary.coverage.total:,} characters")
#> 100% of 11,500 characters

# 6. Where does the text say so? A citation is a stretch of the text you gave.
for span in summary.citations:
    start, end = int(span.start), int(span.end)
    line = article.count("\n", 0, start) + 1
    print(f"line {line}: {article[start:end][:56]}...")
#> line 3: Not one house in Wendbridge was lost in the flood of 202...
#> line 5: The town keeps its meadows empty for the river, it build...

# 7. Text as it settles; the result is there at the end. (This backend settles it all at once;
#    a model that writes word by word is shown word by word.)
stream = tasks.summarize.stream(article, max_words=30)
for piece in stream:
    print(piece, end="", flush=True)
print(f" [{stream.result.finish}]")
#> Not one house in Wendbridge was lost in the flood of 2021, the largest ever measured there,
#  because the meadows above the town held the water for nine hours. [stop]

# 8. Many texts, in order, as lazily as you read them. A bad one does not end the run.
notes = [
    "The river rose at noon. By night the river had reached the square.",
    "",
    "The meadow is dry again. The meadow will be mown on Friday, if the rain keeps away.",
]
for result in tasks.summarize.map(notes, max_words=12):
    print(result.index, result if result.ok else f"{type(result.error).__name__}: {result.error}")
#> 0 By night the river had reached the square.
#> 1 BadInput: the text is empty
#> 2 The meadow will be mown on Friday, if the rain keeps away.

# 9. The same from the command line; --json prints the whole result instead of the text:
#
#    s2s summarize cookbook/data/article.md --max-words 60 --json
