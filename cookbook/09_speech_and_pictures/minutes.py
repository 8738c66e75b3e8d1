"""
Minutes of a meeting: what was said, what it comes to, and who is to do what.

    python cookbook/09_speech_and_pictures/minutes.py MEETING

Three tasks in a row, each done by whoever is best at it here: a Whisper on this machine hears,
a language model sums up and finds the tasks that were given. MEETING.md is written beside the
recording. Lines that begin with `#>` are what is printed of a short meeting.
"""

import sys
from pathlib import Path

from pydantic import BaseModel, Field

from s2s_tasks import Tasks, tasks


class Action(BaseModel):
    """Something that somebody promised to do."""

    who: str
    what: str
    due: str | None = Field(None, description="as it was said; null if nobody said when")


class Actions(BaseModel):
    """All of them, in the order in which they were promised."""

    actions: list[Action]


def minutes(meeting: Path, client: Tasks) -> str:
    """As Markdown. Raises what the tasks raise: half of the minutes are none."""
    heard = client.transcribe(meeting, timestamps="segment")
    if heard.value.silent:
        return f"# {meeting.stem}\n\nNobody spoke.\n"
    said = str(heard.value)
    # A transcript may be longer than the model reads: both tasks split it, and say what they read.
    summary = client.summarize(said, style="bullets", max_words=100)
    found = client.extract(said, schema=Actions)
    for result in (heard, summary, found):
        who = " ".join(filter(None, (result.backend, result.model)))
        print(f"{who}: {result.coverage.ratio:.0%} read, ${result.cost}")
    tasks_given = [
        f"- [ ] **{action.who}**: {action.what}" + (f" ({action.due})" if action.due else "")
        for action in found.value.actions
    ]
    parts = (f"# {meeting.stem}", str(summary), "## To do", "\n".join(tasks_given), "## Said", said)
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    meeting = Path(sys.argv[1])
    written = minutes(meeting, tasks)
    meeting.with_suffix(".md").write_text(written, "utf-8")
    print(written)
