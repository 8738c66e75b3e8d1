"""
Your first summary, and everything that its result knows.

    python cookbook/01_first_summary.py

Nothing is downloaded and no key is needed: the backend that is always there picks the
central sentences of a text. Lines that begin with `#>` are what is printed when it is the
only one; once you have set a key or installed a model, the same calls may go to that one.
"""

from pathlib import Path

from s2s_tasks import tasks

ARTICLES = Path(__file__).parent / "articles"
article = (ARTICLES / "the_town_that_let_the_river_in.md").read_text(encoding="utf-8")
print(len(article.split()), "words")
#> 2207 words

# 1. A verb and a text are enough. Settings are keywords; your editor completes them.
summary = tasks.summarize(article, max_words=60)
print(summary)
#> ?

# 2. The same text in other shapes.
print(tasks.summarize(article, style="headline"))
#> ?

print(tasks.summarize(article, style="bullets", max_words=60))
#> ?

# 3. What is it to dwell on?
print(tasks.summarize(article, max_words=40, focus="the farmers"))
#> ?

# A focus that the text says nothing about is no error, but you are told.
missed = tasks.summarize(article, max_words=30, focus="volcanoes")
print(missed.warnings)
#> ?

# 4. Who did it, and why? What did it cost?
print(summary.backend, "/", summary.model)
print(summary.decision)
print(f"${summary.cost}, finish: {summary.finish}")
#> ?

# The decision can be had without the work. Here nobody can do it, and says so.
print(tasks.translate.explain("Where is the station?", to="de"))
#> ?

# 5. Was all of it read? A text is never cut short in silence.
print(f"{summary.coverage.ratio:.0%} of {summary.coverage.total:,} characters")
#> ?

# 6. Where does the text say so? A citation is a stretch of the text you gave.
for span in summary.citations:
    start, end = int(span.start), int(span.end)
    line = article.count("\n", 0, start) + 1
    print(f"line {line}: {article[start:end][:56]}...")
#> ?

# 7. Text as it settles; the result is there at the end. (This backend settles it all at once;
#    a model that writes word by word is shown word by word.)
stream = tasks.summarize.stream(article, max_words=30)
for piece in stream:
    print(piece, end="", flush=True)
print(f" [{stream.result.finish}]")
#> ?

# 8. Many texts, in order, as lazily as you read them. A bad one does not end the run.
notes = [
    "The bell rang at noon. Nobody had practised, so nobody knew what the bell meant.",
    "",
    "The meadow was dry. By night the meadow was a lake, and the town beside it was dry.",
]
for result in tasks.summarize.map(notes, max_words=10):
    print(result.index, result if result.ok else f"{type(result.error).__name__}: {result.error}")
#> ?

# 9. The same from the command line; --json prints the whole result instead of the text:
#
#    s2s summarize cookbook/articles/the_town_that_let_the_river_in.md --max-words 60 --json
